using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Installed;

/// <summary>A person's desktop worker through login and logout, on a machine that really boots.</summary>
public sealed class When_a_person_logs_in
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private const string Quern = "/opt/quern/bin/quern";

    [Fact]
    public async Task Should_run_jobs_on_their_screen_and_leave_nothing_at_logout()
    {
        await using var machine = await BootedMachine.StartAsync();
        await InstallAsync(machine);
        using var session = await machine.LogInAsync();

        var facts = await machine.OutputAsync("echo $(id -un) $DISPLAY $XAUTHORITY $XDG_RUNTIME_DIR; cat /proc/self/cgroup");
        Assert.StartsWith("artist :7 /run/user/4201/xauth /run/user/4201\n", facts, StringComparison.Ordinal);
        Assert.Contains("quern-desktop.service/runs/", facts, StringComparison.Ordinal);
        Assert.Contains("desktop", await machine.AsAsync("other", "qbhosts"), StringComparison.Ordinal);

        await LogOutDuringAJobAsync(machine);

        // And back: the items that were given back run again, none twice.
        File.Delete(machine.File("/var/tmp/logout"));
        await File.WriteAllTextAsync(machine.File("/var/tmp/go"), "");
        using var again = await machine.LogInAsync();
        await machine.EndsAsync("2", "complete");
        Assert.Equal(["end 1", "end 2", "end 3"], File.ReadAllLines(machine.File("/var/tmp/frames")).Where(line => line.StartsWith("end", StringComparison.Ordinal)).Order());
        await UninstallAsync(machine);
    }

    [Fact]
    public async Task Should_do_it_in_a_session_without_a_target_of_its_own()
    {
        await using var machine = await BootedMachine.StartAsync();
        await InstallAsync(machine);
        var exec = (await machine.MustAsync("grep", "^Exec=", "/home/artist/.config/autostart/quern-desktop.desktop"))["Exec=".Length..];
        using var session = machine.Start("su", "-", "artist", "-c", $"export DISPLAY=:9; {exec} & until [ -e /var/tmp/logout ]; do sleep 0.1; done");
        Assert.Equal("artist :9", await machine.OutputAsync("echo $(id -un) $DISPLAY"));
        var job = await machine.AsAsync("other", "qbsub", "setsid sleep 3600.75 & sleep 3600.75");
        await Eventually.TrueAsync(async () => (await machine.RunAsync("pgrep", "-cf", "^sleep 3600.75")).Line == "2", Limit, () => "the job runs");
        await File.WriteAllTextAsync(machine.File("/var/tmp/logout"), "");
        await GoneAsync(machine);
        await machine.EndsAsync(job, "pending");
    }

    private static async Task InstallAsync(BootedMachine machine)
    {
        await machine.MustAsync(BootedMachine.Unpacked + "/quern", "supervisor", "install");
        var root = await machine.RunAsync(Quern, "worker", "install", "--desktop");
        Assert.Equal(1, root.Code);
        Assert.Contains("refuses root", root.Error, StringComparison.Ordinal);
        var token = await machine.MustAsync(Quern, "worker", "token");
        var first = await machine.AsAsync("artist", Quern, "worker", "install", "--desktop", "--join", token);
        Assert.Contains("done     have it start with graphical-session.target", first, StringComparison.Ordinal);
        Assert.DoesNotContain("done ", await machine.AsAsync("artist", Quern, "worker", "install", "--desktop"), StringComparison.Ordinal);
        Assert.Contains("jobs\":0,\"workers\":0", await machine.AsAsync("artist", "qbping", "--json"), StringComparison.Ordinal);
    }

    private static async Task LogOutDuringAJobAsync(BootedMachine machine)
    {
        // One that ignores TERM and leaves its session; the farm has to hear of it before the machine lets go of it.
        const string Render = "[ -e /var/tmp/go ] && { echo end QB_FRAME_NUMBER >>/var/tmp/frames; exit 0; }; trap '' TERM; echo begin QB_FRAME_NUMBER >>/var/tmp/frames; setsid sleep 3600.75 & sleep 3600.75; exit 1";
        var job = await machine.AsAsync("other", "qbsub", "--range", "1-3", Render);
        Assert.Equal("2", job);
        await Eventually.TrueAsync(async () => (await machine.RunAsync("pgrep", "-cf", "^sleep 3600.75")).Line is "2" or "4", Limit, () => "frames render");
        await File.WriteAllTextAsync(machine.File("/var/tmp/logout"), "");
        await GoneAsync(machine);
        var view = await machine.AsAsync("artist", "qbjobs", "--json", job);
        Assert.Contains("\"status\":\"pending\"", view, StringComparison.Ordinal);
        Assert.Contains("\"failed\":0", view, StringComparison.Ordinal);
    }

    /// <summary>Nothing of the person's is left but their systemd, which ends when it likes; and the supervisor was told, not left to find out.</summary>
    private static async Task GoneAsync(BootedMachine machine)
    {
        var limit = TimeSpan.FromSeconds(8);
        await Eventually.TrueAsync(async () => (await machine.RunAsync("pgrep", "-f", "^(sleep 3600.75|.*quern-worker|.*quern-proxy)")).Code != 0, limit, () => "every process of the desktop worker is gone");
        await Eventually.TrueAsync(async () => (await machine.AsAsync("artist", "qbping", "--json")).Contains("\"workers\":0,\"running\":0", StringComparison.Ordinal), limit, () => "the supervisor knows");
    }

    private static async Task UninstallAsync(BootedMachine machine)
    {
        await machine.AsAsync("artist", "env", "XDG_RUNTIME_DIR=/run/user/4201", Quern, "worker", "uninstall", "--desktop", "--now");
        Assert.Equal("", await machine.MustAsync("sh", "-c", "find /home/artist/.config -name '*quern*'"));
        Assert.NotEqual(0, (await machine.RunAsync("pgrep", "-f", "quern-worker")).Code);
    }
}
