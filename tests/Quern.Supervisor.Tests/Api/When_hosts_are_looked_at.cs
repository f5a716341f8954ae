using System.Net;
using System.Text.Json;
using Quern.Core;
using Quern.Core.Workers;
using Quern.Protocol.Api;
using Quern.Protocol.Link;
using Quern.Supervisor.Link;

namespace Quern.Supervisor.Tests.Api;

public sealed class When_hosts_are_looked_at
{
    private static readonly WorkerVitals Loaded = WorkerVitals.Unknown with { Load = new LoadAverages(0.5, 1, 0.25), FreeSwapBytes = 3L << 30 };

    [Theory]
    [InlineData("", "a1,a2,a3")]
    [InlineData("?state=active", "a1,a2")]
    [InlineData("?state=down,panic", "a3")]
    [InlineData("?name=A2", "a2")]
    [InlineData("?group=gpu", "a2")]
    [InlineData("?group=*g%25", "a2")]
    [InlineData("?flags=auto_mount,remove_logs", "a1")]
    [InlineData("?cluster=/show", "a1")]
    [InlineData("?cluster=/show/*", "a2")]
    [InlineData("?cluster=/show/%2B", "a1,a2")]
    [InlineData("?cluster=~ab$", "a2")]
    [InlineData("?expression=processors.total>%3D4%20and%20os%3Dlinux", "a2")]
    [InlineData("?expression=host.name%3Dw1&state=down", "")]
    public async Task Should_be_those_that_pass_every_filter(string query, string expected)
    {
        await using var farm = await FarmAsync();
        Assert.Equal(expected, string.Join(',', (await HostsAsync(farm.Local, query)).Select(host => host.Name)));
    }

    [Theory]
    [InlineData("?state=asleep", "there is no state 'asleep' of hosts; use active, down, panic")]
    [InlineData("?cluster=show", "filter cluster is refused:")]
    [InlineData("?expression=job.id%3D1", "filter resources is refused:")]
    [InlineData("?group=~(", "filter group is refused:")]
    public async Task Should_refuse_a_filter_that_cannot_be_read(string query, string part)
    {
        await using var farm = await TestFarm.StartAsync();
        var answer = await TestFarm.GetAsync(farm.Local, ApiRoutes.Hosts + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(part, JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ProblemReply)!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_show_what_was_said_of_them()
    {
        await using var farm = await FarmAsync();
        var answer = await TestFarm.PostAsync(farm.Local, ApiRoutes.HostWords, """{"hosts":["a1","a9"],"set":"host.scratch=40/100,host.room=b2"}""");
        Assert.Contains("a9", answer.Text, StringComparison.Ordinal);
        var host = (await HostsAsync(farm.Local, "?expression=room%3Db2"))[0];
        Assert.Equal(("a1", "40/100", "b2"), (host.Name, host.Resources["scratch"], host.Properties["room"]));

        await TestFarm.PostAsync(farm.Local, ApiRoutes.HostWords, """{"hosts":["a1"],"take":"scratch,room"}""");
        Assert.DoesNotContain("scratch", (await HostsAsync(farm.Local, "?name=a1"))[0].Resources.Keys);
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.HostWords, """{"hosts":["a1"],"set":"os=irix"}""")).Refused(HttpStatusCode.BadRequest, "host.os is what the host says itself");
        (await TestFarm.PostAsync(await farm.PersonAsync("ann"), ApiRoutes.HostWords, """{"hosts":["a1"],"set":"x=1"}""")).Refused(HttpStatusCode.Forbidden, "ann is no administrator");
    }

    [Fact]
    public async Task Should_show_what_program_they_have()
    {
        await using var farm = await FarmAsync();
        var properties = (await HostsAsync(farm.Local, "?expression=qube_class%3Dworker%20and%20qube_build%3D%270.1.0%27"))[0].Properties;
        Assert.Equal(("0.1.0", "0.1.0", "worker"), (properties["qube_version"], properties["qube_build"], properties["qube_class"]));
    }

    [Fact]
    public async Task Should_show_their_load_where_they_say_it()
    {
        await using var farm = await FarmAsync();
        Assert.Equal(["a1"], (await HostsAsync(farm.Local, "?expression=loadavg_15min%3E0.2")).Select(host => host.Name));
        var hosts = await HostsAsync(farm.Local, "");
        Assert.Equal(("0.5", "1", "0.25"), (hosts[0].Properties["loadavg_1min"], hosts[0].Properties["loadavg_5min"], hosts[0].Properties["loadavg_15min"]));
        Assert.DoesNotContain("loadavg_15min", hosts[1].Properties.Keys);
    }

    [Fact]
    public async Task Should_show_their_swap_where_they_have_some()
    {
        await using var farm = await FarmAsync();
        var hosts = await HostsAsync(farm.Local, "");
        Assert.Equal("1024/4096", hosts[0].Resources["swap"]);
        Assert.DoesNotContain("swap", hosts[1].Resources.Keys);
        Assert.Equal((8, 5), (LinkMessages.Facts(new Hello { SwapBytes = 8 }).SwapBytes, LinkMessages.Vitals(new Heartbeat { FreeSwapBytes = 5 }).FreeSwapBytes));
    }

    /// <summary>A worker of an earlier version says one figure, and 0 where it has none.</summary>
    [Fact]
    public void Should_take_the_load_that_a_heartbeat_has()
    {
        Assert.Equal(new LoadAverages(0.5, null, null), LinkMessages.Vitals(new Heartbeat { Load = 0.5 }).Load);
        Assert.Equal(new LoadAverages(0, 1, 2), LinkMessages.Vitals(new Heartbeat { Load = 0, LoadFiveMinutes = 1, LoadFifteenMinutes = 2 }).Load);
        Assert.Equal(default, LinkMessages.Vitals(new Heartbeat()).Load);
    }

    private static async Task<TestFarm> FarmAsync()
    {
        var farm = await TestFarm.StartAsync();
        await farm.Loop.Ask(
            (core, now) =>
            {
                WorkerFacts[] hosts =
                [
                    new() { Name = "a1", Version = "0.1.0", Os = "linux", Slots = 2, Cluster = "/show", SwapBytes = 4L << 30, Properties = new Dictionary<string, string> { ["flags"] = "remove_logs,auto_mount" } },
                    new() { Name = "a2", Os = "linux", Slots = 4, Cluster = "/show/lab", Groups = "fast,gpu" },
                    new() { Name = "a3", Os = "winnt", Slots = 8 },
                ];
                foreach (var facts in hosts)
                {
                    var id = core.WorkerJoined(facts, Core.Farms.Caller.Farm, now);
                    _ = facts.Name == "a3" ? null : core.LinkUp(id, facts, facts.Name == "a1" ? Loaded : WorkerVitals.Unknown, [], now);
                }

                return 0;
            },
            default);
        return farm;
    }

    private static async Task<IReadOnlyList<HostView>> HostsAsync(HttpClient client, string query)
        => JsonSerializer.Deserialize((await TestFarm.GetAsync(client, ApiRoutes.Hosts + query)).Text, ApiJson.Default.HostList)!.Hosts;
}
