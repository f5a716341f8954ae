using System.Text.Json;
using Quern.Configuration;
using Quern.Execution.Runs;
using Quern.Protocol.Api;
using Quern.Secrets;
using Quern.Worker.Core;
using Quern.Worker.Dual;
using Quern.Worker.Joining;
using Quern.Worker.Link;
using Quern.Worker.Local;

namespace Quern.Worker;

/// <summary>A worker that is somebody in its farm, put together top to bottom: its runs, its loop, and the ways in and out.</summary>
internal sealed class WorkerServing(WorkerOptions options, WorkerPlace place, FarmMember member, StopSignals signals, WorkerLog log, TimeProvider clock)
{
    private WorkerMode Mode => options.IsDesktop ? WorkerMode.Desktop : WorkerMode.Service;

    /// <summary>Until it is told to stop, or the loan ends and with it everything that it was.</summary>
    /// <param name="loan">Of a desktop worker that has the host of a service worker; null = the host is its own.</param>
    /// <exception cref="RefusalException">The supervisor does not want it.</exception>
    public async Task RunAsync(HostLoan? loan)
    {
        var state = place.State;
        using var sealing = OpenSealingKey();
        var runs = RunHosts.Open(place.Folder, place.Settings, WorkerPaths.Knock(state, place.Role, options.IsDesktop), sealing, log, clock);
        await using (runs.ConfigureAwait(false))
        {
            var mode = loan is not null ? MachineMode.Read(StateFolder.Machine()) : options.IsDesktop ? null : MachineMode.Read(state);
            var facts = Facts(mode) with { SealingKey = sealing?.Public.ToString() ?? "" };
            var core = new WorkerCore(runs, facts, place.Settings.Values);
            var watch = new HostWatch(place.Folder, facts, place.Settings, clock);
            core.Observed(watch.Look(place.Settings.Values));
            core.JobTypesFound(watch.LookForTypes(place.Settings.Values));
            await using var loop = new WorkerLoop(core, log, clock, endsRuns: options.EndsRuns);
            runs.Changed += loop.RunsChanged;
            var ready = Ready(facts);
            var isWritten = false;
            loop.Serving += () => isWritten = isWritten || WriteReady(ready);

            var dual = options.IsDesktop ? null : DualService.Create(mode, place, member, loop, log, clock);
            var door = new LocalDoor(HostFacts.Uid(), facts.Owner, options.IsDesktop, member.Name, RunHosts.AccountNameOf);
            var dialer = new SupervisorDialer(member.Supervisor, member.Identity);
            var passThrough = new PassThrough(dialer.OpenAsync, clock);
            var local = new LocalWorker(loop, facts, () => member.Supervisor().ToString(), loan is null ? () => dual?.Lender.View : () => loan.View(facts.Owner));
            using var listener = new LocalListener(place.SocketPath, door, local, passThrough, dual?.Door, log, clock);
            listener.Open();
            StateFolder.WriteWhole(state.ReadyPath(place.Role), ready, StateFolder.SharedFile);
            ServiceNotice.Ready();
            log.Info($"{member.Name} at {facts.Address}; local socket {place.SocketPath}; supervisor {member.Supervisor()}");

            var connector = new LinkConnector(member.Supervisor, member.Identity, loop, new Backoff(Random.Shared), clock);
            signals.Direct(loop);
            List<Func<CancellationToken, Task>> edges = [connector.RunAsync, listener.RunAsync, token => watch.RunAsync(loop, token)];
            if (member.Kept is { } kept)
            {
                edges.Add(new CertificateRenewal(kept, CertificateRenewal.Over(dialer.OpenAsync), log, clock).RunAsync);
            }

            if (dual is not null)
            {
                edges.Add(dual.RunAsync);
            }

            if (loan is not null)
            {
                edges.Add(token => FollowAsync(loan, loop, token));
            }

            var refusal = await ServeAsync(loop, edges).ConfigureAwait(false);
            signals.Direct(null);
            File.Delete(state.ReadyPath(place.Role));
            if (refusal is not null && loan is not { Ended.IsCompleted: true })
            {
                throw new RefusalException($"the supervisor does not take this worker: {refusal}");
            }
        }
    }

    /// <summary>Until the loop ends; an edge that breaks is a bug, and the worker does not run on without it.</summary>
    private static async Task<string?> ServeAsync(WorkerLoop loop, IReadOnlyList<Func<CancellationToken, Task>> edges)
    {
        using var stopping = new CancellationTokenSource();
        var looping = loop.RunAsync(stopping.Token);
        Task[] running = [.. edges.Select(edge => edge(stopping.Token))];
        var first = await Task.WhenAny([looping, .. running]).ConfigureAwait(false);
        await stopping.CancelAsync().ConfigureAwait(false);
        foreach (var edge in running)
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
    private SealingKey? OpenSealingKey() => OperatingSystem.IsWindows() && !options.IsDesktop
        ? SealingKey.OpenOrCreate(Path.Combine(place.Folder, "sealing.pem"), (path, content) => StateFolder.WriteWhole(path, content, StateFolder.PrivateFile))
        : null;

    private async Task FollowAsync(HostLoan loan, WorkerLoop loop, CancellationToken stoppingToken)
    {
        await loan.Ended.WaitAsync(stoppingToken).ConfigureAwait(false);
        log.Warn("the machine's service has taken the host back, or is gone: what runs here is ended, and its items go back to the queue");
        await loop.LoanEndedAsync(stoppingToken).ConfigureAwait(false);
        await Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken).ConfigureAwait(false);
    }

    private WorkerFacts Facts(MachineMode? mode)
    {
        var settings = place.Settings.Values;
        var supervisor = member.Supervisor();
        var properties = HostFacts.Properties();
        if (mode is { Kind: MachineModeKind.Dual, Person: { } person })
        {
            properties["dual_user"] = person;
        }

        return new WorkerFacts
        {
            Name = member.Name,
            Version = WorkerProgram.Version,
            Mode = Mode,
            Owner = Environment.UserName,
            Os = HostFacts.Os,
            Address = HostFacts.AddressTowards(supervisor),
            Cores = Environment.ProcessorCount,
            MemoryBytes = HostFacts.MemoryBytes,
            SwapBytes = HostFacts.SwapBytes(),
            Properties = properties,
            BootId = Guid.NewGuid().ToString("N"),
            Directory = settings.Text("qb_directory") is { Length: > 0 } set ? set : WorkerPaths.InstallFolder(AppContext.BaseDirectory),
            Programs = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory),
            Supervisor = supervisor.ToString(),
            Session = options.IsDesktop ? SessionVariables.Of(Environment.GetEnvironmentVariable) : WorkerSettings.None,
            State = place.State.IsMachine ? null : place.State.Root,
        };
    }

    private byte[] Ready(WorkerFacts facts) => JsonSerializer.SerializeToUtf8Bytes(
        new ReadyFile
        {
            Role = StateFolder.WorkerRole,
            Pid = Environment.ProcessId,
            Address = facts.Address,
            Port = null,
            State = place.State.Root,
            Socket = place.SocketPath,
            CaSha256 = FarmTls.Fingerprint(member.Identity().Authority),
        },
        ApiJson.Default.ReadyFile);

    private bool WriteReady(byte[] ready)
    {
        if (options.ReadyFile is { } path)
        {
            StateFolder.WriteWhole(path, ready, StateFolder.SharedFile);
        }

        return true;
    }
}
