using System.Globalization;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install.Mac;

/// <summary><c>quern worker mode</c> on macOS: the service, or a person's desktop worker. Each keeps its own place in the farm.</summary>
internal sealed class MacMode(Machine machine, StepList steps)
{
    private const string Name = "quern worker mode";
    private const int FirstPersonUid = 501;
    private readonly Launchd _launchd = new(machine, steps);

    public static async Task<int> RunAsync(Machine machine, ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            return Show(machine, Console.Out);
        }

        var command = $"{Name} {options.Words[0]}";
        Launchd.Check(machine, command, options.Has("dry-run"));
        var mode = new MacMode(machine, new StepList(command, options.Has("dry-run"), Console.Out));
        var user = options.Text("user") ?? Environment.GetEnvironmentVariable("SUDO_USER");
        switch (options.Words)
        {
            case ["service"]:
                await mode.ToServiceAsync(options.Text("user"), options.Has("now")).ConfigureAwait(false);
                break;
            case ["desktop"]:
                await mode.ToDesktopAsync(mode.PersonOf(user ?? throw new UsageException("say whose desktop worker: --user NAME")), options.Has("now"), token).ConfigureAwait(false);
                break;
            default:
                throw new UsageException($"'{options.Words[0]}' is no mode on macOS: write service or desktop; {Name} --help tells more");
        }

        return ExitCode.Done;
    }

    /// <summary>One line that says the mode, then what it follows from.</summary>
    public static int Show(Machine machine, TextWriter output)
    {
        var launchd = new Launchd(machine, new StepList(Name, isDryRun: true, output));
        var isInstalled = machine.HasFile(Launchd.DaemonPath);
        var starts = isInstalled && !launchd.IsDisabled(Launchd.System, Launchd.Service);
        var owner = Owner(machine);
        output.WriteLine(owner is not null ? $"desktop {owner}" : starts ? "service" : "none");
        output.WriteLine($"  {Launchd.Service} {(starts ? "starts at boot" : isInstalled ? "does not start at boot" : "is not installed")} and {(launchd.IsLoaded(Launchd.System, Launchd.Service) ? "is loaded" : "is not loaded")}");
        if (owner is not null)
        {
            output.WriteLine($"  {ModeCommand.ModeFile}: the worker of {owner} starts with their graphical session");
        }

        return ExitCode.Done;
    }

    /// <exception cref="FarmException">The person has no place in the farm yet.</exception>
    public async Task ToDesktopAsync(Person person, bool now, CancellationToken token)
    {
        if (!machine.Says("sudo", AsPerson(person, "/bin/test", "-e", person.State.WorkerFolder + "/worker.json")))
        {
            throw new FarmException($"the worker of {person.Name} belongs to no farm yet: as {person.Name}, run '{Bin()}/quern-worker --desktop --join-only --join TOKEN' with a token of 'quern worker token', then this again", false);
        }

        await new WorkerStop(steps).RunAsync(StateFolder.Machine(), now, token).ConfigureAwait(false);
        await _launchd.StopAsync(Launchd.System, Launchd.Service).ConfigureAwait(false);
        await _launchd.DisableAsync(Launchd.System, Launchd.Service).ConfigureAwait(false);
        await steps.DoAsync($"have the desktop worker of {person.Name} start with their graphical session", IsDone(person, "install"), () => Run(person, "install", [])).ConfigureAwait(false);
        await _launchd.FileAsync(ModeCommand.ModeFile, new MachineMode(MachineModeKind.Desktop, person.Name) + "\n").ConfigureAwait(false);
    }

    public async Task ToServiceAsync(string? user, bool now)
    {
        if (!machine.HasFile(Launchd.DaemonPath))
        {
            throw new FarmException("the service is not installed: quern worker install --service does that", false);
        }

        if ((user ?? Owner(machine)) is { } name)
        {
            var person = PersonOf(name);
            await steps.DoAsync($"have the desktop worker of {person.Name} start no more", IsDone(person, "uninstall"), () => Run(person, "uninstall", now ? ["--now"] : [])).ConfigureAwait(false);
        }

        await _launchd.StartAsync(Launchd.System, Launchd.Service, Launchd.DaemonPath, wasWritten: false).ConfigureAwait(false);
        await _launchd.FileAsync(ModeCommand.ModeFile, MachineMode.Service + "\n").ConfigureAwait(false);
    }

    /// <exception cref="FarmException">There is no such account, or it is not a person's.</exception>
    public Person PersonOf(string name)
    {
        var lines = machine.Run("dscl", ["/Search", "-read", "/Users/" + name, "UniqueID", "NFSHomeDirectory"]).Output.Split('\n');
        var home = Value("NFSHomeDirectory: ");
        if (!int.TryParse(Value("UniqueID: "), NumberStyles.None, CultureInfo.InvariantCulture, out var uid) || home is null)
        {
            throw Person.Unknown(name);
        }

        return new Person(name, uid, home).From(FirstPersonUid);

        string? Value(string key) => lines.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim();
    }

    private static string? Owner(Machine machine) => MachineMode.Parse(machine.Text(ModeCommand.ModeFile)) is { Kind: MachineModeKind.Desktop, Person: var name } ? name : null;

    private static string[] AsPerson(Person person, params string[] words) => ["-u", person.Name, "-H", "--", .. words];

    private string Bin() => machine.Text(Launchd.DaemonPath) is { } text && PropertyLists.BinOf(text) is { } bin ? bin : machine.Programs;

    private bool IsDone(Person person, string verb) =>
        machine.Run("sudo", AsPerson(person, Bin() + "/quern", "worker", verb, "--desktop", "--dry-run")) is { Code: 0 } shown && !shown.Output.Contains("would ", StringComparison.Ordinal);

    /// <summary>Within the person's own launchd, where their agents are (launchctl asuser).</summary>
    private void Run(Person person, string verb, string[] more) => machine.Must("launchctl",
        ["asuser", person.Uid.ToString(CultureInfo.InvariantCulture), "sudo", .. AsPerson(person, [Bin() + "/quern", "worker", verb, "--desktop", .. more])]);
}
