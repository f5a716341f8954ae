using System.Globalization;
using Quern.Cli.Install.Mac;
using Quern.Cli.Install.Windows;
using Quern.Cli.Local;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;
using Quern.Configuration.Central;

namespace Quern.Cli.Install;

/// <summary>
/// <c>quern worker mode</c>: which worker of this machine starts by itself, and why; with a word, the switch between the service, a person's desktop worker, and both in turn.
/// What each was to the farm stays with it, so switching back goes on as the same host.
/// </summary>
internal sealed class ModeCommand(Machine machine, StepList steps)
{
    private const string Name = "quern worker mode";
    private const string ItemsKey = "worker_dual_items";
    private const int FirstPersonUid = 1000;

    private static readonly IReadOnlyList<Option> Words =
    [
        new("user", "NAME", "Whose desktop worker; who called sudo where it is left out."),
        new("items", "finish|move", "With dual: whether the items that the service runs end first when its person logs in, or go back to the queue at once (worker_dual_items)."),
        InstallOptions.Now, InstallOptions.DryRun, Command.Help,
    ];

    private readonly SystemdHost host = new(machine, steps);

    /// <summary>Where the mode is written down.</summary>
    public static string ModeFile { get; } = MachineMode.PathIn(StateFolder.Machine());

    public static Task<int> RunAsync(string[] words, CancellationToken token)
    {
        var command = new Command(
            Name, "[service|desktop|dual] [options]", "Shows which worker of this machine starts by itself, and why; or changes it, after what runs has ended. In dual mode the service lends the host to a person's desktop worker while they are logged in.", Words,
            ["quern worker mode", "sudo quern worker mode dual --user ann --items move", "sudo quern worker mode desktop --user ann", "sudo quern worker mode service --now", "sudo quern worker mode dual --dry-run"],
            (_, _) => Task.FromResult(ExitCode.Done));
        var options = OptionParser.Parse(Words, words);
        if (options.Has("help"))
        {
            command.PrintHelp(Console.Out);
            return Task.FromResult(ExitCode.Done);
        }

        if (options.Has("items") && options.Words is not ["dual"])
        {
            throw new UsageException($"--items goes with dual: {Name} dual --items {options.Text("items")}");
        }

        var machine = new Machine();
        if (OperatingSystem.IsWindows())
        {
            return WindowsMode.RunAsync(machine, options, token);
        }

        if (OperatingSystem.IsMacOS())
        {
            return MacMode.RunAsync(machine, options, token);
        }

        return options.Words switch
        {
            [] => ModeView.ShowAsync(machine, MachineStatus.DualAsync, Console.Out, token),
            ["service"] => SwitchAsync(machine, options, (mode, now) => mode.ToServiceAsync(options.Text("user"), now, token)),
            ["desktop"] => SwitchAsync(machine, options, (mode, now) => mode.ToDesktopAsync(Person(machine, options.Text("user")), now, token)),
            ["dual"] => SwitchAsync(machine, options, (mode, now) => mode.ToDualAsync(Person(machine, options.Text("user")), options.Text("items"), now, token)),
            _ => throw new UsageException($"'{options.Words[0]}' is no mode: write service, desktop or dual; {Name} --help tells more"),
        };
    }

    public async Task ToDesktopAsync(Person person, bool now, CancellationToken token)
    {
        var asPerson = new PersonCommand(machine, person, Bin());

        // While there still is somebody to ask: the service vouches for root, who may make a token.
        using var joining = new JoinFile(machine, person);
        await steps.DoAsync($"get {person.Name} a place in the farm", asPerson.HasJoined, () => joining.MakeAsync(token)).ConfigureAwait(false);
        await LeaveAsync(MachineModeKind.Desktop, person, now, token).ConfigureAwait(false);
        await new WorkerStop(steps).RunAsync(StateFolder.Machine(), now, token).ConfigureAwait(false);
        await host.DisableAsync(UnitFiles.Worker).ConfigureAwait(false);
        await host.DisableAsync(UnitFiles.Instances).ConfigureAwait(false);
        await ModeAsync(new MachineMode(MachineModeKind.Desktop, person.Name)).ConfigureAwait(false);
        await DesktopAsync(person, asPerson, joining.Words).ConfigureAwait(false);
    }

    public async Task ToServiceAsync(string? user, bool now, CancellationToken token)
    {
        var (service, programs, prefix) = Service();
        await LeaveAsync(MachineModeKind.Service, user is null ? null : Person(machine, user), now, token).ConfigureAwait(false);
        await ModeAsync(MachineMode.Service).ConfigureAwait(false);
        await service.InstallAsync(programs, prefix, join: null, supervisor: null).ConfigureAwait(false);
    }

    public async Task ToDualAsync(Person person, string? items, bool now, CancellationToken token)
    {
        var (service, programs, prefix) = Service();
        await ItemsAsync(items, prefix).ConfigureAwait(false);
        await LeaveAsync(MachineModeKind.Dual, person, now, token).ConfigureAwait(false);
        await ModeAsync(new MachineMode(MachineModeKind.Dual, person.Name)).ConfigureAwait(false);
        await service.InstallAsync(programs, prefix, join: null, supervisor: null).ConfigureAwait(false);
        await DesktopAsync(person, new PersonCommand(machine, person, prefix + "/bin"), []).ConfigureAwait(false);
    }

    private static async Task<int> SwitchAsync(Machine machine, ParsedOptions options, Func<ModeCommand, bool, Task> change)
    {
        var command = $"{Name} {options.Words[0]}";
        var isDryRun = options.Has("dry-run");
        SystemdHost.Check(machine, command, isDryRun);
        await change(new ModeCommand(machine, new StepList(command, isDryRun, Console.Out)), options.Has("now")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    /// <exception cref="FarmException">The service cannot be installed from here, or has no farm.</exception>
    private (ServiceInstallation Service, ProgramFolder Programs, string Prefix) Service()
    {
        var prefix = Path.GetDirectoryName(Bin())!;
        var programs = new ProgramFolder(machine, prefix);
        programs.Check();
        var service = new ServiceInstallation(machine, steps);
        service.CheckFarm(join: null);
        return (service, programs, prefix);
    }

    /// <summary>Ends the desktop workers of the mode before; the person's own begins anew where the new mode has one.</summary>
    /// <param name="person">Of the new mode, or whom the command names; null = nobody.</param>
    private async Task LeaveAsync(MachineModeKind kind, Person? person, bool now, CancellationToken token)
    {
        var before = MachineMode.Parse(machine.Text(ModeFile));
        var former = before?.Person is { } name && name != person?.Name ? Person(machine, name) : null;
        var changesPlace = (kind == MachineModeKind.Dual || before?.Kind == MachineModeKind.Dual) && (before?.Kind != kind || former is not null);
        foreach (var one in new[] { former, person }.OfType<Person>())
        {
            // One that stays needs to begin anew only where its place in the farm is another: its own, or the service's.
            var goes = one == former || kind == MachineModeKind.Service;
            if (!goes && !changesPlace)
            {
                continue;
            }

            var asPerson = new PersonCommand(machine, one, Bin());
            await new WorkerStop(steps).RunAsync(one.State, now, token).ConfigureAwait(false);
            await steps.DoAsync($"stop {UnitFiles.Desktop} of {one.Name}", !asPerson.IsActive, () => asPerson.Must("systemctl", "--user", "stop", UnitFiles.Desktop)).ConfigureAwait(false);
            if (goes)
            {
                await steps.DoAsync($"have the desktop worker of {one.Name} start no more", asPerson.IsDone("uninstall"), () => asPerson.Run("uninstall", now ? ["--now"] : [])).ConfigureAwait(false);
            }
        }
    }

    private Task DesktopAsync(Person person, PersonCommand asPerson, IReadOnlyList<string> joining) => steps.DoAsync(
        $"have the desktop worker of {person.Name} start with their graphical session", asPerson.IsDone("install"), () => asPerson.Run("install", joining));

    private Task ModeAsync(MachineMode mode) => host.FileAsync(ModeFile, mode + "\n");

    private Task ItemsAsync(string? items, string prefix)
    {
        if (items is null)
        {
            return Task.CompletedTask;
        }

        if (SettingSchema.Find(ItemsKey)!.Check(items) is { } problem)
        {
            throw new UsageException($"--items {items}: {problem}");
        }

        var before = machine.Text(FarmLocation.QbConf) ?? "";
        var isSet = LocalFile.Set(before, FarmLocation.QbConf, ItemsKey, items) == before;
        return steps.DoAsync($"set {ItemsKey} = {items} in {FarmLocation.QbConf}", isSet, () => machine.Must(prefix + "/bin/quern", "config", "set", "--config", machine.At(FarmLocation.QbConf), ItemsKey, items));
    }

    /// <summary>Folder of the programs: the installed service's, else where this one is.</summary>
    private string Bin() =>
        machine.Text(UnitFiles.PathOf(UnitFiles.Worker)) is { } unit && UnitFiles.PrefixOf(unit) is { } prefix ? prefix + "/bin" : machine.Programs;

    /// <exception cref="FarmException">Nobody is named, or not a person.</exception>
    private static Person Person(Machine machine, string? user)
    {
        var name = user ?? Environment.GetEnvironmentVariable("SUDO_USER");
        if (string.IsNullOrEmpty(name))
        {
            throw new UsageException("say whose desktop worker: --user NAME");
        }

        var entry = machine.Run("getent", ["passwd", "--", name]);
        if (entry.Code != 0 || entry.Output.Trim().Split(':') is not [var account, _, var number, _, _, var home, _] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var uid))
        {
            throw Install.Person.Unknown(name);
        }

        return new Person(account, uid, home).From(FirstPersonUid);
    }
}
