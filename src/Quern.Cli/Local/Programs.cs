using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Quern.Client;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Local;

/// <summary>The programs beside this one.</summary>
internal static class Programs
{
    public const string Terminate = "TERM";
    public const string Kill = "KILL";

    /// <summary>
    /// The option by which a program ends when this one is gone, however it went: this one holds the other end of its input and never writes.
    /// </summary>
    private const string EndWithInput = "--end-with-input";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    /// <summary>Path of a program of the same folder.</summary>
    /// <exception cref="FarmException">It is not there.</exception>
    public static string PathOf(string program)
    {
        var self = Path.GetDirectoryName(Environment.ProcessPath)!;
        var path = Path.Combine(self, OperatingSystem.IsWindows() ? program + ".exe" : program);
        return File.Exists(path) ? path : throw new FarmException($"'{program}' is not beside quern in '{self}': build it with ./quern build", false);
    }

    /// <summary>Runs a program in this one's place: same terminal, a wish to end is passed on, its exit code returned.</summary>
    public static async Task<int> BecomeAsync(string program, string[] words, CancellationToken token)
    {
        _ = token;
        using var process = Process.Start(new ProcessStartInfo(PathOf(program), [EndWithInput, .. words]) { UseShellExecute = false, RedirectStandardInput = true })!;
        void PassOn(PosixSignalContext context)
        {
            // A terminal sends Ctrl-C to both, kill to one of them: the program has to bear being told twice.
            context.Cancel = true;
            Signal(process, Terminate);
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, PassOn);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, PassOn);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, PassOn);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return process.ExitCode;
    }

    /// <summary>
    /// Starts a program in a session of its own, output to <paramref name="log"/>: Ctrl-C reaches this program alone, which ends the others in order.
    /// The shell becomes setsid and that the program, so the process id is the program's.
    /// </summary>
    public static Process StartApart(string path, IEnumerable<string> words, string log)
        => StartWithLog("exec setsid \"$@\" </dev/null >>\"$0\" 2>&1", path, words, log, isInputHeld: false);

    /// <summary>As <see cref="StartApart"/>, and the program (a supervisor or a worker) ends when this one is gone.</summary>
    public static Process StartBound(string program, IEnumerable<string> words, string log)
        => StartWithLog("exec setsid \"$@\" >>\"$0\" 2>&1", PathOf(program), [EndWithInput, .. words], log, isInputHeld: true);

    private static Process StartWithLog(string line, string path, IEnumerable<string> words, string log, bool isInputHeld)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", line, log, path, .. words]) { RedirectStandardInput = isInputHeld };
        start.Environment.Remove("QUERN_STATE");
        start.Environment.Remove("QB_SUPERVISOR");
        return Process.Start(start)!;
    }

    /// <summary>Sends <see cref="Terminate"/> or <see cref="Kill"/>; a process that has ended is no error.</summary>
    public static void Signal(Process process, string signal)
    {
        if (process.HasExited)
        {
            return;
        }

        // The shell's own kill: the program of that name is not on every machine.
        using var kill = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "kill -s \"$1\" \"$2\" 2>/dev/null", "sh", signal, process.Id.ToString(CultureInfo.InvariantCulture)]))!;
        kill.WaitForExit();
    }

    /// <summary>The ready file of a role; null while there is none.</summary>
    public static ReadyFile? Ready(StateFolder state, string role) => Read(state.ReadyPath(role));

    private static ReadyFile? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ApiJson.Default.ReadyFile) : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            // It is taken away, or another program's half; the caller looks again.
            return null;
        }
    }

    /// <summary>Waits until a program that was started serves.</summary>
    /// <exception cref="FarmException">It ended, or did not serve in time; the text has its last words.</exception>
    public static Task<ReadyFile> ServesAsync(StateFolder state, string role, Process process, string log, CancellationToken token)
        => WritesAsync(state.ReadyPath(role), role, process, log, token);

    /// <summary>As <see cref="ServesAsync"/>, by the file that the program was told to write (<c>--ready-file</c>): a worker writes it when its supervisor has welcomed it.</summary>
    public static async Task<ReadyFile> WritesAsync(string path, string role, Process process, string log, CancellationToken token)
    {
        // Never disposed: the process may end, and say so, long after this has returned.
        var changed = new AsyncSignal();
        void OnChange(object sender, EventArgs what) => changed.Set();
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path));
        watcher.Created += OnChange;
        watcher.Renamed += OnChange;
        watcher.EnableRaisingEvents = true;
        process.EnableRaisingEvents = true;
        process.Exited += OnChange!;
        try
        {
            var watch = Stopwatch.StartNew();
            while (watch.Elapsed < StartLimit)
            {
                if (Read(path) is { } ready && ready.Pid == process.Id)
                {
                    return ready;
                }

                if (process.HasExited)
                {
                    throw new FarmException($"{role} ended with code {process.ExitCode} before it served: {LastWords(log)}", false);
                }

                await changed.WaitAsync(TimeSpan.FromSeconds(1), token).ConfigureAwait(false);
            }
        }
        finally
        {
            process.Exited -= OnChange!;
        }

        throw new FarmException($"{role} did not serve within {StartLimit.TotalSeconds} s: see {log}", false);
    }

    public static string LastWords(string log)
        => File.Exists(log) && File.ReadLines(log).LastOrDefault(line => line.Length > 0) is { } line ? line : $"it said nothing in {log}";
}
