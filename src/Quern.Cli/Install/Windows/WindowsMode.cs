using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install.Windows;

/// <summary>
/// <c>quern worker mode</c> on Windows: the service, or the desktop worker of a person, started by a logon task that has that person's own rights and no more
/// (Windows Commands reference: schtasks).
/// </summary>
internal sealed class WindowsMode(Machine machine, StepList steps)
{
    private const string Name = "quern worker mode";
    private const string Task = "Quern desktop worker";
    private readonly ServiceManager _service = new(machine, steps);

    public static async Task<int> RunAsync(Machine machine, ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            return Show(machine, Console.Out);
        }

        var command = $"{Name} {options.Words[0]}";
        ServiceManager.Check(machine, command, options.Has("dry-run"));
        var mode = new WindowsMode(machine, new StepList(command, options.Has("dry-run"), Console.Out));
        switch (options.Words)
        {
            case ["service"]:
                await mode.ToServiceAsync().ConfigureAwait(false);
                break;
            case ["desktop"]:
                await mode.ToDesktopAsync(options.Text("user") ?? throw new UsageException("say whose desktop worker: --user NAME"), options.Has("now"), token).ConfigureAwait(false);
                break;
            default:
                throw new UsageException($"'{options.Words[0]}' is no mode on Windows: write service or desktop; {Name} --help tells more");
        }

        return ExitCode.Done;
    }

    /// <summary>One line that says the mode, then what it follows from.</summary>
    public static int Show(Machine machine, TextWriter output)
    {
        var service = new ServiceManager(machine, new StepList(Name, isDryRun: true, output));
        var (exists, atBoot, runs) = (service.Exists, service.StartsAtBoot, service.IsRunning);
        var owner = machine.Text(ModeCommand.ModeFile)?.Trim().Split(' ', 2) is ["desktop", var name] ? name : null;
        output.WriteLine(owner is not null ? $"desktop {owner}" : atBoot ? "service" : runs ? "service, until the next boot" : "none");
        output.WriteLine($"  service {ServiceManager.Service} {(atBoot ? "starts at boot" : exists ? "does not start at boot" : "is not installed")} and {(runs ? "runs" : "does not run")}");
        if (owner is not null)
        {
            output.WriteLine($"  {ModeCommand.ModeFile}: the worker of {owner} starts at their login");
        }

        return ExitCode.Done;
    }

    public async Task ToDesktopAsync(string user, bool now, CancellationToken token)
    {
        await new WorkerStop(steps).RunAsync(StateFolder.Machine(), now, token).ConfigureAwait(false);
        await _service.StopAsync().ConfigureAwait(false);
        await _service.DisableAsync().ConfigureAwait(false);
        await steps.DoAsync($"have the desktop worker of {user} start at their login", HasTask && machine.Text(ModeCommand.ModeFile)?.Trim() == $"desktop {user}",
            () => machine.Must("schtasks", "/create", "/f", "/tn", Task, "/sc", "onlogon", "/ru", user, "/it", "/rl", "limited", "/tr", WindowsDesktop.Line(machine))).ConfigureAwait(false);
        await RememberAsync($"desktop {user}").ConfigureAwait(false);
        steps.Tell($"{user} joins the farm once, with 'quern worker --desktop --join-only --join TOKEN'");
    }

    public async Task ToServiceAsync()
    {
        if (!_service.Exists && !steps.IsDryRun)
        {
            throw new FarmException("the service is not installed: quern worker install --service does that", false);
        }

        await steps.DoAsync("have no desktop worker start at a login", !HasTask, () => machine.Must("schtasks", "/delete", "/f", "/tn", Task)).ConfigureAwait(false);
        await _service.EnableAsync().ConfigureAwait(false);
        await _service.StartAsync().ConfigureAwait(false);
        await RememberAsync("service").ConfigureAwait(false);
    }

    private bool HasTask => machine.Says("schtasks", "/query", "/tn", Task);

    private Task RememberAsync(string mode) => steps.DoAsync($"write {ModeCommand.ModeFile}", machine.Text(ModeCommand.ModeFile)?.Trim() == mode, () => machine.Write(ModeCommand.ModeFile, mode + "\n"));
}
