using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Quern.Client;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Local;

/// <summary>The programs beside this one.</summary>
internal static class Programs
{
    /// <summary>Path of a program of the same folder.</summary>
    /// <exception cref="FarmException">It is not there.</exception>
    public static string PathOf(string program)
    {
        var self = Path.GetDirectoryName(Environment.ProcessPath)!;
        var path = Path.Combine(self, OperatingSystem.IsWindows() ? program + ".exe" : program);
        return File.Exists(path) ? path : throw new FarmException($"'{program}' is not beside quern in '{self}': build it with ./quern build", false);
    }

    /// <summary>Runs a program in this one's place: same terminal, signals passed on, its exit code returned.</summary>
    public static async Task<int> BecomeAsync(string program, string[] words, CancellationToken token)
    {
        _ = token;
        using var process = Process.Start(new ProcessStartInfo(PathOf(program), words) { UseShellExecute = false })!;
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            Signal(process, "TERM");
        });

        // A terminal sends Ctrl-C to both; this one only has to outlive the other.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return process.ExitCode;
    }

    /// <summary>Sends a signal by name; a process that has ended is no error.</summary>
    public static void Signal(Process process, string name)
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start(new ProcessStartInfo("/bin/kill", ["-s", name, process.Id.ToString()]) { RedirectStandardError = true })!;
            kill.WaitForExit();
        }
    }

    /// <summary>The ready file of a role; null while there is none.</summary>
    public static ReadyFile? Ready(StateFolder state, string role)
    {
        var path = state.ReadyPath(role);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ApiJson.Default.ReadyFile) : null;
    }

    /// <summary>Waits until a program that was started serves.</summary>
    /// <exception cref="FarmException">It ended, or did not serve in time; the text has its last words.</exception>
    public static async Task<ReadyFile> ServesAsync(StateFolder state, string role, Process process, string log, CancellationToken token)
    {
        // Not disposed: the process may end, and say so, long after this has returned.
        var changed = new SemaphoreSlim(0);
        using var watcher = new FileSystemWatcher(state.RunFolder, role + ".json");
        watcher.Created += (_, _) => changed.Release();
        watcher.Renamed += (_, _) => changed.Release();
        watcher.Changed += (_, _) => changed.Release();
        watcher.EnableRaisingEvents = true;
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => changed.Release();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            if (Ready(state, role) is { } ready && ready.Pid == process.Id)
            {
                return ready;
            }

            if (process.HasExited)
            {
                throw new FarmException($"{role} ended with code {process.ExitCode} before it served: {LastWords(log)}", false);
            }

            await changed.WaitAsync(TimeSpan.FromSeconds(1), token).ConfigureAwait(false);
        }

        throw new FarmException($"{role} did not serve within 60 s: see {log}", false);
    }

    public static string LastWords(string log)
        => File.Exists(log) && File.ReadLines(log).LastOrDefault(line => line.Length > 0) is { } line ? line : $"it said nothing in {log}";
}
