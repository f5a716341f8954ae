using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install.Windows;

/// <summary>
/// <c>quern worker install|uninstall --desktop</c> on Windows: a person's own worker, started at their login by the Run key of their registry (Win32 API
/// reference: Run and RunOnce Registry Keys). Needs no rights.
/// </summary>
internal sealed class WindowsDesktop(Machine machine, StepList steps)
{
    private const string RunKey = @"HKCU\Software\Microsoft\Windows\CurrentVersion\Run";
    private const string Value = "Quern worker";

    /// <summary>The line that starts it without a window.</summary>
    public static string Line(Machine machine) => $"\"{Path.Combine(machine.Programs, "quern-worker.exe")}\" --desktop --background";

    public static async Task<int> InstallAsync(Machine machine, ParsedOptions options)
    {
        Check(machine, options, DesktopInstallation.InstallCommand);
        var steps = new StepList(DesktopInstallation.InstallCommand, options.Has("dry-run"), Console.Out);
        await new WindowsDesktop(machine, steps).InstallAsync(StateFolder.Resolve(null), options.Text("join")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    /// <exception cref="FarmException">The worker belongs to no farm yet and none is named.</exception>
    public async Task InstallAsync(StateFolder state, string? join)
    {
        var hasJoined = File.Exists(Path.Combine(state.WorkerFolder, "worker.json"));
        if (!hasJoined && join is null && !Directory.Exists(state.SupervisorFolder))
        {
            throw new FarmException("your worker belongs to no farm yet: have an administrator make a token with 'quern worker token', then add --join TOKEN (or --join @FILE)", false);
        }

        await steps.DoAsync("join the farm", hasJoined, () => new WorkerJoin(machine).Run(machine.Programs, ["--desktop"], join)).ConfigureAwait(false);
        await steps.DoAsync("have it start at your login", IsThere, () => machine.Must("reg", "add", RunKey, "/v", Value, "/t", "REG_SZ", "/d", Line(machine), "/f")).ConfigureAwait(false);
        steps.Tell($"it starts at your next login, runs jobs as you, and ends with the session; at once: quern worker --desktop. Its log is {Path.Combine(state.WorkerFolder, "worker.log")}");
    }

    public static async Task<int> UninstallAsync(Machine machine, ParsedOptions options, CancellationToken token)
    {
        Check(machine, options, DesktopInstallation.UninstallCommand);
        var steps = new StepList(DesktopInstallation.UninstallCommand, options.Has("dry-run"), Console.Out);
        await new WindowsDesktop(machine, steps).UninstallAsync(StateFolder.Resolve(null), options.Has("now"), options.Has("purge"), token).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task UninstallAsync(StateFolder state, bool now, bool purges, CancellationToken token)
    {
        await new WorkerStop(steps).RunAsync(state, now, token).ConfigureAwait(false);
        await steps.DoAsync("have it start no more at your login", !machine.Says("reg", "query", RunKey, "/v", Value), () => machine.Must("reg", "delete", RunKey, "/v", Value, "/f")).ConfigureAwait(false);
        if (purges)
        {
            await steps.DoAsync($"remove {state.WorkerFolder}", !Directory.Exists(state.WorkerFolder), () => Directory.Delete(state.WorkerFolder, recursive: true)).ConfigureAwait(false);
        }
    }

    private bool IsThere => machine.Run("reg", ["query", RunKey, "/v", Value]) is { Code: 0 } found && found.Output.Contains(Line(machine), StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FarmException">An administrator's terminal asks: the worker would be another account's, with rights that its jobs must not have.</exception>
    private static void Check(Machine machine, ParsedOptions options, string command)
    {
        if (machine.IsRoot)
        {
            throw new FarmException($"{command} is a person's, whose screen and account its jobs get, and refuses an administrator's terminal: run it from an ordinary one, or install the machine's worker with 'quern worker install --service'", false);
        }

        if (options.Has("prefix"))
        {
            throw new UsageException("--prefix goes with --service: a desktop worker runs the programs from where they are");
        }
    }
}
