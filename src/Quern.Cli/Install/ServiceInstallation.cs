using Quern.Cli.Local;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install;

/// <summary><c>quern worker install|uninstall --service</c>: the worker as a service of this machine, as root, its instances in a unit of their own.</summary>
internal sealed class ServiceInstallation(Machine machine, StepList steps)
{
    public const string InstallCommand = "quern worker install --service";
    public const string UninstallCommand = "quern worker uninstall --service";

    private static readonly string State = StateFolder.Machine().WorkerFolder;

    private readonly SystemdHost host = new(machine, steps);

    /// <summary>The worker belongs to a farm already.</summary>
    private bool HasJoined => machine.HasFile(State + "/worker.json");

    public static async Task<int> InstallAsync(Machine machine, ParsedOptions options)
    {
        var isDryRun = options.Has("dry-run");
        SystemdHost.Check(machine, InstallCommand, isDryRun);
        var prefix = InstallOptions.PrefixOf(options);
        var programs = new ProgramFolder(machine, prefix);
        programs.Check();
        var steps = new StepList(InstallCommand, isDryRun, Console.Out);
        var installation = new ServiceInstallation(machine, steps);
        installation.CheckFarm(options.Text("join"));
        await installation.InstallAsync(programs, prefix, options.Text("join"), options.Text("supervisor")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task InstallAsync(ProgramFolder programs, string prefix, string? join, string? supervisor)
    {
        var worker = UnitFiles.WithSupervisor(UnitFiles.Text(UnitFiles.Worker, prefix), supervisor, machine.Text(UnitFiles.PathOf(UnitFiles.Worker)));
        foreach (var account in AccountsOf(machine))
        {
            await host.AccountAsync(account, $"{ProxyAccount.Homes}/{account}").ConfigureAwait(false);
        }

        await host.ProgramsAsync(programs).ConfigureAwait(false);
        await steps.DoAsync(join is null ? "join the supervisor of this machine" : "join the farm of the token", HasJoined, () => new WorkerJoin(machine).Run(machine.At(programs.Bin), [], join)).ConfigureAwait(false);
        await host.FileAsync(UnitFiles.PathOf(UnitFiles.Instances), UnitFiles.Text(UnitFiles.Instances, prefix)).ConfigureAwait(false);
        await host.FileAsync(UnitFiles.PathOf(UnitFiles.Worker), worker).ConfigureAwait(false);
        await host.ReloadAsync().ConfigureAwait(false);
        await host.StartAsync(UnitFiles.Worker).ConfigureAwait(false);
        steps.Tell("settings are read from /etc/qb.conf; quern worker status tells how it is");
    }

    public static async Task<int> UninstallAsync(Machine machine, ParsedOptions options, CancellationToken token)
    {
        var isDryRun = options.Has("dry-run");
        SystemdHost.Check(machine, UninstallCommand, isDryRun);
        if (MachineMode.Parse(machine.Text(ModeCommand.ModeFile)) is { Kind: MachineModeKind.Dual, Person: { } person })
        {
            throw new FarmException($"this machine is in dual mode, and the desktop worker of {person} has its host from the service: leave it first with 'quern worker mode service'", false);
        }

        var steps = new StepList(UninstallCommand, isDryRun, Console.Out);
        await new ServiceInstallation(machine, steps).UninstallAsync(options.Has("now"), options.Has("purge"), token).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task UninstallAsync(bool now, bool purges, CancellationToken token)
    {
        var unit = UnitFiles.PathOf(UnitFiles.Worker);
        var prefix = machine.Text(unit) is { } text ? UnitFiles.PrefixOf(text) : null;
        var accounts = AccountsOf(machine);
        await new WorkerStop(steps).RunAsync(StateFolder.Machine(), now, token).ConfigureAwait(false);
        await host.DisableAsync(UnitFiles.Worker).ConfigureAwait(false);
        await host.DisableAsync(UnitFiles.Instances).ConfigureAwait(false);
        await host.RemoveFileAsync(unit).ConfigureAwait(false);
        await host.RemoveFileAsync(UnitFiles.PathOf(UnitFiles.Instances)).ConfigureAwait(false);
        await host.ReloadAsync().ConfigureAwait(false);
        if (!steps.IsDryRun)
        {
            await host.RemoveProgramsAsync(prefix).ConfigureAwait(false);
        }

        if (!purges)
        {
            steps.Tell(machine.HasFolder(State) ? $"kept     {State} (its place in the farm) and the account of jobs: --purge removes them" : "nothing of the worker is left");
            return;
        }

        foreach (var account in accounts)
        {
            await host.PurgeAsync(State, account).ConfigureAwait(false);
        }
    }

    /// <exception cref="FarmException">There is no farm that this worker could be of.</exception>
    public void CheckFarm(string? join)
    {
        if (join is null && !HasJoined && !machine.HasFolder(StateFolder.Machine().SupervisorFolder))
        {
            throw new FarmException("this machine has no supervisor of its own and its worker belongs to no farm yet: make a token with 'quern worker token' where the supervisor runs, then add --join TOKEN (or --join @FILE)", false);
        }
    }

    /// <summary>Accounts that the settings of this machine have jobs run as: one, or one a slot.</summary>
    public static IReadOnlyList<string> AccountsOf(Machine machine)
    {
        var file = machine.HasFile(FarmLocation.QbConf) ? machine.At(FarmLocation.QbConf) : null;
        var settings = QuernSettings.Load(file, []);
        var slots = settings.Int("worker_cpus") is > 0 and var set ? set : Environment.ProcessorCount;
        return ProxyAccounts.Names(settings.Text("proxy_account"), slots);
    }
}
