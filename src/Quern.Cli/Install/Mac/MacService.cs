using Quern.Cli.Local;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install.Mac;

/// <summary><c>quern worker install|uninstall --service</c> on macOS: the worker as a daemon of launchd, as root.</summary>
internal sealed class MacService(Machine machine, StepList steps)
{
    private static readonly string State = StateFolder.Machine().WorkerFolder;
    private readonly Launchd _launchd = new(machine, steps);

    private bool HasJoined => machine.HasFile(State + "/worker.json");

    public static async Task<int> InstallAsync(Machine machine, ParsedOptions options)
    {
        Launchd.Check(machine, ServiceInstallation.InstallCommand, options.Has("dry-run"));
        var programs = new ProgramFolder(machine, InstallOptions.PrefixOf(options));
        programs.Check();
        var steps = new StepList(ServiceInstallation.InstallCommand, options.Has("dry-run"), Console.Out);
        await new MacService(machine, steps).InstallAsync(programs, options.Text("join"), options.Text("supervisor")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    /// <exception cref="FarmException">The worker belongs to no farm yet and none is named.</exception>
    public async Task InstallAsync(ProgramFolder programs, string? join, string? supervisor)
    {
        if (join is null && !HasJoined)
        {
            throw new FarmException("this machine's worker belongs to no farm yet: make a token with 'quern worker token' where the supervisor runs, then add --join TOKEN (or --join @FILE)", false);
        }

        var installed = machine.Text(Launchd.DaemonPath);
        var text = PropertyLists.Service(programs.Bin, supervisor, installed);
        foreach (var account in ServiceInstallation.AccountsOf(machine))
        {
            await _launchd.AccountAsync(account, $"{ProxyAccount.Homes}/{account}").ConfigureAwait(false);
        }

        await steps.DoAsync($"copy the programs to {programs.Bin}", programs.IsCurrent, programs.Copy).ConfigureAwait(false);
        await steps.DoAsync("join the farm of the token", HasJoined, () => new WorkerJoin(machine).Run(machine.At(programs.Bin), [], join)).ConfigureAwait(false);
        await _launchd.FileAsync(Launchd.DaemonPath, text).ConfigureAwait(false);
        await _launchd.StartAsync(Launchd.System, Launchd.Service, Launchd.DaemonPath, installed != text).ConfigureAwait(false);
        steps.Tell($"settings are read from {StateFolder.MachineSettings}, its log is /var/log/quern-worker.log; give {programs.Bin}/quern-worker full disk access in System Settings where jobs read network or external volumes");
    }

    public static async Task<int> UninstallAsync(Machine machine, ParsedOptions options, CancellationToken token)
    {
        Launchd.Check(machine, ServiceInstallation.UninstallCommand, options.Has("dry-run"));
        var steps = new StepList(ServiceInstallation.UninstallCommand, options.Has("dry-run"), Console.Out);
        await new MacService(machine, steps).UninstallAsync(options.Has("now"), options.Has("purge"), token).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task UninstallAsync(bool now, bool purges, CancellationToken token)
    {
        var bin = machine.Text(Launchd.DaemonPath) is { } text ? PropertyLists.BinOf(text) : null;
        await new WorkerStop(steps).RunAsync(StateFolder.Machine(), now, token).ConfigureAwait(false);
        await _launchd.StopAsync(Launchd.System, Launchd.Service).ConfigureAwait(false);
        await _launchd.RemoveFileAsync(Launchd.DaemonPath).ConfigureAwait(false);
        if (bin is not null)
        {
            var programs = new ProgramFolder(machine, Path.GetDirectoryName(bin)!);
            await steps.DoAsync($"remove {programs.Bin}", !machine.HasFolder(programs.Bin), programs.Delete).ConfigureAwait(false);
        }

        if (purges)
        {
            await steps.DoAsync($"remove {State}", !machine.HasFolder(State), () => Directory.Delete(machine.At(State), recursive: true)).ConfigureAwait(false);
        }

        steps.Tell(machine.HasFolder(State) ? $"kept     {State} (its place in the farm): --purge removes it; the account of jobs stays, dscl . -delete /Users/NAME removes it" : "the account of jobs stays: dscl . -delete /Users/NAME removes it");
    }
}
