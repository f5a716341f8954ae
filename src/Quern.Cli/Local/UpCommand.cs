using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Local;

/// <summary>
/// <c>quern up</c>: a supervisor and workers on this machine until TERM or Ctrl-C; then the workers end what they run, then themselves, then the
/// supervisor. When one of them dies the others are ended too. Service mode as root, desktop mode for a person.
/// </summary>
internal static class UpCommand
{
    private const string Role = "up";

    private static readonly IReadOnlyList<Option> Options =
    [
        new("port", "N", "Port of the supervisor; 0 = any free one."), new("slots", "K", "Slots of each worker."), new("workers", "N", "Workers (1)."),
        new("name", "NAME", "Name of the worker."), new("set", "KEY=VALUE", "A setting, for both; may be repeated."), new("config", "FILE", "Settings from this file."),
        new("workers-config", "FILE", "Central settings of the workers (qbwrk.conf)."),
        new("ready-file", "FILE", "Written when the farm serves."), new("detach", null, "Returns when the farm serves; it goes on."), Command.State, Command.Help,
    ];

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private sealed record Started(string Role, Process Process, string Log, string Program, List<string> Words);

    public static async Task<int> RunAsync(string[] words, CancellationToken token)
    {
        var options = OptionParser.Parse(Options, words);
        if (options.Has("help"))
        {
            new Command("quern up", "[options]", "A supervisor and a worker on this machine, until Ctrl-C.", Options, ["quern up", "quern up --state /tmp/farm --port 0 --slots 2", "quern up --detach"], (_, _) => Task.FromResult(0)).PrintHelp(Console.Out);
            return ExitCode.Done;
        }

        if (options.Words.Count > 0)
        {
            throw new UsageException($"'{options.Words[0]}' is not an option; quern up --help lists them");
        }

        if (options.Int("workers") is < 1 or > 256)
        {
            throw new UsageException($"--workers {options.Text("workers")}: write a number from 1 to 256");
        }

        var state = StateFolder.Resolve(options.Text("state"));
        state.CreateRoleFolder(StateFolder.SupervisorRole);
        state.CreateRunFolder(StateFolder.SupervisorRole);
        var settings = QuernSettings.Load(options.Text("config"), options.All("set"));
        return options.Has("detach")
            ? await DetachAsync(state, options, token).ConfigureAwait(false)
            : await StayAsync(state, options, settings, token).ConfigureAwait(false);
    }

    /// <summary>The same command in the background: it watches the programs as it does in a terminal, and TERM to it ends them all.</summary>
    private static async Task<int> DetachAsync(StateFolder state, ParsedOptions options, CancellationToken token)
    {
        var log = Path.Combine(state.SupervisorFolder, "up.log");
        List<string> words = ["up", "--state", state.Root];
        foreach (var option in Options.Where(option => option.Value is not null && option != Command.State))
        {
            words.AddRange(options.All(option.Name).SelectMany(value => new[] { "--" + option.Name, option.Name is "config" or "workers-config" or "ready-file" ? Path.GetFullPath(value) : value }));
        }

        // The state's own up.json tells that it serves, whatever --ready-file names besides.
        File.Delete(log);
        var process = Programs.StartApart(Environment.ProcessPath!, words, log);
        try
        {
            await Programs.ServesAsync(state, Role, process, log, token).ConfigureAwait(false);
        }
        catch
        {
            Programs.Signal(process, Programs.Terminate);
            throw;
        }

        Console.Out.Write(await File.ReadAllTextAsync(log, token).ConfigureAwait(false));
        Console.Out.WriteLine($"it goes on without a terminal; kill {process.Id} ends it");
        return ExitCode.Done;
    }

    private static async Task<int> StayAsync(StateFolder state, ParsedOptions options, QuernSettings settings, CancellationToken token)
    {
        if (Environment.IsPrivilegedProcess && settings.Text("proxy_execution_mode") == "proxy")
        {
            var slots = int.TryParse(options.Text("slots") ?? settings.Text("worker_cpus"), out var set) && set > 0 ? set : Environment.ProcessorCount;
            foreach (var account in ProxyAccounts.Names(settings.Text("proxy_account"), slots))
            {
                ProxyAccount.Ensure(account);
            }
        }

        var running = new List<Started>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal);
        try
        {
            var ready = await StartAllAsync(state, options, running, stop.Token).ConfigureAwait(false);
            WriteReady(state.ReadyPath(Role), ready);
            if (options.Text("ready-file") is { } file)
            {
                WriteReady(Path.GetFullPath(file), ready);
            }

            return await WatchAsync(running, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Done;
        }
        finally
        {
            await StopAllAsync(state, running).ConfigureAwait(false);
            if (Programs.Ready(state, Role)?.Pid == Environment.ProcessId)
            {
                File.Delete(state.ReadyPath(Role));
            }
        }
    }

    private static async Task<ReadyFile> StartAllAsync(StateFolder state, ParsedOptions options, List<Started> running, CancellationToken token)
    {
        List<string> common = [.. options.All("set").SelectMany(set => new[] { "--set", set }), .. options.Text("config") is { } file ? ["--config", file] : Array.Empty<string>()];
        Start(state, StateFolder.SupervisorRole, "quern-supervisor", [.. common, .. options.Text("port") is { } port ? ["--port", port] : Array.Empty<string>(), .. options.Text("workers-config") is { } workers ? ["--workers-config", workers] : Array.Empty<string>()], running);
        var ready = await ServesAsync(state, running[0], token).ConfigureAwait(false);
        Say($"supervisor serves https://{ready.Address}:{ready.Port} and {ready.Socket}");
        var isService = Environment.IsPrivilegedProcess;
        var count = options.Int("workers") ?? 1;
        for (var number = 1; number <= count; number++)
        {
            var name = count == 1 ? options.Text("name") : $"{options.Text("name") ?? Environment.MachineName}-{number}";
            List<string> words = ["--foreground-kill", .. common];
            words.AddRange(options.Text("slots") is { } slots ? ["--slots", slots] : []);
            words.AddRange(name is null ? [] : ["--name", name]);
            words.AddRange(isService ? [] : ["--desktop"]);
            var role = StateFolder.WorkerRoleOf(name);
            state.CreateRoleFolder(role);
            Start(state, role, "quern-worker", [.. words, "--ready-file", WelcomedPath(state, role)], running);
        }

        foreach (var worker in running.Skip(1))
        {
            await Programs.WritesAsync(WelcomedPath(state, worker.Role), worker.Role, worker.Process, worker.Log, token).ConfigureAwait(false);
            Say($"{worker.Role} serves in {(isService ? "service" : "desktop")} mode");
        }

        Say($"QUERN_STATE={state.Root} qbjobs and the other commands reach it");
        return ready with { Role = Role, Pid = Environment.ProcessId };
    }

    /// <summary>Written by a worker when its supervisor has welcomed it: only then does a host take jobs.</summary>
    private static string WelcomedPath(StateFolder state, string role) => Path.Combine(state.RoleFolder(role), "welcomed.json");

    private static Task<ReadyFile> ServesAsync(StateFolder state, Started program, CancellationToken token)
        => Programs.ServesAsync(state, program.Role, program.Process, program.Log, token);

    private static void Start(StateFolder state, string role, string program, List<string> words, List<Started> running)
    {
        var log = Path.Combine(state.RoleFolder(role), "log");
        running.Add(new Started(role, Programs.StartBound(program, ["--state", state.Root, .. words], log), log, program, words));
    }

    private static void WriteReady(string path, ReadyFile ready)
        => StateFolder.WriteWhole(path, JsonSerializer.SerializeToUtf8Bytes(ready, ApiJson.Default.ReadyFile), StateFolder.SharedFile);

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private static async Task<int> WatchAsync(List<Started> running, CancellationToken token)
    {
        var ends = running.Select(program => program.Process.WaitForExitAsync(token)).ToList();
        var first = await Task.WhenAny(ends).ConfigureAwait(false);
        token.ThrowIfCancellationRequested();
        var (role, process, log, _, _) = running[ends.IndexOf(first)];
        await Console.Error.WriteLineAsync($"quern up: {role} ended with code {process.ExitCode}: {Programs.LastWords(log)}; the rest is ended too").ConfigureAwait(false);
        return ExitCode.Refused;
    }

    /// <summary>Workers first, all at once: what they run ends while the supervisor can still hear of it.</summary>
    private static async Task StopAllAsync(StateFolder state, List<Started> running)
    {
        foreach (var crashed in running.Skip(1).Where(worker => worker.Process.HasExited).ToList())
        {
            await RecoverAsync(state, crashed, running).ConfigureAwait(false);
        }

        await Task.WhenAll(running.Skip(1).Select(StopAsync)).ConfigureAwait(false);
        await Task.WhenAll(running.Take(1).Select(StopAsync)).ConfigureAwait(false);
    }

    /// <summary>What a crashed worker ran lives on for its next start; here there is none but this one, which takes it back only to end it.</summary>
    private static async Task RecoverAsync(StateFolder state, Started crashed, List<Started> running)
    {
        if (Programs.Ready(state, crashed.Role)?.Pid != crashed.Process.Id)
        {
            // It never served, or it ended in order: its ready file would still be there.
            return;
        }

        Start(state, crashed.Role, crashed.Program, crashed.Words, running);
        try
        {
            await ServesAsync(state, running[^1], CancellationToken.None).ConfigureAwait(false);
        }
        catch (FarmException exception)
        {
            await Console.Error.WriteLineAsync($"quern up: what {crashed.Role} ran may go on: {exception.Message}; start and stop the state once more to end it").ConfigureAwait(false);
        }
    }

    private static async Task StopAsync(Started program)
    {
        Programs.Signal(program.Process, Programs.Terminate);
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await program.Process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"quern up: {program.Role} did not end within {StopLimit.TotalSeconds} s and is killed; see {program.Log}").ConfigureAwait(false);
            Programs.Signal(program.Process, Programs.Kill);
            await program.Process.WaitForExitAsync().ConfigureAwait(false);
        }
    }
}
