using System.Net;
using System.Text.Json;
using Quern.Protocol.Api;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Administration;

public sealed class When_users_are_administered
{
    [Fact]
    public async Task Should_list_what_was_given()
    {
        await using var farm = await TestFarm.StartAsync();
        Assert.Equal(["ann", "bob"], (await ChangeAsync(farm.Local, """{"action":"set","users":["ann","bob"],"permissions":["submit_job","kill"]}""")).Affected);
        await ChangeAsync(farm.Local, """{"action":"add","users":["ann"],"group":"artists"}""");

        var users = JsonSerializer.Deserialize((await TestFarm.GetAsync(await farm.PersonAsync("cid"), ApiRoutes.Users)).Text, ApiJson.Default.UserList)!.Users;
        Assert.Equal(["ann: 17", "ann:artists 0 default", "bob: 17"], users.Select(user => $"{user.User}:{user.Group} {user.Mask}{(user.IsDefault ? " default" : "")}"));
        Assert.Equal(["submit_job", "kill"], users[0].Permissions);
        Assert.Equal(["---- j-- k-----------------", "-- ------------------", "---- j-- k-----------------"], users.Select(user => user.Row));
    }

    [Fact]
    public async Task Should_have_in_the_history_who_changed_what_and_from_where()
    {
        await using var farm = await TestFarm.StartAsync();
        await ChangeAsync(farm.Local, """{"action":"add","users":["ann"],"permissions":["admin"]}""");
        var ann = await farm.PersonAsync("ann");
        await ChangeAsync(ann, """{"action":"set","users":["bob"],"group":"artists","permissions":["kill"]}""");
        await ChangeAsync(ann, """{"action":"drop","users":["bob"],"group":"artists"}""");

        var page = JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, ApiRoutes.Events + "?component=user&user=ann")).Text, ApiJson.Default.EventPageReply)!;
        Assert.Equal(["ann@w1 user bob in group artists: permissions kill", "ann@w1 user bob in group artists: dropped"], page.Events.Select(happening => $"{happening.Who}@{happening.From} {happening.Comment}"));
    }

    [Fact]
    public async Task Should_refuse_who_is_no_administrator()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        var reply = await ChangeAsync(ann, """{"action":"add","users":["ann"],"permissions":["admin"]}""");
        Assert.Empty(reply.Affected);
        Assert.Equal(["permissions of ann stay as they are: ann lacks the permission admin; an administrator has to do it"], reply.Refused);
    }

    [Fact]
    public async Task Should_make_an_administrator_one_at_every_door_and_no_longer_when_it_is_taken_back()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        (await TestFarm.PostAsync(ann, ApiRoutes.WorkerTokens, "")).Refused(HttpStatusCode.Forbidden, "a join token is refused: ann is no administrator");

        await ChangeAsync(farm.Local, """{"action":"add","users":["ann"],"permissions":["admin"]}""");
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(ann, ApiRoutes.WorkerTokens, "")).Status);

        await ChangeAsync(farm.Local, """{"action":"drop","users":["ann"]}""");
        (await TestFarm.PostAsync(ann, ApiRoutes.WorkerTokens, "")).Refused(HttpStatusCode.Forbidden, "a join token is refused: ann is no administrator");
    }

    [Fact]
    public async Task Should_let_who_may_impersonate_submit_as_others()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        const string job = """{"requestId":"a","jobs":[{"user":"bob","package":{"cmdline":"true"}}]}""";
        (await TestFarm.PostAsync(ann, ApiRoutes.Jobs, job)).Refused(HttpStatusCode.Forbidden, "ann may not submit as bob: ann lacks the permission impersonate");

        await ChangeAsync(farm.Local, """{"action":"add","users":["ann"],"permissions":["impersonate"]}""");
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(ann, ApiRoutes.Jobs, job)).Status);
        Assert.Equal("bob", (await TestFarm.JobsAsync(farm.Local, "?user=bob"))[0].User);
    }

    [Fact]
    public async Task Should_keep_who_may_not_lock_hosts_from_it()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        await ChangeAsync(farm.Local, """{"action":"delete","users":["ann"],"permissions":["lock_host"]}""");
        (await TestFarm.PostAsync(ann, ApiRoutes.HostLocks, """{"hosts":["w1"],"lock":true}"""))
            .Refused(HttpStatusCode.Forbidden, "the lock is refused: ann lacks the permission lock_host; an administrator gives it with 'qbusers --add --lock ann'");
    }

    [Theory]
    [InlineData("""{"action":"give","users":["ann"]}""", "action 'give' is not known; use add, delete, set or drop")]
    [InlineData("""{"action":"add","users":[]}""", "it names 0 users")]
    [InlineData("""{"action":"add","users":["a b"]}""", "'a b' is no name of an account or group")]
    [InlineData("""{"action":"add","users":["ann"],"group":"a,b"}""", "'a,b' is no name of an account or group")]
    [InlineData("""{"action":"add","users":["ann"],"permissions":["kil"]}""", "'kil' is no permission")]
    public async Task Should_refuse_what_makes_no_sense(string body, string sentence)
    {
        await using var farm = await TestFarm.StartAsync();
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Users, body)).Refused(HttpStatusCode.BadRequest, sentence);
    }

    private static async Task<ActionReply> ChangeAsync(HttpClient client, string body)
    {
        var answer = await TestFarm.PostAsync(client, ApiRoutes.Users, body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ActionReply)!;
    }
}
