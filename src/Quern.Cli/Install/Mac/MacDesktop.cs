using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install.Mac;

/// <summary><c>quern worker install|uninstall --desktop</c> on macOS: a person's own worker, an agent of launchd for their graphical session. Needs no rights; refuses root.</summary>
internal sealed class MacDesktop(Machine machine, StepList steps)
{
    private readonly Launchd _launchd = new(machine, steps);

    private string AgentPath => $"{machine.Home}/Library/LaunchAgents/{Launchd.Desktop}.plist";

    /// <summary>The person's graphical session; there is none while they are logged in elsewhere only.</summary>
    private string Session => "gui/" + machine.Run("id", ["-u"]).Output.Trim();

    public static async Task<int> InstallAsync(Machine machine, ParsedOptions options)
    {
        Check(machine, options, DesktopInstallation.InstallCommand);
        var steps = new StepList(DesktopInstallation.InstallCommand, options.Has("dry-run"), Console.Out);
        await new MacDesktop(machine, steps).InstallAsync(StateFolder.Resolve(null), options.Text("join"), options.Text("supervisor")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    /// <exception cref="FarmException">The worker belongs to no farm yet and none is named.</exception>
    public async Task InstallAsync(StateFolder state, string? join, string? supervisor)
    {
        var hasJoined = File.Exists(state.WorkerFolder + "/worker.json");
        if (!hasJoined && join is null)
        {
            throw new FarmException("your worker belongs to no farm yet: have an administrator make a token with 'quern worker token', then add --join TOKEN (or --join @FILE)", false);
        }

        var installed = machine.Text(AgentPath);
        var text = PropertyLists.Desktop(machine.Programs, machine.Home, supervisor, installed);
        await steps.DoAsync("join the farm", hasJoined, () => new WorkerJoin(machine).Run(machine.Programs, ["--desktop"], join)).ConfigureAwait(false);
        await _launchd.FileAsync(AgentPath, text).ConfigureAwait(false);
        if (machine.Says("launchctl", "print", Session))
        {
            await _launchd.StartAsync(Session, Launchd.Desktop, AgentPath, installed != text).ConfigureAwait(false);
        }

        steps.Tell($"it starts with your graphical session, runs jobs as you, and ends with the session; settings are read from {StateFolder.MachineSettings}");
    }

    public static async Task<int> UninstallAsync(Machine machine, ParsedOptions options, CancellationToken token)
    {
        Check(machine, options, DesktopInstallation.UninstallCommand);
        var steps = new StepList(DesktopInstallation.UninstallCommand, options.Has("dry-run"), Console.Out);
        await new MacDesktop(machine, steps).UninstallAsync(StateFolder.Resolve(null), options.Has("now"), options.Has("purge"), token).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task UninstallAsync(StateFolder state, bool now, bool purges, CancellationToken token)
    {
        await new WorkerStop(steps).RunAsync(state, now, token).ConfigureAwait(false);
        await _launchd.StopAsync(Session, Launchd.Desktop).ConfigureAwait(false);
        await _launchd.RemoveFileAsync(AgentPath).ConfigureAwait(false);
        if (purges)
        {
            await steps.DoAsync($"remove {state.WorkerFolder}", !Directory.Exists(state.WorkerFolder), () => Directory.Delete(state.WorkerFolder, recursive: true)).ConfigureAwait(false);
        }
        else if (Directory.Exists(state.WorkerFolder))
        {
            steps.Tell($"kept     {state.WorkerFolder} (its place in the farm): --purge removes it");
        }
    }

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
}
