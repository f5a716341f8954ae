using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install.Windows;

/// <summary><c>quern worker install|uninstall --service</c> on Windows: the worker as a service, as LocalSystem.</summary>
internal sealed class WindowsService(Machine machine, StepList steps)
{
    private readonly ServiceManager _service = new(machine, steps);

    private static string UsualPrefix => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "Quern");

    private static string RecordPath => Path.Combine(StateFolder.Machine().WorkerFolder, "worker.json");

    public static async Task<int> InstallAsync(Machine machine, ParsedOptions options)
    {
        ServiceManager.Check(machine, ServiceInstallation.InstallCommand, options.Has("dry-run"));
        var steps = new StepList(ServiceInstallation.InstallCommand, options.Has("dry-run"), Console.Out);
        await new WindowsService(machine, steps).InstallAsync(PrefixOf(options), options.Text("join"), options.Text("supervisor")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task InstallAsync(string prefix, string? join, string? supervisor)
    {
        var programs = new ProgramFolder(machine, prefix);
        if (!programs.IsCurrent)
        {
            // A program that runs cannot be replaced.
            await _service.StopAsync().ConfigureAwait(false);
        }

        await steps.DoAsync($"copy the programs to {programs.Bin}", programs.IsCurrent, programs.Copy).ConfigureAwait(false);
        var hasJoined = machine.HasFile(RecordPath);
        if (join is not null || hasJoined || machine.HasFolder(StateFolder.Machine().SupervisorFolder))
        {
            await steps.DoAsync(join is null ? "join the supervisor of this machine" : "join the farm of the token", hasJoined, () => new WorkerJoin(machine).Run(machine.At(programs.Bin), [], join)).ConfigureAwait(false);
        }

        var worker = Path.GetFullPath(Path.Combine(programs.Bin, "quern-worker.exe"));
        await _service.MakeAsync($"\"{worker}\" --service{(supervisor is null ? "" : $" --supervisor {supervisor}")}").ConfigureAwait(false);
        await _service.StartAsync().ConfigureAwait(false);
        if (!steps.IsDryRun && !machine.HasFile(RecordPath))
        {
            steps.Tell("it belongs to no farm yet and waits: make a token with 'quern worker token' where the supervisor runs, then run this again with --join TOKEN");
        }

        steps.Tell($"settings are read from {StateFolder.MachineSettings}, its log is {Path.Combine(StateFolder.Machine().WorkerFolder, "worker.log")}; jobs run as proxy_account, which has to exist with the right to log on as a batch job");
    }

    public static async Task<int> UninstallAsync(Machine machine, ParsedOptions options, CancellationToken token)
    {
        ServiceManager.Check(machine, ServiceInstallation.UninstallCommand, options.Has("dry-run"));
        var steps = new StepList(ServiceInstallation.UninstallCommand, options.Has("dry-run"), Console.Out);
        await new WindowsService(machine, steps).UninstallAsync(UsualPrefix, options.Has("now"), options.Has("purge"), token).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task UninstallAsync(string prefix, bool now, bool purges, CancellationToken token)
    {
        var state = StateFolder.Machine().WorkerFolder;
        await new WorkerStop(steps).RunAsync(StateFolder.Machine(), now, token).ConfigureAwait(false);
        await _service.StopAsync().ConfigureAwait(false);
        await _service.DeleteAsync().ConfigureAwait(false);
        var programs = new ProgramFolder(machine, prefix);
        if (programs.IsSamePlace)
        {
            steps.Tell($"kept     {programs.Bin}, since this program runs from there: remove it by hand");
        }
        else
        {
            await steps.DoAsync($"remove {programs.Bin}", !machine.HasFolder(programs.Bin), programs.Delete).ConfigureAwait(false);
        }

        if (purges)
        {
            await steps.DoAsync($"remove {state}", !machine.HasFolder(state), () => Directory.Delete(machine.At(state), recursive: true)).ConfigureAwait(false);
        }
        else
        {
            steps.Tell(machine.HasFolder(state) ? $"kept     {state} (its place in the farm): --purge removes it" : "nothing of the worker is left");
        }
    }

    /// <exception cref="FarmException">Others than administrators could change what lies there.</exception>
    private static string PrefixOf(ParsedOptions options)
    {
        var prefix = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Text("prefix") ?? UsualPrefix));
        var guarded = Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles);
        return prefix.StartsWith(guarded + Path.DirectorySeparatorChar, StringComparison.OrdinalIgnoreCase)
            ? prefix
            : throw new FarmException($"the programs would lie in {prefix}, which others than administrators may be able to change: choose a folder in {guarded} with --prefix", false);
    }
}
