using Quern.Client;

namespace Quern.Cli.Install;

/// <summary>Steps that the installations of a service have in common: what systemd, accounts and folders need.</summary>
internal sealed class SystemdHost(Machine machine, StepList steps)
{
    private const string NoLogin = "/usr/sbin/nologin";

    /// <summary>Refuses what cannot work here, before any step. Showing the steps needs no rights.</summary>
    /// <exception cref="FarmException">Not root, or no systemd.</exception>
    public static void Check(Machine machine, string command, bool isDryRun)
    {
        if (machine.IsMac)
        {
            throw new FarmException($"{command} is for Linux, and the supervisor is not built for macOS: install it on a Linux machine, and this machine's worker with 'quern worker install'", false);
        }

        if (!machine.HasSystemd)
        {
            throw new FarmException($"{command} makes systemd units, and this system was not started by systemd: start the program by your own means ('quern supervisor', 'quern worker') or with 'quern up'", false);
        }

        if (!machine.IsRoot && !isDryRun)
        {
            throw new FarmException($"{command} changes how this machine starts and needs root: run it with sudo, or see what it would do with --dry-run", false);
        }
    }

    /// <param name="home">Null = none of its own.</param>
    public Task AccountAsync(string name, string? home) => steps.DoAsync(
        $"make the account '{name}' (system, locked, no password, no login)",
        machine.HasAccount(name),
        () =>
        {
            if (home is not null)
            {
                Directory.CreateDirectory(machine.At(Path.GetDirectoryName(home)!));
            }

            machine.Must("useradd", ["--system", "--user-group", home is null ? "--no-create-home" : "--create-home", "--home-dir", home ?? "/nonexistent", "--shell", NoLogin, name]);
        });

    public Task ProgramsAsync(ProgramFolder programs) => steps.DoAsync($"copy the programs to {programs.Bin}", programs.IsCurrent, programs.Copy);

    public Task FileAsync(string path, string text) => steps.DoAsync($"write {path}", machine.Text(path) == text, () => machine.Write(path, text));

    public Task RemoveFileAsync(string path) => steps.DoAsync($"remove {path}", !machine.HasFile(path), () => File.Delete(machine.At(path)));

    public Task ReloadAsync() => steps.DoAsync("have systemd read its units again", !steps.HasChanged, () => machine.Must("systemctl", "daemon-reload"));

    /// <summary>At boot and now; started anew where a step before has changed something.</summary>
    public async Task StartAsync(string unit)
    {
        var isActive = machine.Says("systemctl", "is-active", "--quiet", unit);
        await steps.DoAsync($"have {unit} start at boot", machine.IsEnabled(unit), () => machine.Must("systemctl", "enable", "--quiet", unit)).ConfigureAwait(false);
        await steps.DoAsync(
            isActive ? $"restart {unit}" : $"start {unit}",
            isActive && !steps.HasChanged,
            () =>
            {
                if (!machine.Says("systemctl", isActive ? "restart" : "start", unit))
                {
                    throw new FarmException($"it did not come up: {WhyNot(unit)}", false);
                }
            }).ConfigureAwait(false);
    }

    public Task DisableAsync(string unit) => steps.DoAsync(
        $"stop {unit}, now and at boot",
        !machine.Says("systemctl", "is-active", "--quiet", unit) && !machine.IsEnabled(unit),
        () => machine.Must("systemctl", "disable", "--quiet", "--now", unit));

    /// <summary>Unless another installed unit starts programs of the same folder.</summary>
    public Task RemoveProgramsAsync(string? prefix)
    {
        if (prefix is null)
        {
            return Task.CompletedTask;
        }

        string[] units = [UnitFiles.Supervisor, UnitFiles.Worker];
        if (units.Any(unit => machine.Text(UnitFiles.PathOf(unit)) is { } text && UnitFiles.PrefixOf(text) == prefix))
        {
            steps.Tell($"kept     {prefix}/bin: another service of this machine uses it");
            return Task.CompletedTask;
        }

        var programs = new ProgramFolder(machine, prefix);
        return steps.DoAsync($"remove {programs.Bin}", !machine.HasFolder(programs.Bin), programs.Delete);
    }

    public async Task PurgeAsync(string folder, string account)
    {
        await steps.DoAsync($"remove {folder}", !machine.HasFolder(folder), () => Directory.Delete(machine.At(folder), recursive: true)).ConfigureAwait(false);

        // Only what an installation makes: an account of somebody else's making has a home or a shell of its own.
        var entry = machine.Run("getent", ["passwd", account]);
        var fields = entry.Code == 0 ? entry.Output.Trim().Split(':') : [];
        if (fields is [_, _, _, _, _, var home, NoLogin] && (home == "/nonexistent" || home.StartsWith("/var/lib/quern/", StringComparison.Ordinal)))
        {
            await steps.DoAsync($"remove the account '{account}'", isDone: false, () => machine.Must("userdel", account)).ConfigureAwait(false);
            await steps.DoAsync($"remove {home}", !machine.HasFolder(home), () => Directory.Delete(machine.At(home), recursive: true)).ConfigureAwait(false);
        }
    }

    private string WhyNot(string unit)
    {
        var log = machine.Run("journalctl", ["--unit", unit, "--lines", "20", "--output", "cat", "--no-pager"]);
        var said = log.Output.Split('\n').LastOrDefault(line => line.Contains("quern-", StringComparison.Ordinal) && !line.Contains("systemd", StringComparison.Ordinal) && !line.Contains(unit, StringComparison.Ordinal));
        return $"{said?.Trim() ?? "it said nothing"} (journalctl -u {unit} has all of it)";
    }
}
