using System.Text;
using Quern.Execution.Native;

namespace Quern.Proxy.Unix;

/// <summary>Runs a shell that reads somebody's script and then tells its environment over a pipe of its own, so that what the script prints is no matter.</summary>
internal static unsafe class EnvironmentScript
{
    /// <summary>The end of the shell's line: exported variables to descriptor 3, each with a final zero.</summary>
    internal const string Tell = "exec /usr/bin/env -0 >&3";

    private const int LimitSeconds = 30;
    private const int MostBytes = 2 * 1024 * 1024;
    private const int MostSaid = 64 * 1024;

    /// <summary>The account's shell as a login shell; /bin/sh where it is none of the usual ones (nologin, false, the C shell).</summary>
    internal static (string Path, string Name) LoginShell(string shell)
    {
        var path = Path.GetFileName(shell) is "sh" or "dash" or "bash" or "ksh" or "zsh" ? shell : "/bin/sh";
        return (path, "-" + Path.GetFileName(path));
    }

    /// <summary>The shell that the script's first line names when it is one of the usual ones; else /bin/sh.</summary>
    /// <param name="problem">The rest of a sentence when the script cannot be read; else null.</param>
    internal static string ShellOf(string script, out string? problem)
    {
        problem = null;
        var descriptor = LibC.open(script, LibC.O_RDONLY | Posix.CloseOnExec | Posix.NonBlocking, 0);
        var error = Errno.Last;
        Span<byte> head = stackalloc byte[128];
        nint count;
        fixed (byte* start = head)
        {
            count = descriptor < 0 ? -1 : LibC.read(descriptor, start, (nuint)head.Length);
            error = descriptor < 0 ? error : Errno.Last;
        }

        if (descriptor >= 0)
        {
            _ = LibC.close(descriptor);
        }

        if (count < 0)
        {
            problem = $"cannot be read: {Errno.Text(error)}";
            return "/bin/sh";
        }

        var line = Encoding.UTF8.GetString(head[..(int)count]).Split('\n')[0];
        var words = line.StartsWith("#!", StringComparison.Ordinal) ? line[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
        var name = words is ["/usr/bin/env", var through, ..] ? "/usr/bin/" + through : words.FirstOrDefault() ?? "";
        return Path.GetFileName(name) is "bash" or "ksh" or "zsh" && File.Exists(name) ? name : "/bin/sh";
    }

    /// <returns>The variables; null with the rest of a sentence when the shell failed.</returns>
    internal static Dictionary<string, string>? Run(string shell, string[] arguments, List<string> environment, string directory, out string problem)
    {
        var told = stackalloc int[2];
        var said = stackalloc int[2];
        var nothing = LibC.open("/dev/null", LibC.O_RDWR | Posix.CloseOnExec, 0);
        if (nothing < 0 || !Posix.Pipe(told) || !Posix.Pipe(said))
        {
            problem = $"cannot be asked: {Errno.Text(Errno.Last)}";
            return null;
        }

        using var path = new NativeStrings([shell]);
        using var words = new NativeStrings(arguments);
        using var variables = new NativeStrings(environment);
        using var plan = new SpawnPlan([nothing, said[1], said[1], told[1]], directory, 0);
        var error = plan.Start(path.Pointers[0], words.Pointers, variables.Pointers, out var pid);
        foreach (var descriptor in (ReadOnlySpan<int>)[nothing, told[1], said[1]])
        {
            _ = LibC.close(descriptor);
        }

        var result = new MemoryStream();
        var output = new MemoryStream();
        problem = error != 0 ? $"cannot be started: {Errno.Text(error)}" : Collect(pid, told[0], said[0], result, output);
        _ = LibC.close(told[0]);
        _ = LibC.close(said[0]);
        return problem.Length == 0 ? Read(result.ToArray(), out problem) : null;
    }

    /// <summary>Reads both pipes until the shell has ended; what it left in the background may hold them open and is not waited for.</summary>
    private static string Collect(int pid, int told, int said, MemoryStream result, MemoryStream output)
    {
        Posix.SetNonBlocking(told);
        Posix.SetNonBlocking(said);
        var process = Posix.ProcessDescriptor(pid);
        var deadline = Clock.Ms + (LimitSeconds * 1000L);
        var entries = stackalloc LibC.PollEntry[3];
        var isOver = false;
        while (!isOver && result.Length <= MostBytes && Clock.Ms < deadline)
        {
            entries[0] = new LibC.PollEntry { Descriptor = process, Wanted = LibC.POLLIN };
            entries[1] = new LibC.PollEntry { Descriptor = told, Wanted = LibC.POLLIN };
            entries[2] = new LibC.PollEntry { Descriptor = said, Wanted = LibC.POLLIN };
            // There is no descriptor of a shell that has ended already.
            _ = LibC.poll(entries, 3, process < 0 ? 0 : (int)Math.Max(0, deadline - Clock.Ms));
            isOver = process < 0 || entries[0].Ready != 0;
            told = Take(told, result, MostBytes + 1) ? told : -1;
            said = Take(said, output, MostSaid) ? said : -1;
        }

        _ = LibC.close(process);
        if (!isOver)
        {
            _ = LibC.kill(pid, LibC.SIGKILL);
            return result.Length > MostBytes ? $"tells more than {MostBytes} bytes of variables" : $"took longer than {LimitSeconds} s";
        }

        int status;
        _ = LibC.wait4(pid, &status, 0, null);
        return status == 0 ? "" : $"failed ({Ending(status)}{LastLine(output.ToArray())})";
    }

    /// <summary>Reads what is there; what is above the limit is thrown away. False at the end.</summary>
    private static bool Take(int descriptor, MemoryStream into, int most)
    {
        const int size = 16 * 1024;
        var buffer = stackalloc byte[size];
        while (descriptor >= 0)
        {
            var count = LibC.read(descriptor, buffer, size);
            if (count <= 0)
            {
                return count < 0 && Posix.IsAgain(Errno.Last);
            }

            into.Write(new ReadOnlySpan<byte>(buffer, (int)Math.Min(count, Math.Max(0, most - into.Length))));
        }

        return false;
    }

    private static string Ending(int status) => (status & 0x7F) == 0 ? $"exit status {(status >> 8) & 0xFF}" : $"signal {status & 0x7F}";

    private static string LastLine(byte[] output)
    {
        var line = Encoding.UTF8.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "";
        return line.Length == 0 ? "" : ", '" + (line.Length > 200 ? line[..200] : line) + "'";
    }

    private static Dictionary<string, string>? Read(byte[] told, out string problem)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(told).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                all[line[..equals]] = line[(equals + 1)..];
            }
        }

        problem = all.Count == 0 ? "ended the shell ('exit' or 'exec') instead of returning to it" : "";
        return all.Count == 0 ? null : all;
    }
}
