using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install;

/// <summary>
/// <c>quern worker install|uninstall --desktop</c>: a person's own worker, a unit of their user manager that is bound to the graphical session; an autostart file
/// does it for sessions without such a target. Needs no rights; refuses root.
/// </summary>
internal sealed class DesktopInstallation(Machine machine, StepList steps)
{
    public const string InstallCommand = "quern worker install --desktop";
    public const string UninstallCommand = "quern worker uninstall --desktop";
    private const string SessionTarget = "graphical-session.target";

    private readonly SystemdHost host = new(machine, steps);

    private string Config => (Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } set && machine.Root.Length == 0 ? set : machine.Home + "/.config").TrimEnd('/');

    private string UnitPath => $"{Config}/systemd/user/{UnitFiles.Desktop}";

    private string WantsPath => $"{Config}/systemd/user/{SessionTarget}.wants/{UnitFiles.Desktop}";

    private string AutostartPath => $"{Config}/autostart/{UnitFiles.Autostart}";

    public static async Task<int> InstallAsync(Machine machine, ParsedOptions options)
    {
        Check(machine, options, InstallCommand);
        var steps = new StepList(InstallCommand, options.Has("dry-run"), Console.Out);
        var state = StateFolder.Resolve(null);
        await new DesktopInstallation(machine, steps).InstallAsync(state, options.Text("join"), options.Text("supervisor")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    /// <exception cref="FarmException">The worker belongs to no farm yet and none is named.</exception>
    public async Task InstallAsync(StateFolder state, string? join, string? supervisor)
    {
        var unit = UnitFiles.WithSupervisor(UnitFiles.DesktopText(UnitFiles.Desktop, machine.Programs), supervisor, machine.Text(UnitPath));
        var isLent = MachineMode.Parse(machine.Text(ModeCommand.ModeFile)) is { Kind: MachineModeKind.Dual } mode && mode.Person == machine.User;
        var hasJoined = isLent || File.Exists(state.WorkerFolder + "/worker.json");
        if (!hasJoined && join is null && !Directory.Exists(state.SupervisorFolder))
        {
            throw new FarmException("your worker belongs to no farm yet: have an administrator make a token with 'quern worker token', then add --join TOKEN (or --join @FILE)", false);
        }

        await steps.DoAsync(isLent ? "borrow the place in the farm of this machine's service" : "join the farm", hasJoined, () => new WorkerJoin(machine).Run(machine.Programs, ["--desktop"], join)).ConfigureAwait(false);
        await host.FileAsync(UnitPath, unit).ConfigureAwait(false);
        await steps.DoAsync($"have it start with {SessionTarget}", new FileInfo(machine.At(WantsPath)).LinkTarget == "../" + UnitFiles.Desktop, LinkUnit).ConfigureAwait(false);
        await host.FileAsync(AutostartPath, UnitFiles.DesktopText(UnitFiles.Autostart, machine.Programs)).ConfigureAwait(false);
        await StartAsync().ConfigureAwait(false);
        steps.Tell("it starts with your graphical session, runs jobs as you, and ends with the session; settings are read from /etc/qb.conf");
    }

    public static async Task<int> UninstallAsync(Machine machine, ParsedOptions options, CancellationToken token)
    {
        Check(machine, options, UninstallCommand);
        var steps = new StepList(UninstallCommand, options.Has("dry-run"), Console.Out);
        await new DesktopInstallation(machine, steps).UninstallAsync(StateFolder.Resolve(null), options.Has("now"), options.Has("purge"), token).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task UninstallAsync(StateFolder state, bool now, bool purges, CancellationToken token)
    {
        await new WorkerStop(steps).RunAsync(state, now, token).ConfigureAwait(false);

        // One that waits for its host has nothing to end.
        await steps.DoAsync($"stop {UnitFiles.Desktop}", !machine.Says("systemctl", "--user", "is-active", "--quiet", UnitFiles.Desktop), () => machine.Must("systemctl", "--user", "stop", UnitFiles.Desktop)).ConfigureAwait(false);
        await host.RemoveFileAsync(WantsPath).ConfigureAwait(false);
        await host.RemoveFileAsync(UnitPath).ConfigureAwait(false);
        await host.RemoveFileAsync(AutostartPath).ConfigureAwait(false);
        await steps.DoAsync("have your systemd read its units again", !steps.HasChanged || !HasManager, () => machine.Must("systemctl", "--user", "daemon-reload")).ConfigureAwait(false);
        if (purges)
        {
            await steps.DoAsync($"remove {state.WorkerFolder}", !Directory.Exists(state.WorkerFolder), () => Directory.Delete(state.WorkerFolder, recursive: true)).ConfigureAwait(false);
        }
        else if (Directory.Exists(state.WorkerFolder))
        {
            steps.Tell($"kept     {state.WorkerFolder} (its place in the farm): --purge removes it");
        }
    }

    /// <summary>The person's own systemd runs and can be asked.</summary>
    private bool HasManager => machine.Says("systemctl", "--user", "show-environment");

    /// <exception cref="FarmException">Root asks.</exception>
    private static void Check(Machine machine, ParsedOptions options, string command)
    {
        if (machine.IsRoot)
        {
            throw new FarmException($"{command} is a person's, whose screen and account its jobs get, and refuses root: run it as that person, or install the machine's worker with 'quern worker install --service'", false);
        }

        if (options.Has("prefix"))
        {
            throw new UsageException("--prefix goes with --service: a desktop worker runs the programs from where they are");
        }
    }

    private void LinkUnit()
    {
        var path = machine.At(WantsPath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
        File.CreateSymbolicLink(path, "../" + UnitFiles.Desktop);
    }

    /// <summary>At once where the person is in a graphical session now; elsewhere the next login does it.</summary>
    private async Task StartAsync()
    {
        if (!HasManager)
        {
            return;
        }

        await steps.DoAsync("have your systemd read its units again", !steps.HasChanged, () => machine.Must("systemctl", "--user", "daemon-reload")).ConfigureAwait(false);
        if (machine.Says("systemctl", "--user", "is-active", "--quiet", SessionTarget))
        {
            var isActive = machine.Says("systemctl", "--user", "is-active", "--quiet", UnitFiles.Desktop);
            await steps.DoAsync($"start {UnitFiles.Desktop}", isActive && !steps.HasChanged, () => machine.Must("systemctl", "--user", "restart", UnitFiles.Desktop)).ConfigureAwait(false);
        }
    }
}
