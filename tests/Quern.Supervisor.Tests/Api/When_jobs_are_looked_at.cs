using System.Net;
using System.Text.Json;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Tests.Api;

public sealed class When_jobs_are_looked_at
{
    [Theory]
    [InlineData("?user=all", "1,2,3")]
    [InlineData("", "")]
    [InlineData("?user=alice", "1,2")]
    [InlineData("?id=3&id=1", "3,1")]
    [InlineData("?id=3,1,99", "3,1")]
    [InlineData("?user=all&name=shot_1", "1")]
    [InlineData("?user=all&name=%25shot%25", "1,2")]
    [InlineData("?user=all&name=*shot__", "1,2")]
    [InlineData("?user=all&name=~^shot.[12]$", "1,2")]
    [InlineData("?user=all&status=blocked", "2")]
    [InlineData("?user=all&status=pending,blocked", "1,2,3")]
    [InlineData("?user=all&status=done", "")]
    [InlineData("?user=all&status=active", "1,2,3")]
    [InlineData("?user=all&status=waiting", "")]
    [InlineData("?user=all&priority=5", "3")]
    [InlineData("?user=all&flags=mail", "3")]
    [InlineData("?user=all&kind=test&prototype=cmdrange", "3")]
    [InlineData("?user=all&pgrp=2", "2")]
    [InlineData("?user=all&cpus=1&pid=1&cluster=/", "1,2,3")]
    public async Task Filters_choose(string query, string ids)
    {
        await using var farm = await TestFarm.StartAsync();
        await MakeJobsAsync(farm);
        var carol = await farm.PersonAsync("carol");
        Assert.Equal(ids, string.Join(",", (await TestFarm.JobsAsync(carol, query)).Select(job => job.Id)));
    }

    [Theory]
    [InlineData("?status=sleepy", "no state 'sleepy'")]
    [InlineData("?name=~(", "no regular expression")]
    [InlineData("?name=~(a)\\1", "linear")]
    [InlineData("?id=abc", "id 'abc'")]
    [InlineData("?priority=-1", "priority")]
    public async Task A_filter_that_makes_no_sense_is_refused(string query, string part)
    {
        await using var farm = await TestFarm.StartAsync();
        (await TestFarm.GetAsync(farm.Local, ApiRoutes.Jobs + query)).Refused(HttpStatusCode.BadRequest, part);
    }

    [Fact]
    public async Task Actions_reach_what_the_caller_may_touch()
    {
        await using var farm = await TestFarm.StartAsync();
        await MakeJobsAsync(farm);
        var alice = await farm.PersonAsync("alice");
        var reply = await ActAsync(alice, """{"action":"kill","targets":["3","77","3:9"]}""");
        Assert.Empty(reply.Affected);
        Assert.Equal(3, reply.Refused.Count);
        Assert.Contains("no job 77", reply.Refused[1]);
        reply = await ActAsync(alice, """{"action":"kill","targets":["0"],"filter":{"status":"blocked"}}""");
        Assert.Equal(["2.0"], reply.Affected);
        reply = await ActAsync(farm.Local, """{"action":"kill","targets":["3:2-3"]}""");
        Assert.Equal(["3:2-3"], reply.Affected);
        Assert.Equal(2, (await TestFarm.JobsAsync(farm.Local, "?id=3"))[0].Todotally.Killed);
        reply = await ActAsync(farm.Local, """{"action":"kill","targets":["0"]}""");
        Assert.Empty(reply.Affected);
    }

    [Fact]
    public async Task All_jobs_of_another_are_those_that_the_caller_may_touch()
    {
        await using var farm = await TestFarm.StartAsync();
        var (ann, bob, cid) = (await farm.PersonAsync("ann"), await farm.PersonAsync("bob"), await farm.PersonAsync("cid"));
        foreach (var person in new[] { ann, bob, cid })
        {
            await TestFarm.SubmitAsync(person, """{"package":{"cmdline":"true"}}""");
        }

        await TestFarm.PostAsync(farm.Local, ApiRoutes.Users, """{"action":"set","users":["ann","bob"],"group":"artists","permissions":["kill"]}""");
        Assert.Empty((await ActAsync(cid, """{"action":"kill","targets":["0"],"filter":{"user":"bob"}}""")).Affected);
        Assert.Empty((await ActAsync(ann, """{"action":"block","targets":["0"],"filter":{"user":"bob"}}""")).Affected);
        Assert.Equal(["2.0"], (await ActAsync(ann, """{"action":"kill","targets":["0"],"filter":{"user":"bob"}}""")).Affected);

        await TestFarm.PostAsync(farm.Local, ApiRoutes.Users, """{"action":"add","users":["cid"],"permissions":["sudo_admin"]}""");
        Assert.Equal(["3.0"], (await ActAsync(cid, """{"action":"kill","targets":["0"]}""")).Affected);
        Assert.Equal(["1.0"], (await ActAsync(cid, """{"action":"kill","targets":["0"],"filter":{"user":"all"}}""")).Affected);
    }

    [Theory]
    [InlineData("""{"action":"explode","targets":["1"]}""", "explode")]
    [InlineData("""{"action":"kill","targets":[]}""", "names 0 ids")]
    [InlineData("""{"action":"kill","targets":["1.x"]}""", "id '1.x'")]
    [InlineData("""{"action":"kill","targets":["1"],"statuses":["odd"]}""", "status 'odd'")]
    public async Task An_action_that_makes_no_sense_is_refused(string body, string part)
    {
        await using var farm = await TestFarm.StartAsync();
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Actions, body)).Refused(HttpStatusCode.BadRequest, part);
    }

    [Fact]
    public async Task History_hosts_and_output_are_there()
    {
        await using var farm = await TestFarm.StartAsync();
        await MakeJobsAsync(farm);
        var history = JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, ApiRoutes.History + "/1")).Text, ApiJson.Default.EventList)!;
        Assert.Contains(history.Events, entry => entry.Comment.StartsWith("job submitted", StringComparison.Ordinal));
        var after = await TestFarm.GetAsync(farm.Local, $"{ApiRoutes.History}/1?after={history.Events[^1].Sequence}");
        Assert.Equal("""{"events":[]}""", after.Text);
        (await TestFarm.GetAsync(farm.Local, ApiRoutes.History + "/99")).Refused(HttpStatusCode.NotFound, "no job 99");
        var hosts = JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, ApiRoutes.Hosts)).Text, ApiJson.Default.HostList)!;
        Assert.Equal("down", hosts.Hosts[0].State);
        Assert.Equal("3 sub=0 item= err=False pos=0 follow=False", (await TestFarm.GetAsync(farm.Local, ApiRoutes.Output + "/3")).Text);
        Assert.Equal("3 sub= item=1 err=True pos=5 follow=True", (await TestFarm.GetAsync(farm.Local, ApiRoutes.Output + "/3:2?stream=err&pos=5&follow=true")).Text);
        (await TestFarm.GetAsync(farm.Local, ApiRoutes.Output + "/99")).Refused(HttpStatusCode.NotFound, "no job 99");
        (await TestFarm.GetAsync(farm.Local, ApiRoutes.Output + "/3.7")).Refused(HttpStatusCode.NotFound, "no instance 7");
        (await TestFarm.GetAsync(farm.Local, ApiRoutes.Output + "/3:99")).Refused(HttpStatusCode.NotFound, "no item '99'");
        (await TestFarm.GetAsync(farm.Local, "/api/v9/anything")).Refused(HttpStatusCode.NotFound, "nothing at this address");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Hosts, "")).Refused(HttpStatusCode.MethodNotAllowed, "POST");
    }

    [Fact]
    public async Task The_feed_begins_with_active_jobs_and_goes_on_with_changes()
    {
        await using var farm = await TestFarm.StartAsync();
        await MakeJobsAsync(farm);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var stream = await farm.Local.GetStreamAsync(ApiRoutes.Feed, deadline.Token);
        using var reader = new StreamReader(stream);
        Assert.Equal([1, 2, 3], (await NextAsync(reader, deadline.Token)).Jobs.Select(job => job.Id));
        await ActAsync(farm.Local, """{"action":"kill","targets":["2"]}""");
        var line = await NextAsync(reader, deadline.Token);
        Assert.Equal((2, "killed"), (line.Jobs[0].Id, line.Jobs[0].Status));
        await ActAsync(farm.Local, """{"action":"remove","targets":["2"]}""");
        Assert.Equal([2], (await NextAsync(reader, deadline.Token)).Removed);
    }

    private static async Task<FeedView> NextAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return JsonSerializer.Deserialize(line[6..], ApiJson.Default.FeedView)!;
            }
        }

        throw new EndOfStreamException("the feed ended");
    }

    private static async Task<ActionReply> ActAsync(HttpClient client, string body)
    {
        var answer = await TestFarm.PostAsync(client, ApiRoutes.Actions, body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ActionReply)!;
    }

    private static async Task MakeJobsAsync(TestFarm farm)
    {
        var alice = await farm.PersonAsync("alice");
        var bob = await farm.PersonAsync("bob");
        await TestFarm.SubmitAsync(alice, """{"name":"shot_1","package":{"cmdline":"true"}}""");
        await TestFarm.SubmitAsync(alice, """{"name":"shot_2","package":{"cmdline":"true"},"status":"blocked"}""");
        await TestFarm.SubmitAsync(bob, """{"name":"other","package":{"cmdline":"true"},"range":"1-5","priority":5,"kind":"test","flags":["mail"]}""");
    }
}
