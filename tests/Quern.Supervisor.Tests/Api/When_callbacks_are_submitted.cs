using System.Net;
using System.Text.Json;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Tests.Api;

public sealed class When_callbacks_are_submitted
{
    private static async Task<IReadOnlyList<CallbackView>> CallbacksAsync(HttpClient client, string path)
        => JsonSerializer.Deserialize(await client.GetStringAsync(path, TestContext.Current.CancellationToken), ApiJson.Default.CallbackList)!.Callbacks;

    [Fact]
    public async Task They_are_shown_with_what_has_come_true()
    {
        await using var farm = await TestFarm.StartAsync();
        var id = await TestFarm.SubmitAsync(farm.Local, """
            {"package":{"cmdline":"true"},"range":"1-3","status":"blocked","mailaddress":"a@b.example","callbacks":[
            {"triggers":["done-job-self","killed-job-self"],"language":"mail"},
            {"triggers":"approved-job-self && ready-job-self","language":1,"code":"unblock-self","max":3,"private":true}]}
            """);
        var callbacks = await CallbacksAsync(farm.Local, $"{ApiRoutes.Jobs}/{id}/callbacks");
        Assert.Equal([$"done-job-{id} || killed-job-{id}", $"approved-job-{id} && ready-job-{id}"], callbacks.Select(callback => callback.Triggers));
        Assert.Equal(("qube", "unblock-self", 3, 0), (callbacks[1].Language, callbacks[1].Code, callbacks[1].Maximum, callbacks[1].Count));
        var heard = await TestFarm.PostAsync(farm.Local, ApiRoutes.Triggers, """{"name":"approved"}""");
        Assert.Equal("""{"heard":1}""", heard.Text);
        callbacks = await CallbacksAsync(farm.Local, $"{ApiRoutes.Jobs}/{id}/callbacks");
        Assert.Equal([true, false], callbacks[1].Ready.Select(happening => happening.Fired));
        var other = await farm.PersonAsync("alice");
        Assert.Equal("", (await CallbacksAsync(other, $"{ApiRoutes.Jobs}/{id}/callbacks"))[1].Code);
        Assert.Equal("""{"heard":0}""", (await TestFarm.PostAsync(other, ApiRoutes.Triggers, """{"name":"ready"}""")).Text);
        Assert.Equal(HttpStatusCode.Forbidden, (await TestFarm.PostAsync(other, ApiRoutes.Triggers, $$"""{"name":"ready","job":{{id}}}""")).Status);
        await TestFarm.PostAsync(farm.Local, ApiRoutes.Triggers, $$"""{"name":"ready","job":{{id}}}""");
        Assert.Equal("pending", Assert.Single(await TestFarm.JobsAsync(farm.Local, $"?id={id}")).Status);
    }

    [Theory]
    [InlineData("""{"triggers":"done-job-self","language":"perl","code":"x"}""", "perl callbacks are not taken")]
    [InlineData("""{"triggers":"done-job-self","language":"ruby"}""", "no language that is known")]
    [InlineData("""{"triggers":"done-job-self","language":"qube","code":"x"}""", "no code of language qube")]
    [InlineData("""{"triggers":"done-job","language":"mail"}""", "names no job")]
    [InlineData("""{"triggers":7,"language":"mail"}""", "no triggers")]
    [InlineData("""{"language":"mail"}""", "no triggers")]
    [InlineData("null", "is null")]
    public async Task Nonsense_is_refused(string callback, string expected)
    {
        await using var farm = await TestFarm.StartAsync();
        var (status, text) = await TestFarm.PostAsync(farm.Local, ApiRoutes.Jobs, $$"""{"requestId":"one","jobs":[{"package":{"cmdline":"true"},"callbacks":[{{callback}}]}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Global_ones_are_for_administrators()
    {
        await using var farm = await TestFarm.StartAsync();
        const string body = """{"triggers":"down-host-self-*","language":"post","code":"down"}""";
        Assert.Contains("lacks the permission submit_global_callback", (await TestFarm.PostAsync(await farm.PersonAsync("alice"), ApiRoutes.Callbacks, body)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(farm.Local, ApiRoutes.Callbacks, body)).Status);
        Assert.Equal("down-host-self-*", Assert.Single(await CallbacksAsync(farm.Local, ApiRoutes.Callbacks)).Triggers);
        var gone = await farm.Local.DeleteAsync($"{ApiRoutes.Callbacks}/1", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.Empty(await CallbacksAsync(farm.Local, ApiRoutes.Callbacks));
    }
}
