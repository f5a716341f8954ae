using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_somebody_asks_why
{
    [Fact]
    public async Task Should_be_told_what_keeps_a_job_and_what_helps()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        string host = (await farm.Reader.HostsAsync())[0].Name;

        var asked = await farm.RunAsync("qbsub", "--why", "--reservations", "host.processors=500", "true");
        Assert.Equal(0, asked.Code);
        Assert.Contains($"new job: {host} is too small for host.processors=500: it has 2 slots", asked.Output, StringComparison.Ordinal);
        Assert.Empty(await farm.Reader.JobsAsync());

        await farm.RunAsync("qblock", host);
        long job = await farm.SubmitAsync("true");
        long second = await farm.SubmitAsync("--priority", "1", "true");
        var why = await farm.RunAsync("quern", "why", job.ToString(), "--host", host);
        Assert.Contains($"{job}: {host} is locked", why.Output, StringComparison.Ordinal);
        Assert.Contains($"what lets it run: qbunlock {host}", why.Output, StringComparison.Ordinal);
        Assert.Contains("jobs before it in line: 1", why.Output, StringComparison.Ordinal);

        var line = await farm.RunAsync("qbjoborder", host, "--delimit", ";");
        Assert.Equal([$"1;{second};1;/;1;1", $"2;{job};9999;/;1;1"], line.Output.TrimEnd('\n').Split('\n')[2..].Select(row => string.Join(';', row.Split(';')[..6])));

        await farm.RunAsync("qbunlock", host);
        await farm.ReachesAsync(job, "complete");
        Assert.Contains($"{job} is complete", (await farm.RunAsync("quern", "why", job.ToString())).Output, StringComparison.Ordinal);
        var wrong = await farm.RunAsync("quern", "why", "999");
        Assert.Equal((1, "why: there is no job 999; list the jobs there are with qbjobs --user all"), (wrong.Code, wrong.Error.TrimEnd('\n').Replace("why 999: ", "", StringComparison.Ordinal)));
    }
}
