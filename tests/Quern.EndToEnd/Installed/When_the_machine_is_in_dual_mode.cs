using System.Text.Json;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Installed;

/// <summary>One host of the farm: its service lends it to its person's desktop worker while they are logged in.</summary>
public sealed class When_the_machine_is_in_dual_mode
{
    private const string Frames = "/var/tmp/frames";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Should_lose_and_repeat_no_item_of_a_job_through_login_and_logout()
    {
        await using var machine = await BootedMachine.StartAsync();
        await InstallAsync(machine, "finish");
        Assert.StartsWith("dual artist\n", await machine.MustAsync("quern", "worker", "mode"), StringComparison.Ordinal);
        var before = await HostAsync(machine);
        Assert.Equal("service", before.Mode);

        await File.WriteAllTextAsync(machine.File(Frames), "");
        await machine.MustAsync("chmod", "666", Frames);
        var job = await machine.AsAsync("other", "qbsub", "--cpus", "2", "--range", "1-200", $"sleep 0.2; echo QB_FRAME_NUMBER $(id -un) >>{Frames}");
        await LinesAsync(machine, "quern", 20);

        using var session = await machine.LogInToScreenAsync();
        await LinesAsync(machine, "artist", 20);
        var during = await HostAsync(machine);
        Assert.Equal((before.Id, before.Name, "desktop", "artist"), (during.Id, during.Name, during.Mode, during.Account));
        Assert.Contains("the desktop worker of artist has the host", await machine.MustAsync("quern", "worker", "mode"), StringComparison.Ordinal);
        Assert.Contains("\"holder\":\"desktop\"", await machine.MustAsync("quern", "worker", "status"), StringComparison.Ordinal);

        var served = Lines(machine).Count(line => line.EndsWith(" quern", StringComparison.Ordinal));
        await machine.LogOutAsync();
        await LinesAsync(machine, "quern", served + 20);
        Assert.Equal(before, await HostAsync(machine));
        await machine.EndsAsync(job, "complete");

        // Every frame once, as one account or the other; one that the logout ended after it had written its line, and before that was known, is the only kind that may have run twice.
        var lines = Lines(machine).Select(line => line.Split(' ')[0]).ToList();
        Assert.Equal(Enumerable.Range(1, 200), lines.Select(int.Parse).Distinct().Order());
        var items = await ItemsAsync(machine, job);
        Assert.All(items, item => Assert.Equal("complete", item.Status));
        Assert.All(lines.GroupBy(name => name).Where(group => group.Count() > 1), group => Assert.True(items.Single(item => item.Name == group.Key).Attempts > 1, $"frame {group.Key} ran twice, and the farm knows of once"));
        Assert.InRange(lines.Count, 200, 202);
        Assert.DoesNotContain("retry", await machine.AsAsync("other", "qbhist", job), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_let_what_runs_finish_or_move_as_the_setting_says()
    {
        await using var machine = await BootedMachine.StartAsync();
        await InstallAsync(machine, "finish");

        // Finish: the frame that runs ends as it began, the next is the desktop worker's.
        var job = await machine.AsAsync("other", "qbsub", "--range", "1-2", $"id -un >>{Frames}; until [ -e /var/tmp/go-QB_FRAME_NUMBER ]; do sleep 0.1; done");
        await Eventually.TrueAsync(() => File.Exists(machine.File(Frames)), Limit, () => "the first frame runs");
        await machine.MustAsync("chmod", "666", Frames);
        using var session = await machine.LogInToScreenAsync();
        await HolderAsync(machine, "the host passes to the desktop worker of artist");
        Assert.Contains("it passes to the desktop worker of artist", await machine.AsAsync("other", "qbhosts", "--json"), StringComparison.Ordinal);
        Assert.Equal(["quern"], Lines(machine));
        await File.WriteAllTextAsync(machine.File("/var/tmp/go-1"), "");
        await HolderAsync(machine, "the desktop worker of artist has the host");
        await Eventually.TrueAsync(() => Lines(machine).Length == 2, Limit, () => "the second frame runs");
        Assert.Equal(["quern", "artist"], Lines(machine));

        // A desktop worker that is killed: the service takes the host, and lends it to the one that comes after it.
        await machine.MustAsync("pkill", "-KILL", "-u", "artist", "-x", "quern-worker");
        await Eventually.TrueAsync(() => Lines(machine).Length >= 3, Limit, () => $"the second frame runs again\n{machine.JournalAsync().Result}");
        await File.WriteAllTextAsync(machine.File("/var/tmp/go-2"), "");
        await machine.EndsAsync(job, "complete");
        await HolderAsync(machine, "the desktop worker of artist has the host");
        await machine.LogOutAsync();
        await HolderAsync(machine, "the service has the host");

        // Move: the frame that runs is ended, and runs again as the desktop worker's at no cost.
        await machine.MustAsync("quern", "worker", "mode", "dual", "--user", "artist", "--items", "move");
        Assert.DoesNotContain("done ", await machine.MustAsync("quern", "worker", "mode", "dual", "--user", "artist", "--items", "move"), StringComparison.Ordinal);
        await HolderAsync(machine, "the service has the host");
        File.Delete(machine.File("/var/tmp/logout"));
        File.WriteAllText(machine.File(Frames), "");
        var moved = await machine.AsAsync("other", "qbsub", "--range", "1", $"id -un >>{Frames}; until [ -e /var/tmp/go-3 ]; do sleep 0.1; done");
        await Eventually.TrueAsync(() => Lines(machine).Length == 1, Limit, () => "the frame runs");
        using var again = await machine.LogInToScreenAsync();
        await Eventually.TrueAsync(() => Lines(machine).Length == 2, Limit, () => $"the frame runs again\n{machine.JournalAsync().Result}");
        Assert.Equal(["quern", "artist"], Lines(machine));
        await File.WriteAllTextAsync(machine.File("/var/tmp/go-3"), "");
        await machine.EndsAsync(moved, "complete");
        Assert.DoesNotContain("retry", await machine.AsAsync("other", "qbhist", moved), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(await ItemsAsync(machine, moved)).Attempts);
        Assert.Equal("desktop", (await HostAsync(machine)).Mode);
    }

    [Fact]
    public async Task Should_be_entered_and_left_and_lend_to_nobody_else()
    {
        await using var machine = await BootedMachine.StartAsync();
        await InstallAsync(machine, items: null);
        var host = await HostAsync(machine);
        Assert.DoesNotContain("done ", await machine.MustAsync("quern", "worker", "mode", "dual", "--user", "artist"), StringComparison.Ordinal);
        var ask = """curl -sS --max-time 10 --unix-socket /run/quern/worker.sock -H 'Content-Type: application/json' -d '{"version":"1","certificateRequest":"x"}' http://worker/worker/loan""";
        Assert.Contains("lends itself to the desktop worker of artist only", await machine.AsAsync("other", "sh", "-c", ask), StringComparison.Ordinal);
        Assert.Contains("is version 1 and the machine", await machine.AsAsync("artist", "sh", "-c", ask), StringComparison.Ordinal);

        using var session = await machine.LogInToScreenAsync();
        await HolderAsync(machine, "the desktop worker of artist has the host");

        // It has the host a moment before it serves.
        await Eventually.TrueAsync(
            async () => (await machine.TryAsAsync("artist", "env", "QUERN_STATE=/home/artist/.local/state/quern", "qbping", "--json")).Output.Contains("\"user\":\"artist\"", StringComparison.Ordinal),
            Limit, () => $"the desktop worker lets artist through\n{machine.JournalAsync().Result}");
        var uninstalling = await machine.RunAsync("quern", "worker", "uninstall", "--service");
        Assert.Contains("leave it first with 'quern worker mode service'", uninstalling.Error, StringComparison.Ordinal);

        // A service that starts anew does not know of the loan: what the desktop worker ran goes back, and it asks again.
        var job = await machine.AsAsync("other", "qbsub", "touch /var/tmp/begun-$(id -un); until [ -e /var/tmp/go ]; do sleep 0.1; done; id -un");
        await Eventually.TrueAsync(() => File.Exists(machine.File("/var/tmp/begun-artist")), Limit, () => "the job runs");
        await machine.MustAsync("rm", "/var/tmp/begun-artist");
        await machine.MustAsync("systemctl", "restart", "quern-worker");
        await Eventually.TrueAsync(() => File.Exists(machine.File("/var/tmp/begun-artist")) || File.Exists(machine.File("/var/tmp/begun-quern")), Limit, () => $"the job runs again\n{machine.JournalAsync().Result}");
        await File.WriteAllTextAsync(machine.File("/var/tmp/go"), "");
        await machine.EndsAsync(job, "complete");
        await HolderAsync(machine, "the desktop worker of artist has the host");

        Assert.Contains("would    have the desktop worker of artist start no more", await machine.MustAsync("quern", "worker", "mode", "service", "--dry-run"), StringComparison.Ordinal);
        await machine.MustAsync("quern", "worker", "mode", "service");
        Assert.StartsWith("service\n", await machine.MustAsync("quern", "worker", "mode"), StringComparison.Ordinal);
        Assert.Equal("quern", await machine.OutputAsync("id -un"));
        Assert.Equal(host, await HostAsync(machine));

        // While they are logged in: it passes at once.
        await machine.MustAsync("quern", "worker", "mode", "dual", "--user", "artist");
        await HolderAsync(machine, "the desktop worker of artist has the host");
        Assert.Equal("artist", await machine.OutputAsync("id -un"));
        Assert.Equal(host.Id, (await HostAsync(machine)).Id);
        await machine.LogOutAsync();
        await HolderAsync(machine, "the service has the host");

        // The service has it before it has told the supervisor so.
        await Eventually.TrueAsync(async () => await HostAsync(machine) == host, Limit, () => $"the host is the service's; {HostAsync(machine).Result}");
    }

    private static async Task InstallAsync(BootedMachine machine, string? items)
    {
        await machine.MustAsync(BootedMachine.Unpacked + "/quern", "supervisor", "install");
        await machine.MustAsync(BootedMachine.Unpacked + "/quern", "worker", "install", "--service");
        Assert.Contains("would    write /var/lib/quern/mode", await machine.MustAsync("quern", "worker", "mode", "dual", "--user", "artist", "--dry-run"), StringComparison.Ordinal);
        await machine.MustAsync(["quern", "worker", "mode", "dual", "--user", "artist", .. items is null ? Array.Empty<string>() : ["--items", items]]);
        await Eventually.TrueAsync(async () => (await machine.AsAsync("other", "qbping", "--json")).Contains("\"workers\":1", StringComparison.Ordinal), Limit, () => $"the service serves\n{machine.JournalAsync().Result}");
    }

    private static string[] Lines(BootedMachine machine) => File.ReadAllLines(machine.File(Frames));

    private static Task LinesAsync(BootedMachine machine, string account, int count) => Eventually.TrueAsync(
        () => Lines(machine).Count(line => line.EndsWith(' ' + account, StringComparison.Ordinal)) >= count, Limit, () => $"{account} runs {count} frames\n{machine.JournalAsync().Result}");

    private static Task HolderAsync(BootedMachine machine, string sentence) => Eventually.TrueAsync(
        async () => (await machine.RunAsync("quern", "worker", "mode")).Output.Contains(sentence, StringComparison.Ordinal), Limit,
        () => $"{sentence}; {machine.RunAsync("quern", "worker", "mode").Result}\n{machine.JournalAsync().Result}");

    private static async Task<Host> HostAsync(BootedMachine machine)
    {
        using var hosts = JsonDocument.Parse(await machine.AsAsync("other", "qbhosts", "--json"));
        var view = Assert.Single(hosts.RootElement.GetProperty("hosts").EnumerateArray());
        var properties = view.GetProperty("properties");
        return new Host(view.GetProperty("id").GetInt32(), view.GetProperty("name").GetString()!, view.GetProperty("address").GetString()!, properties.GetProperty("worker_mode").GetString()!, properties.GetProperty("proxy_account").GetString()!);
    }

    private static async Task<List<Item>> ItemsAsync(BootedMachine machine, string job)
    {
        using var jobs = JsonDocument.Parse(await machine.AsAsync("other", "qbjobs", "--json", "--long", job));
        return [.. jobs.RootElement.GetProperty("jobs")[0].GetProperty("agenda").EnumerateArray().Select(item => new Item(item.GetProperty("name").GetString()!, item.GetProperty("status").GetString()!, item.GetProperty("count").GetInt32()))];
    }

    private sealed record Host(int Id, string Name, string Address, string Mode, string Account);

    private sealed record Item(string Name, string Status, int Attempts);
}
