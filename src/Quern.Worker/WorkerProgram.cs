using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Quern.Configuration;
using Quern.Execution.Accounts;
using Quern.Execution.Runs;
using Quern.Protocol.Api;
using Quern.Secrets;
using Quern.Worker.Core;
using Quern.Worker.Joining;
using Quern.Worker.Link;
using Quern.Worker.Local;

namespace Quern.Worker;

/// <summary>The worker program, put together top to bottom: who it is, its folder and lock, its farm, its runs, its loop, and the ways in and out.</summary>
internal sealed class WorkerProgram(WorkerOptions options, WorkerLog log, TimeProvider clock)
{
    public static string Version { get; } =
        typeof(WorkerProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private WorkerMode Mode => options.IsDesktop ? WorkerMode.Desktop : WorkerMode.Service;

    /// <summary>Runs the worker until it is told to stop.</summary>
    /// <exception cref="RefusalException">It does not start, or the supervisor does not want it: one line.</exception>
    public async Task RunAsync()
    {
        CheckMode();
        var settings = LocalSettings.Read(options);
        CheckPolicyFile(settings);
        var state = StateFolder.Resolve(options.State);
        var role = StateFolder.WorkerRoleOf(options.Name);
        var folder = state.CreateRoleFolder(role);
        var socketPath = state.CreateRunFolder(role);
        using var alone = WorkerLock.Take(folder);
        var name = Name(settings.Values);
        log.Info($"quern-worker {Version}, pid {Environment.ProcessId}: {ModeText(settings.Values)}");
        log.Info($"state {state.Root}; settings from {settings.Source}");
        foreach (var warning in settings.Warnings)
        {
            log.Warn(warning);
        }

        var record = new WorkerRecord(folder);
        var membership = new Membership(state, record, log, clock);
        await membership.EnsureAsync(options.Join, new JoinFacts(name, ModeWord, Environment.UserName), CancellationToken.None).ConfigureAwait(false);
        if (options.JoinsOnly)
        {
            return;
        }

        var (identity, joinedAt, _) = record.Load();
        var named = options.Supervisor ?? SupervisorOf(settings.Values);
        SupervisorAddress Supervisor() => named ?? membership.OwnSupervisor() ?? joinedAt;

        using var sealing = OpenSealingKey(folder);
        var facts = Facts(name, state, Supervisor(), settings.Values) with { SealingKey = sealing?.Public.ToString() ?? "" };
        var runs = RunHosts.Open(folder, settings, WorkerPaths.Knock(state, role, options.IsDesktop), sealing, log, clock);
        await using (runs.ConfigureAwait(false))
        {
            var core = new WorkerCore(runs, facts, settings.Values);
            var watch = new HostWatch(folder, Mode, settings, clock);
            core.Observed(watch.Look(settings.Values));
            await using var loop = new WorkerLoop(core, log, clock, endsRuns: options.IsDesktop);
            runs.Changed += loop.RunsChanged;
            var ready = Ready(facts, state, socketPath, identity);
            loop.Serving += () => WriteReadyOnce(ready);

            var door = new LocalDoor(HostFacts.Uid(), facts.Owner, options.IsDesktop, name, RunHosts.AccountNameOf);
            var passThrough = new PassThrough(new SupervisorDialer(Supervisor, identity).OpenAsync, clock);
            using var listener = new LocalListener(socketPath, door, new LocalWorker(loop, facts, () => Supervisor().ToString()), passThrough, log, clock);
            listener.Open();
            StateFolder.WriteWhole(state.ReadyPath(role), ready, StateFolder.SharedFile);
            ServiceNotice.Ready();
            log.Info($"{name} at {facts.Address}; local socket {socketPath}; supervisor {Supervisor()}");

            var connector = new LinkConnector(Supervisor, identity, loop, new Backoff(Random.Shared), clock);
            using var signals = new StopSignals(loop, settings, options.IsDesktop || options.TermKills, options.EndsWithInput, log);
            var refusal = await ServeAsync(loop, connector, listener, watch).ConfigureAwait(false);
            File.Delete(state.ReadyPath(role));
            if (refusal is not null)
            {
                throw new RefusalException($"the supervisor does not take this worker: {refusal}");
            }

            log.Info("stopped");
        }
    }

    /// <summary>Until the loop ends; a way in that breaks is a bug, and the worker does not run on without it.</summary>
    private static async Task<string?> ServeAsync(WorkerLoop loop, LinkConnector connector, LocalListener listener, HostWatch watch)
    {
        using var stopping = new CancellationTokenSource();
        var looping = loop.RunAsync(stopping.Token);
        Task[] edges = [connector.RunAsync(stopping.Token), listener.RunAsync(stopping.Token), watch.RunAsync(loop, stopping.Token)];
        var first = await Task.WhenAny([looping, .. edges]).ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        foreach (var edge in edges)
        {
            try
            {
                await edge.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (first == looping)
            {
                // Told to end.
            }
        }

        return await looping.ConfigureAwait(false);
    }

    /// <summary>Made where accounts are logged on by their passwords; null elsewhere.</summary>
    private SealingKey? OpenSealingKey(string folder) => OperatingSystem.IsWindows() && !options.IsDesktop
        ? SealingKey.OpenOrCreate(Path.Combine(folder, "sealing.pem"), (path, content) => StateFolder.WriteWhole(path, content, StateFolder.PrivateFile))
        : null;

    private string ModeWord => options.IsDesktop ? "desktop" : "service";

    private void CheckMode()
    {
        if (options.IsDesktop && Environment.IsPrivilegedProcess)
        {
            throw new RefusalException("desktop mode runs every job as the person who starts it and does not run as root: start it as that person, or without --desktop as a service");
        }

        if (!options.IsDesktop && !Environment.IsPrivilegedProcess)
        {
            throw new RefusalException("service mode needs root; start it with --desktop to run jobs as yourself");
        }
    }

    /// <summary>A service runs as root what its settings allow, so nobody else may write them.</summary>
    private void CheckPolicyFile(LocalSettings settings)
    {
        if (!options.IsDesktop && settings.File is { } file && PolicyFile.Problem(file) is { } problem)
        {
            throw new RefusalException(problem);
        }
    }

    private string ModeText(WorkerSettings settings) => Mode switch
    {
        WorkerMode.Desktop => $"desktop mode, jobs run as {Environment.UserName}",
        WorkerMode.Service when settings.RunsAsSubmitter => "service mode, jobs run as the user who submitted them",
        WorkerMode.Service => $"service mode, jobs run as {settings.ProxyAccount}",
    };

    private string Name(WorkerSettings settings)
    {
        var name = options.Name ?? (settings.Text("worker_name") is { Length: > 0 } set ? set : Environment.MachineName);
        return StateFolder.IsWorkerName(name)
            ? name
            : throw new RefusalException($"'{name}' cannot be a worker's name: give another with --name or worker_name");
    }

    private static SupervisorAddress? SupervisorOf(WorkerSettings settings)
    {
        var text = settings.Text("qb_supervisor");
        return text.Length == 0
            ? null
            : SupervisorAddress.Parse(text) ?? throw new RefusalException($"qb_supervisor = '{text}' is not HOST or HOST:PORT: correct it in qb.conf");
    }

    private WorkerFacts Facts(string name, StateFolder state, SupervisorAddress supervisor, WorkerSettings settings) => new()
    {
        Name = name,
        Version = Version,
        Mode = Mode,
        Owner = Environment.UserName,
        Os = HostFacts.Os,
        Address = HostFacts.AddressTowards(supervisor),
        Cores = Environment.ProcessorCount,
        MemoryBytes = HostFacts.MemoryBytes,
        Properties = HostFacts.Properties(),
        BootId = Guid.NewGuid().ToString("N"),
        Directory = settings.Text("qb_directory") is { Length: > 0 } set ? set : WorkerPaths.InstallFolder(AppContext.BaseDirectory),
        Supervisor = supervisor.ToString(),
        Session = options.IsDesktop ? SessionVariables.Of(Environment.GetEnvironmentVariable) : WorkerSettings.None,
        State = state.Root == StateFolder.Machine().Root ? null : state.Root,
    };

    private static byte[] Ready(WorkerFacts facts, StateFolder state, string socketPath, WorkerIdentity identity) => JsonSerializer.SerializeToUtf8Bytes(
        new ReadyFile
        {
            Role = StateFolder.WorkerRole,
            Pid = Environment.ProcessId,
            Address = facts.Address,
            Port = null,
            State = state.Root,
            Socket = socketPath,
            CaSha256 = FarmTls.Fingerprint(identity.Authority),
        },
        ApiJson.Default.ReadyFile);

    private void WriteReadyOnce(byte[] ready)
    {
        if (options.ReadyFile is { } path && !_isReadyWritten)
        {
            _isReadyWritten = true;
            StateFolder.WriteWhole(path, ready, StateFolder.SharedFile);
        }
    }

    private bool _isReadyWritten;
}

/// <summary>What signals mean: TERM restarts a service worker (its runs live on) and ends a desktop one with its runs; INT ends either; HUP is a desktop's logout, and a service reads its settings again.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public StopSignals(WorkerLoop loop, LocalSettings settings, bool termKills, bool endsWithInput, WorkerLog log)
    {
        On(PosixSignal.SIGTERM, termKills ? StopKind.Kill : StopKind.Restart);
        On(PosixSignal.SIGINT, StopKind.Kill);
        On(PosixSignal.SIGHUP, termKills ? StopKind.Kill : null);
        if (endsWithInput)
        {
            _ = Task.Run(async () =>
            {
                await Console.OpenStandardInput().CopyToAsync(Stream.Null).ConfigureAwait(false);
                log.Info("whoever started this worker is gone: stopping");
                await loop.StopAsync(termKills ? StopKind.Kill : StopKind.Restart, CancellationToken.None).ConfigureAwait(false);
            });
        }

        void On(PosixSignal signal, StopKind? kind) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (kind is { } how)
            {
                log.Info($"{signal}: stopping");

                // The loop takes it when it has room; a signal handler does not wait.
                _ = loop.StopAsync(how, CancellationToken.None).AsTask();
            }
            else if (settings.TryReload(log))
            {
                _ = loop.SettingsChangedAsync(settings.Values, CancellationToken.None).AsTask();
            }
        }));
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
