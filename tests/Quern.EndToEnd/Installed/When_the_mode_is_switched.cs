using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Installed;

/// <summary>One machine, its service and a person's desktop worker, there and back.</summary>
public sealed class When_the_mode_is_switched
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Should_go_both_ways_wait_for_what_runs_and_keep_both_places()
    {
        await using var machine = await BootedMachine.StartAsync();
        await machine.MustAsync(BootedMachine.Unpacked + "/quern", "supervisor", "install");
        await machine.MustAsync(BootedMachine.Unpacked + "/quern", "worker", "install", "--service");
        Assert.StartsWith("service\n", await machine.MustAsync("quern", "worker", "mode"), StringComparison.Ordinal);
        Assert.Equal("quern", await machine.OutputAsync("id -un"));
        Assert.Contains("would    wait for what the worker runs", await machine.MustAsync("quern", "worker", "mode", "desktop", "--user", "artist", "--dry-run"), StringComparison.Ordinal);
        var place = await machine.MustAsync("sha256sum", "/var/lib/quern/worker/key.pem");

        await SwitchDuringAJobAsync(machine);
        Assert.StartsWith("desktop artist\n", await machine.MustAsync("quern", "worker", "mode"), StringComparison.Ordinal);
        Assert.DoesNotContain("done ", await machine.MustAsync("quern", "worker", "mode", "desktop", "--user", "artist"), StringComparison.Ordinal);
        using var session = await machine.LogInAsync();
        Assert.Equal("artist", await machine.OutputAsync("id -un"));

        await machine.MustAsync("quern", "worker", "mode", "service");
        Assert.StartsWith("service\n", await machine.MustAsync("quern", "worker", "mode"), StringComparison.Ordinal);
        Assert.Equal("quern", await machine.OutputAsync("id -un"));
        Assert.DoesNotContain("done ", await machine.MustAsync("quern", "worker", "mode", "service"), StringComparison.Ordinal);
        Assert.Equal(place, await machine.MustAsync("sha256sum", "/var/lib/quern/worker/key.pem"));

        // Its place in the farm is kept too: no token is needed to go there again.
        Assert.Contains("already  get artist a place in the farm", await machine.MustAsync("quern", "worker", "mode", "desktop", "--user", "artist", "--now"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("is not a person's account", "desktop", "--user", "daemon")]
    [InlineData("there is no account 'nobody-here'", "desktop", "--user", "nobody-here")]
    [InlineData("--user NAME", "desktop")]
    [InlineData("is no mode", "desk")]
    public async Task Should_refuse_what_makes_no_sense(string sentence, params string[] words)
    {
        var ran = await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern"), ["worker", "mode", .. words, "--dry-run"], new Dictionary<string, string?> { ["SUDO_USER"] = null });
        Assert.True(ran.Code is 1 or 2, ran.ToString());
        Assert.True(ran.Error.Contains(sentence, StringComparison.Ordinal) || ran.Error.Contains("was not started by systemd", StringComparison.Ordinal), ran.ToString());
        Assert.Single(ran.Error.TrimEnd('\n').Split('\n'));
    }

    /// <summary>The switch waits; the job ends whole, under the account it began with.</summary>
    private static async Task SwitchDuringAJobAsync(BootedMachine machine)
    {
        var job = await machine.AsAsync("other", "qbsub", "touch /var/tmp/begun; until [ -e /var/tmp/go ]; do sleep 0.1; done; id -un");
        await Eventually.TrueAsync(() => File.Exists(machine.File("/var/tmp/begun")), Limit, () => "the job runs");
        var switching = machine.MustAsync("quern", "worker", "mode", "desktop", "--user", "artist");
        await Eventually.TrueAsync(async () => (await machine.RunAsync("quern", "worker", "status")).Output.Contains("\"draining\":true", StringComparison.Ordinal), Limit, () => "the worker drains");
        await File.WriteAllTextAsync(machine.File("/var/tmp/go"), "");
        Assert.Contains("done     stop quern-worker.service, now and at boot", await switching, StringComparison.Ordinal);
        await machine.EndsAsync(job, "complete");
        Assert.Equal("quern", (await machine.AsAsync("other", "qbout", job)).Trim());
    }
}
