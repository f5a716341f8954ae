using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Installed;

/// <summary>What people do on it: artist logs in to a desktop, other submits.</summary>
internal sealed partial class BootedMachine
{
    private static readonly TimeSpan WorkLimit = TimeSpan.FromSeconds(60);

    /// <summary>What a desktop does at login and logout: it tells the person's systemd its screen, then has the target of its session come and go.</summary>
    private const string Desktop = """
        [Unit]
        BindsTo=graphical-session.target
        """;

    private const string Login = """
        export DISPLAY=:7 XAUTHORITY=/run/user/4201/xauth
        systemctl --user import-environment DISPLAY XAUTHORITY
        systemctl --user start desk-session.target
        until [ -e /var/tmp/logout ]; do sleep 0.1; done
        systemctl --user stop desk-session.target graphical-session.target
        """;

    /// <summary>Logs artist in, to a session that logind calls graphical. They log out when <c>/var/tmp/logout</c> appears.</summary>
    public async Task<IDisposable> LogInToScreenAsync()
    {
        await System.IO.File.WriteAllTextAsync(File("/etc/systemd/user/desk-session.target"), Desktop);
        return Start("env", "XDG_SESSION_TYPE=x11", "su", "-", "artist", "-c", Login);
    }

    public Task LogOutAsync() => System.IO.File.WriteAllTextAsync(File("/var/tmp/logout"), "");

    /// <summary>Logs artist in, and waits for their desktop worker. They log out when <c>/var/tmp/logout</c> appears.</summary>
    public async Task<IDisposable> LogInAsync()
    {
        await System.IO.File.WriteAllTextAsync(File("/etc/systemd/user/desk-session.target"), Desktop);
        var session = Start("su", "-", "artist", "-c", Login);
        await Eventually.TrueAsync(
            async () => (await AsAsync("artist", "qbping", "--json")).Contains("\"workers\":1", StringComparison.Ordinal), WorkLimit, () => $"the desktop worker serves\n{JournalAsync().Result}");
        return session;
    }

    /// <summary>What a job of other's prints.</summary>
    public async Task<string> OutputAsync(string command)
    {
        var job = await AsAsync("other", "qbsub", command);
        await EndsAsync(job, "complete");
        return (await AsAsync("other", "qbout", job)).Trim();
    }

    public Task EndsAsync(string job, string status) => Eventually.TrueAsync(
        async () => (await AsAsync("other", "qbjobs", "--json", job)).Contains($"\"status\":\"{status}\"", StringComparison.Ordinal), WorkLimit,
        () => $"job {job} is {status}: {AsAsync("other", "qbhist", job).Result}\n{JournalAsync().Result}");
}
