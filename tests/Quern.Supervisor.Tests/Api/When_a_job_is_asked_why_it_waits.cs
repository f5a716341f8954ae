using System.Net;
using System.Text.Json;
using Quern.Core.Farms;
using Quern.Core.Workers;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Tests.Api;

public sealed class When_a_job_is_asked_why_it_waits
{
    [Fact]
    public async Task Should_say_what_each_host_refuses_and_what_helps()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        await JoinAsync(farm, "w1", "/a");
        await JoinAsync(farm, "w2", "/b");
        var job = await TestFarm.SubmitAsync(ann, """{"package":{"cmdline":"true"},"restrictions":"/c"}""");

        var report = Assert.Single(Read(await TestFarm.GetAsync(ann, $"{ApiRoutes.Why}/{job}")));
        var hosts = Assert.Single(report.Hosts);
        Assert.Equal(("down", hosts.Examples.Count), (hosts.Dimension, hosts.Count));
        Assert.Equal($"start the worker on {hosts.Examples[0]}", hosts.Remedy);
        Assert.Superset(new HashSet<string> { "w1", "w2" }, hosts.Examples.ToHashSet());
        Assert.Equal((true, 0), (report.Waiting, report.JobsBefore));

        Assert.Equal("w2 is down", Assert.Single(Read(await TestFarm.GetAsync(ann, $"{ApiRoutes.Why}/{job}?host=w2"))).Reason);
    }

    [Fact]
    public async Task Should_answer_for_a_job_that_is_not_there_yet_and_make_none()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        await JoinAsync(farm, "w1", "/a");

        var reports = Read(await TestFarm.PostAsync(ann, ApiRoutes.Why, """{"jobs":[{"name":"wide","package":{"cmdline":"true"},"reservations":"host.processors=99"},{"package":{"cmdline":"true"},"status":"blocked"}]}"""));

        Assert.Equal(["new job 'wide'", "new job"], reports.Select(report => report.Subject));
        Assert.Contains("submitted so", reports[1].Reason, StringComparison.Ordinal);
        Assert.Empty(await TestFarm.JobsAsync(ann, "?user=all"));
    }

    [Theory]
    [InlineData("/77", HttpStatusCode.NotFound, "there is no job 77")]
    [InlineData("/1.9", HttpStatusCode.NotFound, "job 1 has instances 0 to 0")]
    [InlineData("/1:5", HttpStatusCode.NotFound, "job 1 has no item '5'")]
    [InlineData("/1?host=w9", HttpStatusCode.NotFound, "there is no host w9, did you mean 'w1'?")]
    [InlineData("/x", HttpStatusCode.BadRequest, "id 'x' is refused")]
    public async Task Should_refuse_what_is_not_there(string rest, HttpStatusCode status, string part)
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        await JoinAsync(farm, "w1", "/a");
        await TestFarm.SubmitAsync(ann, """{"package":{"cmdline":"true"}}""");
        (await TestFarm.GetAsync(ann, ApiRoutes.Why + rest)).Refused(status, part);
    }

    [Theory]
    [InlineData("""{"jobs":[]}""", "it has 0 jobs")]
    [InlineData("""{"jobs":[{"package":{"cmdline":"true"},"cpus":0}]}""", "cpus")]
    [InlineData("""{"jobs":[{"package":{"cmdline":"true"}}],"host":"w9"}""", "there is no host w9")]
    public async Task Should_refuse_a_job_that_could_not_be_submitted(string body, string part)
    {
        await using var farm = await TestFarm.StartAsync();
        (await TestFarm.PostAsync(await farm.PersonAsync("ann"), ApiRoutes.Why, body)).Refused(HttpStatusCode.BadRequest, part);
    }

    [Fact]
    public async Task Should_refuse_somebody_elses_job()
    {
        await using var farm = await TestFarm.StartAsync();
        (await TestFarm.PostAsync(await farm.PersonAsync("ann"), ApiRoutes.Why, """{"jobs":[{"package":{"cmdline":"true"},"user":"bob"}]}""")).Refused(HttpStatusCode.Forbidden, "may not submit as bob");
    }

    private static Task JoinAsync(TestFarm farm, string name, string cluster)
        => farm.Loop.Ask((core, now) => core.WorkerJoined(new WorkerFacts { Name = name, Slots = 2, Cluster = cluster, Mode = "service", ProxyMode = "proxy" }, Caller.Farm, now), CancellationToken.None);

    private static IReadOnlyList<WhyView> Read(Answer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.WhyReply)!.Reports;
    }
}
