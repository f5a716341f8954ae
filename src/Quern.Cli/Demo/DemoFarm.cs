using System.Diagnostics;
using Quern.Cli.Local;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Demo;

/// <summary>
/// A supervisor and its workers, started from the programs beside this one on a state of their own. Each is the leader of a session of its own, so
/// that a terminal's Ctrl-C reaches only this program, which then ends them in order.
/// </summary>
internal sealed class DemoFarm : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    private readonly List<(string Role, Process Process)> _programs = [];
    private readonly StateFolder _state;
    private readonly bool _keep;

    private DemoFarm(StateFolder state, bool keep)
    {
        _state = state;
        _keep = keep;
    }

    public string StatePath => _state.Root;

    /// <summary>Starts everything and returns when the workers serve.</summary>
    /// <exception cref="Client.FarmException">A program is missing, ended or did not serve in time.</exception>
    public static async Task<DemoFarm> StartAsync(DemoOptions options, string account, CancellationToken token)
    {
        var farm = new DemoFarm(NewState(), options.Keep);
        try
        {
            await farm.StartSupervisorAsync(token).ConfigureAwait(false);
            await farm.StartWorkersAsync(options, account, token).ConfigureAwait(false);
            return farm;
        }
        catch
        {
            await farm.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Null while everything runs; else one line on what ended and its last words.</summary>
    public string? Trouble() =>
        _programs.Where(program => program.Process.HasExited)
            .Select(program => $"{program.Role} ended with exit status {program.Process.ExitCode}: {Programs.LastWords(LogPath(program.Role))}").FirstOrDefault();

    /// <summary>Workers first, with everything they run; then the supervisor; then the state's folder.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, process) in _programs.AsEnumerable().Reverse())
        {
            await StopAsync(process).ConfigureAwait(false);
            process.Dispose();
        }
        _programs.Clear();
        if (!_keep && Directory.Exists(StatePath))
        {
            Directory.Delete(StatePath, recursive: true);
        }
    }

    private async Task StartSupervisorAsync(CancellationToken token)
    {
        Start(StateFolder.SupervisorRole, "quern-supervisor", ["--port", "0"]);
        await ServesAsync(StateFolder.SupervisorRole, token).ConfigureAwait(false);
    }

    private async Task StartWorkersAsync(DemoOptions options, string account, CancellationToken token)
    {
        var roles = new List<string>();
        for (int number = 1; number <= options.Workers; number++)
        {
            string? name = options.Workers == 1 ? null : $"demo-{number}";
            string role = StateFolder.WorkerRoleOf(name);
            // Its end is the end of what it runs: without this a service worker's instances would wait for the next one.
            List<string> arguments = ["--foreground-kill", "--slots", options.Slots.ToString()];
            arguments.AddRange(DemoMachine.IsRoot ? ["--set", $"proxy_account={account}", "--set", "proxy_execution_mode=proxy"] : ["--desktop"]);
            arguments.AddRange(name is null ? [] : ["--name", name]);
            Start(role, "quern-worker", arguments);
            roles.Add(role);
        }
        foreach (string role in roles)
        {
            await ServesAsync(role, token).ConfigureAwait(false);
        }
    }

    // A name that nobody can have made before.
    private static StateFolder NewState()
    {
        string parent = DemoMachine.IsRoot ? "/var/tmp" : Path.GetTempPath();
        var state = StateFolder.Resolve(Path.Combine(parent, $"quern-demo-{Guid.NewGuid().ToString("N")[..12]}"));
        state.CreateRunFolder(StateFolder.SupervisorRole);
        return state;
    }

    private void Start(string role, string program, IEnumerable<string> arguments) =>
        _programs.Add((role, Programs.StartBound(program, ["--state", StatePath, .. arguments], LogPath(role))));

    private Task<ReadyFile> ServesAsync(string role, CancellationToken token) =>
        Programs.ServesAsync(_state, role, _programs.First(program => program.Role == role).Process, LogPath(role), token);

    private static async Task StopAsync(Process process)
    {
        if (process.HasExited)
        {
            return;
        }
        Programs.Signal(process, "TERM");
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Programs.Signal(process, "KILL");
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private string LogPath(string role) => Path.Combine(StatePath, role + ".log");
}

/// <summary>What ends the demo with one line and exit status 1.</summary>
internal sealed class DemoException(string message) : Exception(message);
