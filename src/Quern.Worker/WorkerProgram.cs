using System.Reflection;
using Quern.Configuration;
using Quern.Execution.Accounts;
using Quern.Execution.Windows;
using Quern.Worker.Core;
using Quern.Worker.Dual;
using Quern.Worker.Joining;
using Quern.Worker.Link;

namespace Quern.Worker;

/// <summary>The worker program, put together top to bottom: who it is, its folder and lock, its farm, its runs, its loop, and the ways in and out.</summary>
internal sealed class WorkerProgram(WorkerOptions options, WorkerLog log, TimeProvider clock)
{
    public static string Version { get; } =
        typeof(WorkerProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private WorkerMode Mode => options.IsDesktop ? WorkerMode.Desktop : WorkerMode.Service;

    /// <summary>Runs the worker until it is told to stop, by a signal, a caller or the token; the token ends what runs.</summary>
    /// <exception cref="RefusalException">It does not start, or the supervisor does not want it: one line.</exception>
    public async Task RunAsync(CancellationToken stoppingToken)
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
        if (OperatingSystem.IsWindows() && !options.IsDesktop && HostWatch.MissingPrivileges() is { } missing)
        {
            log.Error(missing);
        }

        log.Info($"state {state.Root}; settings from {settings.Source}");
        foreach (var warning in settings.Warnings)
        {
            log.Warn(warning);
        }

        if (DualMachine() is { } machine)
        {
            await RunOnLoansAsync(machine, new WorkerPlace(state, role, folder, socketPath, settings)).ConfigureAwait(false);
            return;
        }

        var record = new WorkerRecord(folder);
        var membership = new Membership(state, record, log, clock);
        await BelongAsync(membership, record, new JoinFacts(name, ModeWord, Environment.UserName), stoppingToken).ConfigureAwait(false);
        if (options.JoinsOnly)
        {
            return;
        }

        var (identity, joinedAt, id) = record.Load();
        var named = Named(settings.Values);
        var kept = new KeptIdentity(record, identity);
        var member = new FarmMember(name, id, () => kept.Current, () => named ?? membership.OwnSupervisor() ?? joinedAt, kept);
        using var signals = new StopSignals(settings, options.EndsRuns || options.TermKills, options.EndsWithInput, log);
        await using var told = stoppingToken.Register(() => signals.Stop(StopKind.Kill)).ConfigureAwait(false);
        await new WorkerServing(options, new WorkerPlace(state, role, folder, socketPath, settings), member, signals, log, clock).RunAsync(loan: null).ConfigureAwait(false);
        log.Info("stopped");
    }

    /// <summary>
    /// The state of the machine whose service lends this desktop worker its host: that of a machine in dual mode with this person. A state of one's own is another
    /// farm's matter. Null = this worker has a place of its own.
    /// </summary>
    private StateFolder? DualMachine()
    {
        var machine = StateFolder.Machine();
        return options is { IsDesktop: true, State: null, Name: null, Join: null } && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("QUERN_STATE"))
            && MachineMode.Read(machine) is { Kind: MachineModeKind.Dual } mode && mode.Person == Environment.UserName
            ? machine
            : null;
    }

    /// <summary>One loan after the other, until told to stop. Between two it has no runs, no link and no socket.</summary>
    private async Task RunOnLoansAsync(StateFolder machine, WorkerPlace place)
    {
        if (options.JoinsOnly)
        {
            log.Info("this machine is in dual mode: its service lends its place in the farm, and no other is needed");
            return;
        }

        using var signals = new StopSignals(place.Settings, termKills: true, options.EndsWithInput, log);
        ServiceNotice.Ready();
        var borrower = new HostBorrower(machine.SocketPath(StateFolder.WorkerRole), Version, new Backoff(Random.Shared), log, clock);
        while (await borrower.BorrowAsync(signals.Stopping).ConfigureAwait(false) is { } loan)
        {
            await using (loan.ConfigureAwait(false))
            {
                var member = new FarmMember(loan.Name, loan.WorkerId, loan.Identity, () => Named(place.Settings.Values) ?? loan.Supervisor);
                await new WorkerServing(options, place, member, signals, log, clock).RunAsync(loan).ConfigureAwait(false);
                if (!loan.Ended.IsCompleted)
                {
                    break;
                }
            }
        }

        log.Info("stopped");
    }

    /// <summary>A service of Windows that belongs to no farm yet stays up, as services are expected to, until somebody makes it belong to one.</summary>
    private async Task BelongAsync(Membership membership, WorkerRecord record, JoinFacts facts, CancellationToken stoppingToken)
    {
        try
        {
            await membership.EnsureAsync(options.Join, facts, stoppingToken).ConfigureAwait(false);
        }
        catch (RefusalException refusal) when (options.IsService && !record.Exists)
        {
            log.Warn($"waiting for a farm: {refusal.Message}");
            await record.WaitAsync(clock, stoppingToken).ConfigureAwait(false);
        }
    }

    private SupervisorAddress? Named(WorkerSettings settings) => options.Supervisor ?? SupervisorOf(settings);

    private string ModeWord => options.IsDesktop ? "desktop" : "service";

    private void CheckMode()
    {
        if (OperatingSystem.IsWindows() && options.IsDesktop)
        {
            if (WindowsHost.IsSystem)
            {
                throw new RefusalException("desktop mode runs every job as the person who starts it and does not run as the system: start it as that person, or install the service with 'quern worker install --service'");
            }

            return;
        }

        if (options.IsDesktop && Environment.IsPrivilegedProcess)
        {
            throw new RefusalException("desktop mode runs every job as the person who starts it and does not run as root: start it as that person, or without --desktop as a service");
        }

        if (!options.IsDesktop && !Environment.IsPrivilegedProcess)
        {
            throw new RefusalException($"service mode needs {(OperatingSystem.IsWindows() ? "the system account or an administrator" : "root")}; start it with --desktop to run jobs as yourself");
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
}
