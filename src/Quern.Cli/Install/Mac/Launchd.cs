using System.Globalization;
using Quern.Client;

namespace Quern.Cli.Install.Mac;

/// <summary>Steps that installations on macOS have in common: what launchd (launchctl(1), launchd.plist(5)) and accounts (dscl(1)) need. Not proven on a Mac: docs/unproven.md.</summary>
internal sealed class Launchd(Machine machine, StepList steps)
{
    public const string Service = "org.quern.worker";
    public const string Desktop = "org.quern.desktop";
    public const string System = "system";
    public const string DaemonPath = $"/Library/LaunchDaemons/{Service}.plist";

    /// <summary>Numbers below those of people, which the login window does not show.</summary>
    private const int FirstHiddenUid = 400, LastHiddenUid = 499;

    /// <exception cref="FarmException">Not root. Showing the steps needs no rights.</exception>
    public static void Check(Machine machine, string command, bool isDryRun)
    {
        if (!machine.IsRoot && !isDryRun)
        {
            throw new FarmException($"{command} changes how this machine starts and needs root: run it with sudo, or see what it would do with --dry-run", false);
        }
    }

    /// <summary>launchd has the job, whether its program runs or waits.</summary>
    public bool IsLoaded(string domain, string label) => machine.Says("launchctl", "print", $"{domain}/{label}");

    /// <summary>A job that would not be loaded at the next boot or login, although its file is there.</summary>
    public bool IsDisabled(string domain, string label) =>
        machine.Run("launchctl", ["print-disabled", domain]).Output.Split('\n').Any(line =>
            line.Contains($"\"{label}\"", StringComparison.Ordinal) && (line.Contains("=> disabled", StringComparison.Ordinal) || line.Contains("=> true", StringComparison.Ordinal)));

    public Task FileAsync(string path, string text) => steps.DoAsync($"write {path}", machine.Text(path) == text, () => machine.Write(path, text));

    public Task RemoveFileAsync(string path) => steps.DoAsync($"remove {path}", !machine.HasFile(path), () => File.Delete(machine.At(path)));

    /// <summary>An account of jobs: hidden, without a password that fits and without a shell.</summary>
    public Task AccountAsync(string name, string home) => steps.DoAsync(
        $"make the account '{name}' (hidden, no password, no login)",
        machine.Says("id", "-u", name),
        () =>
        {
            var id = FreeId().ToString(CultureInfo.InvariantCulture);
            var (group, user) = ($"/Groups/{name}", $"/Users/{name}");
            machine.Must("dscl", ".", "-create", group);
            machine.Must("dscl", ".", "-create", group, "PrimaryGroupID", id);
            machine.Must("dscl", ".", "-create", user);
            machine.Must("dscl", ".", "-create", user, "UniqueID", id);
            machine.Must("dscl", ".", "-create", user, "PrimaryGroupID", id);
            machine.Must("dscl", ".", "-create", user, "UserShell", "/usr/bin/false");
            machine.Must("dscl", ".", "-create", user, "NFSHomeDirectory", home);
            machine.Must("dscl", ".", "-create", user, "IsHidden", "1");
            machine.Must("dscl", ".", "-create", user, "Password", "*");
            machine.Must("install", "-d", "-m", "0755", machine.At(Path.GetDirectoryName(home)!));
            machine.Must("install", "-d", "-m", "0700", "-o", name, "-g", name, machine.At(home));
        });

    /// <summary>Now, and at every boot or login; anew where a step before has changed something.</summary>
    /// <param name="wasWritten">The file is another one than launchd has read.</param>
    public async Task StartAsync(string domain, string label, string path, bool wasWritten)
    {
        await steps.DoAsync($"enable {label}", !IsDisabled(domain, label), () => machine.Must("launchctl", "enable", $"{domain}/{label}")).ConfigureAwait(false);
        var isLoaded = IsLoaded(domain, label);
        await steps.DoAsync(isLoaded ? $"restart {label}" : $"start {label}", isLoaded && !steps.HasChanged, () =>
        {
            if (isLoaded && !wasWritten)
            {
                machine.Must("launchctl", "kickstart", "-k", $"{domain}/{label}");
                return;
            }

            if (isLoaded)
            {
                machine.Must("launchctl", "bootout", $"{domain}/{label}");
            }

            machine.Must("launchctl", "bootstrap", domain, path);
        }).ConfigureAwait(false);
    }

    /// <summary>Now; the file decides about the next boot or login.</summary>
    public Task StopAsync(string domain, string label) => steps.DoAsync($"stop {label}", !IsLoaded(domain, label), () => machine.Must("launchctl", "bootout", $"{domain}/{label}"));

    /// <summary>Not at boot either, although its file stays.</summary>
    public Task DisableAsync(string domain, string label) =>
        steps.DoAsync($"have {label} start no more", IsDisabled(domain, label), () => machine.Must("launchctl", "disable", $"{domain}/{label}"));

    /// <exception cref="FarmException">All are taken.</exception>
    private int FreeId()
    {
        var taken = Ids("/Users", "UniqueID").Concat(Ids("/Groups", "PrimaryGroupID")).ToHashSet();
        return Enumerable.Range(FirstHiddenUid, LastHiddenUid - FirstHiddenUid + 1).Select(id => (int?)id).FirstOrDefault(id => !taken.Contains(id!.Value))
            ?? throw new FarmException($"every number from {FirstHiddenUid} to {LastHiddenUid} is an account's or a group's: make the account by hand and name it with proxy_account", false);
    }

    /// <summary>The last word of each line of a list is the number.</summary>
    private IEnumerable<int> Ids(string kind, string key) => machine.Run("dscl", [".", "-list", kind, key]).Output.Split('\n')
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).LastOrDefault())
        .Select(word => int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) ? id : -1);
}
