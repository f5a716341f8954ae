using System.Net;
using System.Text.Json;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Statistics;

public sealed class When_sums_are_asked_for
{
    [Fact]
    public async Task Should_count_instances_and_items_by_what_jobs_have_in_common()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        await TestFarm.SubmitAsync(ann, """{"prototype":"cmdrange","range":"1-10","cpus":3,"priority":10,"cluster":"/show","package":{"cmdline":"true"}}""");
        await TestFarm.SubmitAsync(ann, """{"prototype":"cmdrange","range":"1-5","cpus":2,"priority":9,"cluster":"/show","status":"blocked","package":{"cmdline":"true"}}""");
        await TestFarm.SubmitAsync(farm.Local, """{"cpus":1,"priority":10,"package":{"cmdline":"true"}}""");

        var tables = (await SummaryAsync(ann, "?by=priority,cluster")).Tables;

        Assert.Equal(["priority", "cluster"], tables.Select(table => table.By));
        Assert.Equal(["9: 1 jobs, instances 0 pending 2 blocked of 2, items 5 pending 0 blocked of 5", "10: 2 jobs, instances 4 pending 0 blocked of 4, items 10 pending 0 blocked of 10"], tables[0].Rows.Select(Text));
        Assert.Equal(["/", "/show"], tables[1].Rows.Select(row => row.Key));
        Assert.All(tables, table => Assert.Equal("total: 3 jobs, instances 4 pending 2 blocked of 6, items 15 pending 0 blocked of 15", Text(table.Total)));
    }

    [Fact]
    public async Task Should_have_every_table_when_none_is_named_and_only_the_jobs_that_pass()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        await TestFarm.SubmitAsync(ann, """{"cpus":3,"account":"film","reservations":"host.processors=2","package":{"cmdline":"true"}}""");
        await TestFarm.SubmitAsync(farm.Local, """{"cpus":4,"package":{"cmdline":"true"}}""");

        var tables = (await SummaryAsync(farm.Local, "?user=ann")).Tables;

        Assert.Equal(
            ["priority 9999", "cluster /", "user ann", "group ", "cluster/priority /:9999", "reservation host.processors=2", "account film", "type cmdline"],
            tables.Select(table => $"{table.By} {Assert.Single(table.Rows).Key}"));
        Assert.All(tables, table => Assert.Equal(3, table.Total.Instances.Total));
    }

    [Fact]
    public async Task Should_count_more_jobs_than_one_turn_looks_at()
    {
        await using var farm = await TestFarm.StartAsync();
        const int jobs = (2 * Quern.Supervisor.Statistics.SummaryEndpoint.JobsInOneTurn) + 1;
        for (var left = jobs; left > 0; left -= 500)
        {
            var list = string.Join(',', Enumerable.Repeat("""{"cpus":2,"package":{"cmdline":"true"}}""", Math.Min(500, left)));
            Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, $$"""{"requestId":"r{{left}}","jobs":[{{list}}]}""")).Status);
        }

        var total = Assert.Single((await SummaryAsync(farm.Local, "?by=user")).Tables).Total;
        Assert.Equal((jobs, 2L * jobs), (total.Jobs, total.Instances.Total));
    }

    [Fact]
    public async Task Should_refuse_a_table_that_is_not_there()
    {
        await using var farm = await TestFarm.StartAsync();
        (await TestFarm.GetAsync(farm.Local, ApiRoutes.Summary + "?by=nose"))
            .Refused(HttpStatusCode.BadRequest, "there is none by 'nose'; use priority, cluster, user, group, cluster/priority, reservation, account, type");
    }

    [Fact]
    public async Task Should_tell_what_instances_took()
    {
        await using var farm = await TestFarm.StartAsync();
        var job = await TestFarm.SubmitAsync(farm.Local, """{"prototype":"cmdrange","range":"1-4","cpus":2,"package":{"cmdline":"true"}}""");

        var stats = await StatsAsync(farm.Local, $"{job}");
        Assert.Equal([(-1, "pending", 0L), (0, "pending", 0L), (1, "pending", 0L)], stats.Select(one => (one.Sub, one.Status, one.WallMs)));
        Assert.Equal(1, Assert.Single(await StatsAsync(farm.Local, $"{job}.1")).Sub);
        (await TestFarm.GetAsync(farm.Local, $"{ApiRoutes.Stats}/{job}.2")).Refused(HttpStatusCode.NotFound, $"job {job} has no instance 2; it has 0 to 1");
        (await TestFarm.GetAsync(farm.Local, $"{ApiRoutes.Stats}/{job}:2")).Refused(HttpStatusCode.BadRequest, "are items");
        (await TestFarm.GetAsync(farm.Local, $"{ApiRoutes.Stats}/99")).Refused(HttpStatusCode.NotFound, "there is no job 99");
    }

    [Fact]
    public async Task Should_add_up_what_items_took_by_the_instance_that_ran_them()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        await farm.ConnectWorkerAsync(1, "proxy", slots: 1);
        var job = await TestFarm.SubmitAsync(farm.Local, """{"prototype":"cmdrange","range":"1-3","cpus":1,"package":{"cmdline":"true"}}""");
        await RunItemAsync(farm, job, 0, 3000, new ItemUsage(2500, 700, 0, 0));
        await RunItemAsync(farm, job, 1, 5000, new ItemUsage(4000, 300, 0, 0));

        var stats = await StatsAsync(farm.Local, $"{job}");
        Assert.All(stats, one => Assert.Equal((2, 8000, 3000, 5000, 6500, 700), (one.Complete, one.WallMs, one.LeastMs, one.MostMs, one.CpuMs, one.PeakMemoryKb)));
        Assert.Equal(["", "w1"], stats.Select(one => one.Host));
    }

    private static Task RunItemAsync(TestFarm farm, long job, int item, long wallMs, ItemUsage usage) => farm.Loop.Ask(
        (core, now) =>
        {
            const long start = 1_700_000_000_000;
            var run = new RunId(new InstanceId(new JobId(job), 0), 1);
            var position = (item * 2) + 1;
            RunFact[] facts =
            [
                new(position, start, new ItemStartedFact(item, 1)),
                new(position + 1, start + wallMs, new ItemEndedFact(item, 1, ItemEnd.Exited, 0, 0, "") { Usage = usage }),
            ];
            core.Reported(new WorkerId(1), new RunReport(run, position - 1, facts), now);
            return 0;
        },
        default);

    private static string Text(SummaryRow row)
        => $"{row.Key}: {row.Jobs} jobs, instances {row.Instances.Pending} pending {row.Instances.Blocked} blocked of {row.Instances.Total}, items {row.Work.Pending} pending {row.Work.Blocked} blocked of {row.Work.Total}";

    private static async Task<SummaryReply> SummaryAsync(HttpClient client, string query)
        => JsonSerializer.Deserialize((await TestFarm.GetAsync(client, ApiRoutes.Summary + query)).Text, ApiJson.Default.SummaryReply)!;

    private static async Task<IReadOnlyList<StatsView>> StatsAsync(HttpClient client, string target)
        => JsonSerializer.Deserialize((await TestFarm.GetAsync(client, $"{ApiRoutes.Stats}/{target}")).Text, ApiJson.Default.StatsList)!.Stats;
}
