using System.Net;
using System.Text.Json;
using Quern.Protocol.Api;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Administration;

public sealed class When_the_supervisor_is_administered
{
    [Fact]
    public async Task Should_set_and_end_modes()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        Assert.True((await ChangeAsync(farm.Local, """{"rejectSubmit":true,"stopActivity":true}""")).StopActivity);
        (await TestFarm.PostAsync(ann, ApiRoutes.Jobs, """{"requestId":"a","jobs":[{"package":{"cmdline":"true"}}]}""")).Refused(HttpStatusCode.Forbidden, "reject_submit");

        var view = await ChangeAsync(farm.Local, """{"rejectSubmit":false}""");
        Assert.Equal((false, true), (view.RejectSubmit, view.StopActivity));
        await TestFarm.SubmitAsync(ann, """{"package":{"cmdline":"true"}}""");
    }

    [Fact]
    public async Task Should_show_settings_with_where_they_come_from_and_no_secret()
    {
        await using var farm = await TestFarm.StartAsync();
        var settings = JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, ApiRoutes.Supervisor)).Text, ApiJson.Default.SupervisorView)!.Settings.ToDictionary(setting => setting.Name);
        Assert.Equal(("license.maya=10,global.x=3", $"{farm.SettingsFile}:1"), (settings["supervisor_global_resources"].Value, settings["supervisor_global_resources"].Origin));
        Assert.Equal("(set, not shown)", settings["database_password"].Value);
        Assert.DoesNotContain("worker_cpus", settings.Keys);
    }

    [Fact]
    public async Task Should_read_its_settings_again_or_leave_them_when_they_are_wrong()
    {
        await using var farm = await TestFarm.StartAsync();
        Assert.Empty(await ResourcesAsync(farm.Local));
        await ChangeAsync(farm.Local, """{"reread":true}""");
        Assert.Equal(["global.x 0/3", "license.maya 10/10"], await ResourcesAsync(farm.Local));

        File.WriteAllText(farm.SettingsFile, "supervisor_global_resources = maya=1\n");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Supervisor, """{"reread":true,"stopActivity":true}""")).Refused(HttpStatusCode.BadRequest, "the supervisor's settings stay as they are");
        Assert.Equal(["global.x 0/3", "license.maya 10/10"], await ResourcesAsync(farm.Local));
        Assert.False((await ChangeAsync(farm.Local, "{}")).StopActivity);
    }

    [Fact]
    public async Task Should_hear_what_a_licence_server_says()
    {
        await using var farm = await TestFarm.StartAsync();
        await ChangeAsync(farm.Local, """{"reread":true}""");
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(farm.Local, ApiRoutes.Resources, """{"name":"license.maya","total":15,"used":7}""")).Status);
        Assert.Equal(["global.x 0/3", "license.maya 2/10"], await ResourcesAsync(farm.Local));

        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Resources, """{"name":"license.nuke","used":7}""")).Refused(HttpStatusCode.BadRequest, "there is no resource license.nuke");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Resources, """{"name":"license.maya","total":-1,"used":7}""")).Refused(HttpStatusCode.BadRequest, "are to be 0 to");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Resources, """{"name":"maya","total":1,"used":7}""")).Refused(HttpStatusCode.BadRequest, "'maya' is no resource");
    }

    [Theory]
    [InlineData("GET", ApiRoutes.Supervisor)]
    [InlineData("POST", ApiRoutes.Supervisor)]
    [InlineData("POST", ApiRoutes.Resources)]
    public async Task Should_be_for_administrators(string method, string route)
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        var answer = method == "GET" ? await TestFarm.GetAsync(ann, route) : await TestFarm.PostAsync(ann, route, "{}");
        answer.Refused(HttpStatusCode.Forbidden, "ann is no administrator");
    }

    [Fact]
    public async Task Should_tell_its_history_by_who_which_job_and_what()
    {
        await using var farm = await TestFarm.StartAsync();
        var ann = await farm.PersonAsync("ann");
        var job = await TestFarm.SubmitAsync(ann, """{"package":{"cmdline":"true"}}""");
        await ChangeAsync(farm.Local, """{"stopActivity":true}""");
        await TestFarm.PostAsync(farm.Local, ApiRoutes.WorkerTokens, "");

        var whole = await EventsAsync(farm.Local, "");
        Assert.Contains(whole, happening => happening is { Comment: "supervisor: stop_activity set", Component: "admin" });
        Assert.Contains(whole, happening => happening.Comment == "a token made with which one worker may join");
        Assert.Equal(["job submitted: pending from w1"], (await EventsAsync(ann, "?user=ann")).Select(happening => happening.Comment));
        Assert.Equal(["job submitted: pending from w1"], (await EventsAsync(ann, $"?job={job}&component=job")).Select(happening => happening.Comment));
        Assert.All(await EventsAsync(ann, ""), happening => Assert.Equal("job", happening.Component));
        (await TestFarm.GetAsync(ann, ApiRoutes.Events + "?component=admin")).Refused(HttpStatusCode.Forbidden, "ann is no administrator");
        (await TestFarm.GetAsync(ann, ApiRoutes.Events + "?component=nose")).Refused(HttpStatusCode.BadRequest, "there is no component 'nose'");
        var page = JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, ApiRoutes.Events + "?limit=1")).Text, ApiJson.Default.EventPageReply)!;
        Assert.Equal(page.Events[0].Sequence, page.Next);
    }

    private static async Task<IReadOnlyList<EventView>> EventsAsync(HttpClient client, string query) =>
        JsonSerializer.Deserialize((await TestFarm.GetAsync(client, ApiRoutes.Events + query)).Text, ApiJson.Default.EventPageReply)!.Events;

    private static async Task<IEnumerable<string>> ResourcesAsync(HttpClient client) =>
        JsonSerializer.Deserialize((await TestFarm.GetAsync(client, ApiRoutes.Resources)).Text, ApiJson.Default.ResourceList)!.Resources.Select(resource => $"{resource.Name} {resource.Used}/{resource.Total}");

    private static async Task<SupervisorView> ChangeAsync(HttpClient client, string body)
    {
        var answer = await TestFarm.PostAsync(client, ApiRoutes.Supervisor, body);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.SupervisorView)!;
    }
}
