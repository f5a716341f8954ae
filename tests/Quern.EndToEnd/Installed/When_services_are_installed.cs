using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Installed;

/// <summary>The supervisor and the worker as services of a machine that really boots, installed, used and removed as an administrator would.</summary>
public sealed class When_services_are_installed
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private const string Quern = BootedMachine.Unpacked + "/quern";

    [Fact]
    public async Task Should_start_at_boot_run_jobs_and_go_away_again()
    {
        await using var machine = await BootedMachine.StartAsync();
        await InstallAsync(machine);
        await machine.RebootAsync();
        await ServeAsync(machine);

        Assert.Equal("quern", await OutputAsync(machine, "id -un"));
        await machine.MustAsync("sh", "-c", "echo proxy_execution_mode = user >/etc/qb.conf");
        await machine.MustAsync("systemctl", "reload", "quern-worker");
        Assert.Equal("artist", await OutputAsync(machine, "id -un"));
        Assert.Contains("0::/system.slice/quern-instances.service/runs/", await OutputAsync(machine, "cat /proc/self/cgroup"), StringComparison.Ordinal);

        await RestartDuringARenderAsync(machine);
        await UninstallAsync(machine);
    }

    [Fact]
    public async Task Should_refuse_what_cannot_work_and_change_nothing()
    {
        await using var machine = await BootedMachine.StartAsync();
        var alone = await machine.RunAsync(Quern, "worker", "install", "--service");
        Assert.Equal(1, alone.Code);
        Assert.Contains("quern worker token", alone.Error, StringComparison.Ordinal);
        var person = await machine.RunAsync("setpriv", "--reuid", "artist", "--regid", "artist", "--clear-groups", Quern, "supervisor", "install");
        Assert.Equal(1, person.Code);
        Assert.Contains("needs root", person.Error, StringComparison.Ordinal);
        await machine.MustAsync("install", "-d", "-o", "artist", "/srv/farm");
        var open = await machine.RunAsync(Quern, "supervisor", "install", "--prefix", "/srv/farm");
        Assert.Equal(1, open.Code);
        Assert.Contains("others than root can change /srv/farm", open.Error, StringComparison.Ordinal);
        Assert.Contains("would    start quern-supervisor.service", await machine.MustAsync(Quern, "supervisor", "install", "--dry-run"), StringComparison.Ordinal);
        Assert.NotEqual(0, (await machine.RunAsync("getent", "passwd", "quern-supervisor")).Code);
        Assert.False(Directory.Exists(machine.File("/opt/quern")));
    }

    private static async Task InstallAsync(BootedMachine machine)
    {
        var first = await machine.MustAsync(Quern, "supervisor", "install");
        Assert.DoesNotContain("already", first, StringComparison.Ordinal);
        Assert.Contains("done     start quern-supervisor.service", first, StringComparison.Ordinal);
        Assert.Contains("done     join the supervisor of this machine", await machine.MustAsync(Quern, "worker", "install", "--service"), StringComparison.Ordinal);
        Assert.DoesNotContain("done ", await machine.MustAsync(Quern, "supervisor", "install"), StringComparison.Ordinal);
        Assert.DoesNotContain("done ", await machine.MustAsync(Quern, "worker", "install", "--service"), StringComparison.Ordinal);
        Assert.StartsWith("quern L ", await machine.MustAsync("passwd", "--status", "quern"), StringComparison.Ordinal);
        Assert.StartsWith("quern-supervisor L ", await machine.MustAsync("passwd", "--status", "quern-supervisor"), StringComparison.Ordinal);
        Assert.Equal("quern-supervisor 700\nroot 700\nroot 1775", await machine.MustAsync("stat", "-c", "%U %a", "/var/lib/quern/supervisor", "/var/lib/quern/worker", "/run/quern"));
    }

    private static async Task ServeAsync(BootedMachine machine)
    {
        Assert.Equal("active\nactive\nactive", await machine.MustAsync("systemctl", "is-active", "quern-supervisor", "quern-worker", "quern-instances"));
        await Eventually.TrueAsync(
            async () => (await machine.AsAsync("artist", "qbping", "--json")).Contains("\"workers\":1", StringComparison.Ordinal), Limit, () => "the worker serves");
        Assert.Equal("quern-supervisor", await machine.MustAsync("sh", "-c", "ps -o user:32= -p $(systemctl show -P MainPID quern-supervisor)"));
    }

    private static async Task<string> OutputAsync(BootedMachine machine, string command)
    {
        var job = await machine.AsAsync("artist", "qbsub", command);
        await EndsAsync(machine, job, "complete");
        return (await machine.AsAsync("artist", "qbout", job)).Trim();
    }

    private static Task EndsAsync(BootedMachine machine, string job, string status) => Eventually.TrueAsync(
        async () => (await machine.AsAsync("artist", "qbjobs", "--json", job)).Contains($"\"status\":\"{status}\"", StringComparison.Ordinal), Limit,
        () => $"job {job} is {status}: {machine.AsAsync("artist", "qbhist", job).Result}\n{machine.JournalAsync().Result}");

    /// <summary>Each frame writes a line when it begins, waits for a word, and writes one when it ends.</summary>
    private static async Task RestartDuringARenderAsync(BootedMachine machine)
    {
        const string Render = "echo begin QB_FRAME_NUMBER >>/var/tmp/frames; until [ -e /var/tmp/go ]; do sleep 0.1; done; echo end QB_FRAME_NUMBER >>/var/tmp/frames";
        var job = await machine.AsAsync("artist", "qbsub", "--range", "1-4", Render);
        await Eventually.TrueAsync(() => File.Exists(machine.File("/var/tmp/frames")), Limit, () => "a frame renders");
        var before = await machine.MustAsync("systemctl", "show", "-P", "MainPID", "quern-worker");
        await machine.MustAsync("systemctl", "restart", "quern-worker");
        Assert.NotEqual(before, await machine.MustAsync("systemctl", "show", "-P", "MainPID", "quern-worker"));
        Assert.Equal("begin 1", File.ReadAllText(machine.File("/var/tmp/frames")).Trim());
        await File.WriteAllTextAsync(machine.File("/var/tmp/go"), "");
        await EndsAsync(machine, job, "complete");
        var lines = File.ReadAllLines(machine.File("/var/tmp/frames"));
        Assert.True(
            lines.SequenceEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3", "begin 4", "end 4"]),
            $"a frame was rendered twice: {string.Join(", ", lines)}\n{await machine.AsAsync("artist", "qbhist", job)}\n{await machine.JournalAsync()}");
    }

    private static async Task UninstallAsync(BootedMachine machine)
    {
        var job = await machine.AsAsync("artist", "qbsub", "sleep 3600.25");
        await Eventually.TrueAsync(async () => (await machine.RunAsync("pgrep", "-f", "^sleep 3600.25")).Code == 0, Limit, () => "the job runs");
        await machine.MustAsync(Quern, "worker", "uninstall", "--service", "--now");
        Assert.NotEqual(0, (await machine.RunAsync("pgrep", "-f", "^sleep 3600.25")).Code);
        Assert.DoesNotContain("done ", await machine.MustAsync(Quern, "worker", "uninstall", "--service"), StringComparison.Ordinal);
        Assert.True(File.Exists(machine.File("/opt/quern/bin/quern")));
        await EndsAsync(machine, job, "pending");

        // Its place in the farm was kept: installed again it goes on as the same host.
        Assert.Contains("already  join", await machine.MustAsync(Quern, "worker", "install", "--service"), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await machine.RunAsync("pgrep", "-f", "^sleep 3600.25")).Code == 0, Limit, () => "the job runs again");
        await machine.MustAsync(Quern, "worker", "uninstall", "--service", "--now", "--purge");
        await machine.MustAsync(Quern, "supervisor", "uninstall", "--purge");
        Assert.Equal("", await machine.MustAsync("sh", "-c", "ls -d /etc/systemd/system/quern* /etc/tmpfiles.d/quern* /opt/quern /var/lib/quern/* 2>/dev/null | grep -v home || true"));
        Assert.NotEqual(0, (await machine.RunAsync("getent", "passwd", "quern", "quern-supervisor")).Code);
    }
}
