using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Quern.Core;
using Quern.Protocol.Api;
using Quern.Protocol.Link;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Trust;

public sealed class When_a_host_is_removed
{
    [Fact]
    public async Task Should_not_believe_its_certificate_any_more()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.GetAsync(ann, ApiRoutes.Jobs)).Status);
        Assert.Equal(["w1"], (await ChangeAsync(farm.Local, """{"action":"remove","hosts":["W1"]}""")).Affected.Select(name => name.ToLowerInvariant()));

        (await TestFarm.GetAsync(ann, ApiRoutes.Jobs)).Refused(HttpStatusCode.Unauthorized, $"host w1 was removed from this farm by {Environment.UserName}; an administrator lets it back with 'qbadmin worker --unremove w1'");
        Assert.Equal("""{"hosts":[]}""", (await TestFarm.GetAsync(farm.Local, ApiRoutes.Hosts)).Text);
        var kept = Assert.Single(await RemovedAsync(farm.Local));
        Assert.Equal(("w1", 1), (kept.Name, kept.Id));
    }

    [Fact]
    public async Task Should_not_let_another_of_its_name_join_until_it_is_let_back()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        await ChangeAsync(farm.Local, """{"action":"remove","hosts":["w1"]}""");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.WorkerJoin, JsonSerializer.Serialize(TestFarm.Request(key, null), ApiJson.Default.JoinRequest)))
            .Refused(HttpStatusCode.Conflict, "joining is refused: host w1 was removed from this farm by");

        Assert.Equal(["w1"], (await ChangeAsync(farm.Local, """{"action":"unremove","hosts":["w1"]}""")).Affected);
        Assert.Empty(await RemovedAsync(farm.Local));
        await farm.JoinAsync();
        Assert.Equal([1], await farm.Loop.Ask((state, _) => state.Workers.Select(worker => worker.Id.Value).ToList(), default));
    }

    [Fact]
    public async Task Should_let_all_of_them_back_at_once()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        await ChangeAsync(farm.Local, """{"action":"remove","hosts":["w1"]}""");
        Assert.Equal(["w1"], (await ChangeAsync(farm.Local, """{"action":"clear"}""")).Affected);
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.GetAsync(ann, ApiRoutes.Jobs)).Status);
        Assert.Empty((await ChangeAsync(farm.Local, """{"action":"clear"}""")).Affected);
    }

    [Fact]
    public async Task Should_have_one_record_of_a_host_that_joins_twice_and_believe_its_newest_certificate_alone()
    {
        await using var farm = await TestFarm.StartAsync();
        var earlier = await farm.PersonAsync("ann");
        var later = farm.Remote(LinkLimits.ServerName, await farm.JoinAsync());
        later.DefaultRequestHeaders.Add(ApiRoutes.VouchHeader, "ann");

        Assert.Equal(1, await farm.Loop.Ask((state, _) => state.Workers.Count, default));
        (await TestFarm.GetAsync(earlier, ApiRoutes.Jobs)).Refused(HttpStatusCode.Unauthorized, "host w1 has joined again with another certificate since, and this one counts no more");
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.GetAsync(later, ApiRoutes.Jobs)).Status);
    }

    [Fact]
    public async Task Should_not_take_the_name_of_a_host_that_is_connected()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        await farm.ConnectWorkerAsync(1, "proxy");
        var token = JsonSerializer.Deserialize((await TestFarm.PostAsync(farm.Local, ApiRoutes.WorkerTokens, "")).Text, ApiJson.Default.TokenReply)!.Token;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = JsonSerializer.Serialize(TestFarm.Request(key, token), ApiJson.Default.JoinRequest);
        (await TestFarm.PostAsync(farm.Remote(), ApiRoutes.WorkerJoin, request)).Refused(HttpStatusCode.Conflict, "a host w1 is a member and connected; give this one another name with --name");

        await farm.Loop.Ask((state, now) => { state.LinkDown(new WorkerId(1), now); return 0; }, default);
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(farm.Remote(), ApiRoutes.WorkerJoin, request)).Status);
    }

    [Fact]
    public async Task Should_keep_workers_of_different_people_on_one_host_apart()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.JoinAsync();
        await farm.JoinAsync("desktop", "ann");
        await farm.JoinAsync("desktop", "bob");
        await farm.JoinAsync("desktop", "ann");
        Assert.Equal(3, await farm.Loop.Ask((state, _) => state.Workers.Count, default));
    }

    [Fact]
    public async Task Should_refuse_what_makes_no_sense()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.RemovedHosts, """{"action":"ban","hosts":["w1"]}""")).Refused(HttpStatusCode.BadRequest, "action 'ban' is not known; use remove, unremove or clear");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.RemovedHosts, """{"action":"remove"}""")).Refused(HttpStatusCode.BadRequest, "it names 0 hosts");
        Assert.Equal(["there is no host 'w9'; list them with qbhosts"], (await ChangeAsync(farm.Local, """{"action":"remove","hosts":["w9"]}""")).Refused);
        Assert.Equal(["no host 'w1' is kept out; list those that are with 'qbadmin worker --banned'"], (await ChangeAsync(farm.Local, """{"action":"unremove","hosts":["w1"]}""")).Refused);
        var refresh = await TestFarm.PostAsync(farm.Local, ApiRoutes.HostRefresh, """{"hosts":["w1"]}""");
        Assert.Contains("host w1 is not connected", refresh.Text);
    }

    [Theory]
    [InlineData("GET", ApiRoutes.RemovedHosts)]
    [InlineData("POST", ApiRoutes.RemovedHosts)]
    [InlineData("POST", ApiRoutes.HostRefresh)]
    public async Task Should_be_for_administrators(string method, string route)
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        var answer = method == "GET" ? await TestFarm.GetAsync(ann, route) : await TestFarm.PostAsync(ann, route, "{}");
        answer.Refused(HttpStatusCode.Forbidden, "ann is no administrator");
    }

    private static async Task<ActionReply> ChangeAsync(HttpClient client, string body)
    {
        var answer = await TestFarm.PostAsync(client, ApiRoutes.RemovedHosts, body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ActionReply)!;
    }

    private static async Task<IReadOnlyList<RemovedHostView>> RemovedAsync(HttpClient client)
        => JsonSerializer.Deserialize((await TestFarm.GetAsync(client, ApiRoutes.RemovedHosts)).Text, ApiJson.Default.RemovedHostList)!.Hosts;
}
