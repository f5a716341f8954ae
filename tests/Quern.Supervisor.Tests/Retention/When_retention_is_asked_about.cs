using System.Net;
using System.Text.Json;
using Quern.Protocol.Api;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Retention;

public sealed class When_retention_is_asked_about
{
    [Fact]
    public async Task Should_say_what_would_go_and_take_it_when_told()
    {
        await using var farm = await TestFarm.StartAsync();
        var jobs = new List<long>();
        for (var at = 0; at < 3; at++)
        {
            jobs.Add(await TestFarm.SubmitAsync(farm.Local, """{"name":"old","package":{"cmdline":"true"}}"""));
            await TestFarm.PostAsync(farm.Local, ApiRoutes.Actions, $$"""{"action":"kill","targets":["{{jobs[^1]}}"]}""");
        }

        var view = await ViewAsync(farm.Local, HttpMethod.Get);
        Assert.Equal((0, 0, false), (view.JobCount, view.Limits.Count, view.IsSwept));

        File.WriteAllText(farm.SettingsFile, "supervisor_keep_job_count = 1\n");
        await TestFarm.PostAsync(farm.Local, ApiRoutes.Supervisor, """{"reread":true}""");
        view = await ViewAsync(farm.Local, HttpMethod.Get);
        Assert.Equal([(jobs[0], "old", "there are more than 1 finished jobs (supervisor_keep_job_count)"), (jobs[1], "old", "there are more than 1 finished jobs (supervisor_keep_job_count)")], view.Jobs.Select(job => (job.Id, job.Name, job.Reason)));
        Assert.Equal(1, view.Limits["supervisor_keep_job_count"]);

        view = await ViewAsync(farm.Local, HttpMethod.Post);
        Assert.Equal((2, true), (view.JobCount, view.IsSwept));
        Assert.Equal([jobs[2]], (await TestFarm.JobsAsync(farm.Local, "?user=all")).Select(job => job.Id));
    }

    [Fact]
    public async Task Should_say_that_output_is_kept_no_more()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        await farm.ConnectWorkerAsync(1, "proxy", slots: 1);
        var job = await TestFarm.SubmitAsync(farm.Local, """{"package":{"cmdline":"true"}}""");
        await farm.Loop.Ask(
            (core, now) =>
            {
                var run = new Core.Jobs.RunId(new Core.InstanceId(new Core.JobId(job), 0), 1);
                core.Reported(new Core.WorkerId(1), new Core.Farms.RunReport(run, 0, [new Core.Farms.RunFact(1, now.Unix, new Core.Farms.ReadyFact("quern")), new Core.Farms.RunFact(2, now.Unix, new Core.Farms.RunEndedFact(Core.Farms.RunEnd.Finished, 0, 0, ""))]), now);
                core.OutputDurable(run, 2, 0, now);
                return 0;
            },
            default);
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.GetAsync(farm.Local, $"{ApiRoutes.Output}/{job}.0")).Status);
        Assert.True(await farm.Loop.Ask((core, now) => core.ExpireOutput(new Core.JobId(job), "too much", new Core.Now(now.Monotonic, now.Unix + 5000)), default));
        (await TestFarm.GetAsync(farm.Local, $"{ApiRoutes.Output}/{job}.0")).Refused(HttpStatusCode.NotFound, $"it is kept for a time only; qbhist {job} tells why");
    }

    [Fact]
    public async Task Should_be_for_administrators()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        (await TestFarm.GetAsync(ann, ApiRoutes.Retention)).Refused(HttpStatusCode.Forbidden, "ann is no administrator");
        (await TestFarm.PostAsync(ann, ApiRoutes.Retention, "")).Refused(HttpStatusCode.Forbidden, "ann is no administrator");
    }

    private static async Task<RetentionView> ViewAsync(HttpClient client, HttpMethod method)
    {
        var answer = method == HttpMethod.Get ? await TestFarm.GetAsync(client, ApiRoutes.Retention) : await TestFarm.PostAsync(client, ApiRoutes.Retention, "");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.RetentionView)!;
    }
}
