using System.Diagnostics;
using System.Runtime.InteropServices;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Local;

/// <summary>
/// <c>quern up</c>: a supervisor and workers on this machine until TERM or Ctrl-C; then the workers end what they run, then themselves, then the
/// supervisor. When one of them dies the others are ended too. Service mode as root, desktop mode for a person.
/// </summary>
internal static class UpCommand
{
    private static readonly IReadOnlyList<Option> Options =
    [
        new("port", "N", "Port of the supervisor; 0 = any free one."), new("slots", "K", "Slots of each worker."), new("workers", "N", "Workers (1)."),
        new("name", "NAME", "Name of the worker."), new("set", "KEY=VALUE", "A setting, for both; may be repeated."), new("config", "FILE", "Settings from this file."),
        new("ready-file", "FILE", "Written when the farm serves."), new("detach", null, "Returns when the farm serves; it goes on."), Command.State, Command.Help,
    ];

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(string[] words, CancellationToken token)
    {
        var options = OptionParser.Parse(Options, words);
        if (options.Has("help"))
        {
            new Command("quern up", "[options]", "A supervisor and a worker on this machine, until Ctrl-C.", Options, ["quern up", "quern up --state /tmp/farm --port 0 --slots 2"], (_, _) => Task.FromResult(0)).PrintHelp(Console.Out);
            return ExitCode.Done;
        }

        if (options.Words.Count > 0)
        {
            throw new UsageException($"'{options.Words[0]}' is not an option; quern up --help lists them");
        }

        var state = StateFolder.Resolve(options.Text("state"));
        state.CreateRoleFolder(StateFolder.SupervisorRole);
        state.CreateRunFolder(StateFolder.SupervisorRole);
        var settings = QuernSettings.Load(options.Text("config"), options.All("set"));
        if (Environment.UserName == "root" && settings.Text("proxy_execution_mode") == "proxy")
        {
            ProxyAccount.Ensure(settings.Text("proxy_account"));
        }

        var running = new List<(string Role, Process Process, string Log)>();
        var isDetached = false;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            await StartAllAsync(state, options, running, stop.Token).ConfigureAwait(false);
            isDetached = options.Has("detach");
            return isDetached ? ExitCode.Done : await WatchAsync(running, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Done;
        }
        finally
        {
            if (!isDetached)
            {
                await StopAllAsync(running).ConfigureAwait(false);
            }
        }
    }

    private static async Task StartAllAsync(StateFolder state, ParsedOptions options, List<(string Role, Process Process, string Log)> running, CancellationToken token)
    {
        var common = options.All("set").SelectMany(set => new[] { "--set", set }).Concat(options.Text("config") is { } file ? ["--config", file] : []).ToList();
        Start(state, StateFolder.SupervisorRole, "quern-supervisor", [.. common, .. options.Text("port") is { } port ? ["--port", port] : Array.Empty<string>()], running);
        var ready = await Programs.ServesAsync(state, StateFolder.SupervisorRole, running[^1].Process, running[^1].Log, token).ConfigureAwait(false);
        Console.Out.WriteLine($"supervisor serves https://{ready.Address}:{ready.Port} and {ready.Socket}");
        var count = options.Int("workers") ?? 1;
        for (var number = 1; number <= count; number++)
        {
            var name = count == 1 ? options.Text("name") : $"{options.Text("name") ?? Environment.MachineName}-{number}";
            List<string> words = ["--foreground-kill", .. common];
            words.AddRange(options.Text("slots") is { } slots ? ["--slots", slots] : []);
            words.AddRange(name is null ? [] : ["--name", name]);
            words.AddRange(Environment.UserName == "root" ? [] : ["--desktop"]);
            var role = StateFolder.WorkerRoleOf(name);
            state.CreateRoleFolder(role);
            Start(state, role, "quern-worker", words, running);
            await Programs.ServesAsync(state, role, running[^1].Process, running[^1].Log, token).ConfigureAwait(false);
            Console.Out.WriteLine($"{role} serves in {(Environment.UserName == "root" ? "service" : "desktop")} mode");
        }

        Console.Out.WriteLine($"QUERN_STATE={state.Root} qbjobs and the other commands reach it");
        if (options.Text("ready-file") is { } readyFile)
        {
            File.Copy(state.ReadyPath(StateFolder.SupervisorRole), readyFile + ".new", overwrite: true);
            File.Move(readyFile + ".new", readyFile, overwrite: true);
        }
    }

    private static void Start(StateFolder state, string role, string program, List<string> words, List<(string, Process, string)> running)
    {
        // A session of its own: Ctrl-C reaches this program alone, which ends the others in order.
        var log = Path.Combine(state.RoleFolder(role), "log");
        File.Delete(state.ReadyPath(role));
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec setsid \"$@\" </dev/null >>\"$0\" 2>&1", log, Programs.PathOf(program), "--state", state.Root, .. words]);
        start.Environment.Remove("QUERN_STATE");
        start.Environment.Remove("QB_SUPERVISOR");
        running.Add((role, Process.Start(start)!, log));
    }

    private static async Task<int> WatchAsync(List<(string Role, Process Process, string Log)> running, CancellationToken token)
    {
        var ends = running.Select(program => program.Process.WaitForExitAsync(token)).ToList();
        var first = await Task.WhenAny(ends).ConfigureAwait(false);
        token.ThrowIfCancellationRequested();
        var (role, process, log) = running[ends.IndexOf(first)];
        await Console.Error.WriteLineAsync($"quern up: {role} ended with code {process.ExitCode}: {Programs.LastWords(log)}; the rest is ended too").ConfigureAwait(false);
        return ExitCode.Refused;
    }

    private static async Task StopAllAsync(List<(string Role, Process Process, string Log)> running)
    {
        foreach (var (role, process, _) in running.AsEnumerable().Reverse())
        {
            Programs.Signal(process, "TERM");
            using var limit = new CancellationTokenSource(StopLimit);
            try
            {
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                await Console.Error.WriteLineAsync($"quern up: {role} did not end within {StopLimit.TotalSeconds} s and is killed").ConfigureAwait(false);
                Programs.Signal(process, "KILL");
            }

            process.Dispose();
        }
    }
}
