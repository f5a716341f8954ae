using System.Globalization;
using System.Text;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Proxy.Linux;

/// <summary>
/// A private X display of the run: Xvfb as the job's account, open only to who shows the cookie, which lies in the run's temporary folder. It is not one of
/// the command's processes, so it lives from the first command to the last.
/// </summary>
internal sealed unsafe class VirtualScreen
{
    private const int StartMs = 15_000;
    private const uint OwnersOnly = 0x180;
    private static readonly string[] Places = ["/usr/bin/Xvfb", "/usr/local/bin/Xvfb", "/usr/X11R6/bin/Xvfb"];
    private readonly string _log;

    private VirtualScreen(string folder) => (Authority, _log) = (folder + "/.Xauthority", folder + "/.Xvfb.log");

    /// <summary>The way to it, as in <c>:1</c>.</summary>
    internal string Display { get; private set; } = "";

    /// <summary>The file with the cookie.</summary>
    internal string Authority { get; }

    /// <summary>Null with the rest of a sentence when there is none.</summary>
    internal static VirtualScreen? Start(LaunchEnvelope envelope, List<string> environment, out string problem)
    {
        var program = Places.FirstOrDefault(File.Exists);
        if (program is null)
        {
            problem = "the host has no Xvfb, which worker_virtual_display = xvfb needs: install the package xvfb there, or set worker_virtual_display = none";
            return null;
        }

        var screen = new VirtualScreen(envelope.TemporaryFolder);
        problem = screen.WriteCookie() ? screen.Run(program, envelope.Launch, environment) : $"the cookie of the virtual screen cannot be written: {Errno.Text(Errno.Last)}: free the disk of worker_temp_folder";
        return problem.Length == 0 ? screen : null;
    }

    /// <summary>
    /// An entry of family "wild" without a display number, which fits whatever number Xvfb finds free (Source: Xau, X.Org: lengths are big-endian).
    /// </summary>
    private bool WriteCookie()
    {
        var name = "MIT-MAGIC-COOKIE-1"u8;
        Span<byte> entry = stackalloc byte[6 + 2 + 18 + 2 + 16];
        entry.Clear();
        entry[0] = entry[1] = 0xFF;
        entry[7] = (byte)name.Length;
        name.CopyTo(entry[8..]);
        entry[27] = 16;
        var random = LibC.open("/dev/urandom", LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        var file = LibC.open(Authority, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_CLOEXEC, OwnersOnly);
        fixed (byte* start = entry)
        {
            var isWritten = random >= 0 && file >= 0 && LibC.read(random, start + 28, 16) == 16 && LibC.write(file, start, (nuint)entry.Length) == entry.Length;
            _ = LibC.close(random);
            _ = LibC.close(file);
            return isWritten;
        }
    }

    /// <returns>Empty, or the rest of a sentence.</returns>
    private string Run(string program, Launch launch, List<string> environment)
    {
        var told = stackalloc int[2];
        var nothing = LibC.open("/dev/null", LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        var log = LibC.open(_log, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_CLOEXEC, OwnersOnly);
        if (nothing < 0 || log < 0 || LibC.pipe2(told, LibC.O_CLOEXEC) != 0)
        {
            return $"the virtual screen cannot be prepared: {Errno.Text(Errno.Last)}: free the disk of worker_temp_folder";
        }

        using var path = new NativeStrings([program]);
        using var words = new NativeStrings([program, "-displayfd", "3", "-screen", "0", launch.VirtualScreen, "-nolisten", "tcp", "-auth", Authority, "-noreset"]);
        using var variables = new NativeStrings(environment);
        using var plan = new SpawnPlan([nothing, log, log, told[1]], "/", 0);
        var error = plan.Start(path.Pointers[0], words.Pointers, variables.Pointers, out var pid);
        foreach (var descriptor in (ReadOnlySpan<int>)[nothing, log, told[1]])
        {
            _ = LibC.close(descriptor);
        }

        ProcessTree.Keep(error == 0 ? pid : 0);
        Display = error == 0 ? ReadNumber(told[0]) : "";
        _ = LibC.close(told[0]);
        return error != 0 ? $"{program} cannot be started: {Errno.Text(error)}: look at its package on that host"
            : Display.Length > 0 ? ""
            : $"{program} did not open a display ({LastWords()}): run it there by hand as that account, or set worker_virtual_display = none";
    }

    /// <summary>Xvfb writes the number it found free when it serves.</summary>
    private static string ReadNumber(int told)
    {
        var text = new StringBuilder();
        var entry = new LibC.PollEntry { Descriptor = told, Wanted = LibC.POLLIN };
        var deadline = Clock.Ms + StartMs;
        while (Clock.Ms < deadline && LibC.poll(&entry, 1, (int)Math.Max(0, deadline - Clock.Ms)) > 0)
        {
            byte next;
            if (LibC.read(told, &next, 1) != 1 || text.Length > 8)
            {
                return "";
            }

            if (next == '\n')
            {
                return int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
            }

            text.Append((char)next);
        }

        return "";
    }

    private string LastWords()
    {
        try
        {
            var line = File.ReadLines(_log).Take(1000).LastOrDefault(text => !string.IsNullOrWhiteSpace(text))?.Trim();
            return line is null ? "it said nothing" : line.Length > 200 ? line[..200] : line;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "what it said cannot be read";
        }
    }
}
