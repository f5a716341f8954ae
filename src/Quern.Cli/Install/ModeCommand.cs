using System.Globalization;
using Quern.Cli.Local;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install;

/// <summary>
/// <c>quern worker mode</c>: which worker of this machine starts by itself, and why; with a word, the switch between the service and a person's desktop worker.
/// What the other one was to the farm stays with it, so switching back goes on as the same host.
/// </summary>
internal sealed class ModeCommand(Machine machine, StepList steps)
{
    private const string Name = "quern worker mode";
    private const string ModeFile = "/var/lib/quern/mode";
    private const int FirstPersonUid = 1000;

    private static readonly IReadOnlyList<Option> Words =
    [
        new("user", "NAME", "Whose desktop worker; who called sudo where it is left out."), InstallOptions.Now, InstallOptions.DryRun, Command.Help,
    ];

    private readonly SystemdHost host = new(machine, steps);

    public static Task<int> RunAsync(string[] words, CancellationToken token)
    {
        var command = new Command(
            Name, "[service|desktop] [options]", "Shows which worker of this machine starts by itself, and why; or changes it, after what runs has ended.", Words,
            ["quern worker mode", "sudo quern worker mode desktop --user ann", "sudo quern worker mode service --now", "sudo quern worker mode desktop --dry-run"],
            (_, _) => Task.FromResult(ExitCode.Done));
        var options = OptionParser.Parse(Words, words);
        if (options.Has("help"))
        {
            command.PrintHelp(Console.Out);
            return Task.FromResult(ExitCode.Done);
        }

        var machine = new Machine();
        return options.Words switch
        {
            [] => Task.FromResult(Show(machine, Console.Out)),
            ["service"] => SwitchAsync(machine, options, (mode, now) => mode.ToServiceAsync(options.Text("user"), now, token)),
            ["desktop"] => SwitchAsync(machine, options, (mode, now) => mode.ToDesktopAsync(Person(machine, options.Text("user")), now, token)),
            _ => throw new UsageException($"'{options.Words[0]}' is no mode: write service or desktop; {Name} --help tells more"),
        };
    }

    /// <summary>One line that says the mode, then what it follows from.</summary>
    public static int Show(Machine machine, TextWriter output)
    {
        var isEnabled = machine.IsEnabled(UnitFiles.Worker);
        var isActive = machine.Says("systemctl", "is-active", "--quiet", UnitFiles.Worker);
        var owner = OwnerOf(machine);
        output.WriteLine(owner is not null ? $"desktop {owner}" : isEnabled ? "service" : isActive ? "service, until the next boot" : "none");
        output.WriteLine($"  {UnitFiles.Worker} {(isEnabled ? "starts at boot" : machine.HasFile(UnitFiles.PathOf(UnitFiles.Worker)) ? "does not start at boot" : "is not installed")} and {(isActive ? "runs" : "does not run")}");
        if (owner is not null)
        {
            var since = File.GetLastWriteTime(machine.At(ModeFile)).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            output.WriteLine($"  {ModeFile}: since {since} the worker of {owner} starts with their graphical session");
        }
        else if (!isEnabled)
        {
            output.WriteLine("  quern worker install --service, or --desktop, makes one start by itself; a person's own worker is in their own settings");
        }

        return ExitCode.Done;
    }

    public async Task ToDesktopAsync(Person person, bool now, CancellationToken token)
    {
        var asPerson = new PersonCommand(machine, person, Bin());

        // While there still is somebody to ask: the service vouches for root, who may make a token.
        using var joining = new JoinFile(machine, person);
        await steps.DoAsync($"get {person.Name} a place in the farm", asPerson.HasJoined, () => joining.MakeAsync(token)).ConfigureAwait(false);
        await new WorkerStop(steps).RunAsync(StateFolder.Machine(), now, token).ConfigureAwait(false);
        await host.DisableAsync(UnitFiles.Worker).ConfigureAwait(false);
        await host.DisableAsync(UnitFiles.Instances).ConfigureAwait(false);
        await steps.DoAsync($"have the desktop worker of {person.Name} start with their graphical session", asPerson.IsDone("install"), () => asPerson.Run("install", joining.Words)).ConfigureAwait(false);
        await host.FileAsync(ModeFile, $"desktop {person.Name}\n").ConfigureAwait(false);
    }

    public async Task ToServiceAsync(string? user, bool now, CancellationToken token)
    {
        var prefix = Path.GetDirectoryName(Bin())!;
        var programs = new ProgramFolder(machine, prefix);
        programs.Check();
        var service = new ServiceInstallation(machine, steps);
        service.CheckFarm(join: null);
        if ((user ?? OwnerOf(machine)) is { } name)
        {
            var person = Person(machine, name);
            var asPerson = new PersonCommand(machine, person, Bin());
            await new WorkerStop(steps).RunAsync(person.State, now, token).ConfigureAwait(false);
            await steps.DoAsync($"have the desktop worker of {person.Name} start no more", asPerson.IsDone("uninstall"), () => asPerson.Run("uninstall", now ? ["--now"] : [])).ConfigureAwait(false);
        }

        await service.InstallAsync(programs, prefix, join: null, supervisor: null).ConfigureAwait(false);
        await host.FileAsync(ModeFile, "service\n").ConfigureAwait(false);
    }

    private static async Task<int> SwitchAsync(Machine machine, ParsedOptions options, Func<ModeCommand, bool, Task> change)
    {
        var command = $"{Name} {options.Words[0]}";
        var isDryRun = options.Has("dry-run");
        SystemdHost.Check(machine, command, isDryRun);
        await change(new ModeCommand(machine, new StepList(command, isDryRun, Console.Out)), options.Has("now")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    /// <summary>Whose desktop worker the machine's is; null = nobody's.</summary>
    private static string? OwnerOf(Machine machine) =>
        machine.Text(ModeFile)?.Trim().Split(' ') is ["desktop", var name] ? name : null;

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
            throw new FarmException($"there is no account '{name}' on this machine: name the person who logs in with --user", false);
        }

        return uid >= FirstPersonUid ? new Person(account, uid, home) : throw new FarmException($"'{name}' is not a person's account (uid {uid}), and jobs of a desktop worker run as its owner: name who logs in with --user", false);
    }
}
