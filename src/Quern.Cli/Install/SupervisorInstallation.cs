using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Install;

/// <summary><c>quern supervisor install|uninstall</c>: the supervisor as a service of this machine, under an account of its own.</summary>
internal sealed class SupervisorInstallation(Machine machine, StepList steps)
{
    public const string Account = "quern-supervisor";
    private const string TmpFiles = "/etc/tmpfiles.d/quern.conf";
    private const string InstallCommand = "quern supervisor install";
    private const string UninstallCommand = "quern supervisor uninstall";

    private static readonly IReadOnlyList<Option> InstallWords = [InstallOptions.Prefix, InstallOptions.DryRun, Command.Help];
    private static readonly IReadOnlyList<Option> UninstallWords = [InstallOptions.Purge, InstallOptions.DryRun, Command.Help];

    private static readonly string State = StateFolder.Machine().SupervisorFolder;

    private readonly SystemdHost host = new(machine, steps);

    public static Command InstallCommandOf(Machine machine) => new(
        InstallCommand, "[options]", "Makes the supervisor a service of this machine: started at boot, under an account of its own. Running it again mends what is missing.", InstallWords,
        ["sudo quern supervisor install", "quern supervisor install --dry-run", "sudo quern supervisor install --prefix /srv/quern"],
        (options, _) => InstallAsync(machine, options));

    public static Command UninstallCommandOf(Machine machine) => new(
        UninstallCommand, "[options]", "Takes the service away again. The farm itself, /var/lib/quern/supervisor, stays.", UninstallWords,
        ["sudo quern supervisor uninstall", "sudo quern supervisor uninstall --purge"],
        (options, _) => UninstallAsync(machine, options));

    private static async Task<int> InstallAsync(Machine machine, ParsedOptions options)
    {
        var isDryRun = options.Has("dry-run");
        SystemdHost.Check(machine, InstallCommand, isDryRun);
        var prefix = InstallOptions.PrefixOf(options);
        var programs = new ProgramFolder(machine, prefix);
        programs.Check();
        var runtime = Runtime(machine);
        var steps = new StepList(InstallCommand, isDryRun, Console.Out);
        await new SupervisorInstallation(machine, steps).InstallAsync(programs, prefix, runtime).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task InstallAsync(ProgramFolder programs, string prefix, string runtime)
    {
        await host.AccountAsync(Account, home: null).ConfigureAwait(false);
        await host.ProgramsAsync(programs).ConfigureAwait(false);
        await steps.DoAsync($"make {State}, for {Account} alone", machine.OwnerOf(State) == Account, MakeState).ConfigureAwait(false);
        await host.FileAsync(TmpFiles, UnitFiles.Text(UnitFiles.RunFolder, prefix)).ConfigureAwait(false);
        await steps.DoAsync("make /run/quern", machine.Run("stat", ["-c", "%G", machine.At("/run/quern")]).Output.Trim() == Account, () => machine.Must("systemd-tmpfiles", "--create", machine.At(TmpFiles))).ConfigureAwait(false);
        await host.FileAsync(UnitFiles.PathOf(UnitFiles.Supervisor), UnitFiles.Text(UnitFiles.Supervisor, prefix, runtime)).ConfigureAwait(false);
        await host.ReloadAsync().ConfigureAwait(false);
        await host.StartAsync(UnitFiles.Supervisor).ConfigureAwait(false);
        steps.Tell($"settings are read from /etc/qb.conf; a worker on this machine: sudo {programs.Bin}/quern worker install --service; one elsewhere needs the word of: sudo {programs.Bin}/quern worker token");
    }

    private static async Task<int> UninstallAsync(Machine machine, ParsedOptions options)
    {
        var isDryRun = options.Has("dry-run");
        SystemdHost.Check(machine, UninstallCommand, isDryRun);
        var steps = new StepList(UninstallCommand, isDryRun, Console.Out);
        await new SupervisorInstallation(machine, steps).UninstallAsync(options.Has("purge")).ConfigureAwait(false);
        return ExitCode.Done;
    }

    public async Task UninstallAsync(bool purges)
    {
        var unit = UnitFiles.PathOf(UnitFiles.Supervisor);
        var prefix = machine.Text(unit) is { } text ? UnitFiles.PrefixOf(text) : null;
        await host.DisableAsync(UnitFiles.Supervisor).ConfigureAwait(false);
        await host.RemoveFileAsync(unit).ConfigureAwait(false);
        await host.RemoveFileAsync(TmpFiles).ConfigureAwait(false);
        await host.ReloadAsync().ConfigureAwait(false);
        if (!steps.IsDryRun)
        {
            await host.RemoveProgramsAsync(prefix).ConfigureAwait(false);
        }

        if (purges)
        {
            await host.PurgeAsync(State, Account).ConfigureAwait(false);
        }
        else if (machine.HasFolder(State))
        {
            steps.Tell($"kept     {State} and the account '{Account}': --purge removes them");
        }
    }

    /// <summary>What an earlier supervisor of root's left there becomes the account's.</summary>
    private void MakeState()
    {
        machine.Must("install", "-d", "-m", "0755", machine.At(Path.GetDirectoryName(State)!));
        machine.Must("install", "-d", "-m", "0700", "-o", Account, "-g", Account, machine.At(State));
        machine.Must("chown", "-R", "-h", $"{Account}:{Account}", machine.At(State));
        string[] names = ["supervisor.json", "supervisor.sock", "authority.pem"];
        foreach (var left in names.Select(name => machine.At($"{StateFolder.Machine().RunFolder}/{name}")).Where(File.Exists))
        {
            File.Delete(left);
        }
    }

    /// <summary>Folder of the .NET runtime that the supervisor needs.</summary>
    /// <exception cref="FarmException">There is none, or the supervisor's account cannot read it.</exception>
    private static string Runtime(Machine machine)
    {
        string?[] places = [Environment.GetEnvironmentVariable("DOTNET_ROOT"), UnitFiles.UsualRuntime, "/usr/lib/dotnet", "/usr/local/share/dotnet", "/usr/lib64/dotnet"];
        var found = places.Where(place => !string.IsNullOrEmpty(place) && machine.HasFile($"{place}/dotnet")).Select(place => Path.TrimEndingDirectorySeparator(place!)).ToList();
        return found.FirstOrDefault(machine.IsOpenToAll)
            ?? throw new FarmException(
                found.Count == 0
                    ? "the supervisor needs the .NET 10 runtime (ASP.NET Core) and none is in /usr/share/dotnet or where DOTNET_ROOT says: install it, then run this again"
                    : $"the supervisor's account '{Account}' cannot reach the .NET runtime in {found[0]}: install one in /usr/share/dotnet, then run this again",
                false);
    }
}
