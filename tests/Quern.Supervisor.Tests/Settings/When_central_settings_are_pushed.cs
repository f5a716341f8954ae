using System.Net;
using System.Text.Json;
using Quern.Core;
using Quern.Protocol.Api;
using Quern.Supervisor.Link;
using Quern.Supervisor.Tests.Api;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Tests.Settings;

public sealed class When_central_settings_are_pushed
{
    private const string First = "[default]\nworker_cpus = 2\n[gpu]\nworker_groups = gpu\n[w1] : gpu\nproxy_nice_value = 3\n";

    [Fact]
    public async Task Should_be_for_administrators_only()
    {
        await using var farm = await TestFarm.StartAsync();
        var person = await farm.PersonAsync("ann");

        (await TestFarm.PostAsync(person, ApiRoutes.Config, Json(new ConfigPushRequest { Text = First }))).Refused(HttpStatusCode.Forbidden, "ann is no administrator; ask root");
        (await TestFarm.GetAsync(person, ApiRoutes.Config)).Refused(HttpStatusCode.Forbidden, "ann is no administrator");
        (await TestFarm.GetAsync(person, ApiRoutes.ConfigVersions + "/1")).Refused(HttpStatusCode.Forbidden, "ann is no administrator");
        Assert.Equal(0, farm.Central.Version);
    }

    [Fact]
    public async Task Should_show_the_difference_and_change_nothing_in_a_dry_run()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();

        var reply = await PushAsync(farm, new ConfigPushRequest { Text = First, DryRun = true });

        Assert.False(reply.IsNew);
        Assert.Equal(["w1 proxy_nice_value  3 True", "w1 worker_cpus  2 True", "w1 worker_groups  gpu True"], reply.Changes.Select(change => $"{change.Host} {change.Setting} {change.Old} {change.New} {change.IsWorker}"));
        Assert.Equal(0, farm.Central.Version);
        Assert.Empty(await VersionsAsync(farm));
    }

    [Fact]
    public async Task Should_keep_versions_and_roll_back_to_one()
    {
        await using var farm = await TestFarm.StartAsync();
        await PushAsync(farm, new ConfigPushRequest { Text = First, Name = "/etc/qbwrk.conf" });
        var second = await PushAsync(farm, new ConfigPushRequest { Text = First.Replace("2", "4", StringComparison.Ordinal) });
        var same = await PushAsync(farm, new ConfigPushRequest { Text = First.Replace("2", "4", StringComparison.Ordinal) });
        var back = await PushAsync(farm, new ConfigPushRequest { Rollback = 1 });

        Assert.Equal((2, true, 2, false, 3, true), (second.Version, second.IsNew, same.Version, same.IsNew, back.Version, back.IsNew));
        Assert.Equal("w1 worker_cpus 4 2", string.Join(";", back.Changes.Select(change => $"{change.Host} {change.Setting} {change.Old} {change.New}")));
        Assert.Equal(["3 version 1 again /etc/qbwrk.conf", "2 pushed qbwrk.conf", "1 pushed /etc/qbwrk.conf"], (await VersionsAsync(farm)).Select(version => $"{version.Version} {version.Note} {version.Name}"));
        var text = JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, ApiRoutes.ConfigVersions + "/3")).Text, ApiJson.Default.ConfigVersionView)!;
        Assert.Equal(First, text.Text);
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Config, Json(new ConfigPushRequest { Rollback = 9 }))).Refused(HttpStatusCode.NotFound, "there is no version 9 of the central settings");
    }

    [Theory]
    [InlineData("[a]\nworker_cpu = 1\nx", "the central settings stay as they are: f:2: there is no setting 'worker_cpu'; did you mean 'worker_cpus'? (1 more; 'quern config check' shows all)")]
    [InlineData("[a]\nworker_min_uid = 1", "f:2: worker_min_uid is each machine's own policy")]
    public async Task Should_change_nothing_for_a_text_that_is_wrong(string text, string expected)
    {
        await using var farm = await TestFarm.StartAsync();
        await PushAsync(farm, new ConfigPushRequest { Text = First });

        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Config, Json(new ConfigPushRequest { Text = text, Name = "f" }))).Refused(HttpStatusCode.BadRequest, expected);
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Config, Json(new ConfigPushRequest { Text = text, Rollback = 1 }))).Refused(HttpStatusCode.BadRequest, "exactly one of text, rollback and reread");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Config, Json(new ConfigPushRequest { Reread = true }))).Refused(HttpStatusCode.BadRequest, "has no file of central settings: push one with");
        (await TestFarm.PostAsync(farm.Local, ApiRoutes.Config, Json(new ConfigPushRequest { Text = new string('#', 1024 * 1024 + 1) }))).Refused(HttpStatusCode.BadRequest, "has more than 1048576 characters");

        Assert.Equal(1, farm.Central.Version);
    }

    [Fact]
    public async Task Should_tell_connected_workers_what_is_theirs_and_later_ones_when_they_come()
    {
        await using var farm = await TestFarm.StartAsync();
        var session = await ConnectAsync(farm, 1, new Wire.Hello { Name = "w1", Os = "linux" });
        await ConnectAsync(farm, 2, new Wire.Hello { Name = "other", Os = "linux", Local = { new Wire.LocalSetting { Name = "worker_groups", Value = "fast,gpu" } } });

        var reply = await PushAsync(farm, new ConfigPushRequest { Text = First + "[group:fast]\nproxy_account = quick\n" });

        Assert.Equal(2, reply.Told);
        session.Close();
        var sent = new List<Wire.SupervisorMessage>();
        await session.WriteAsync(message => { sent.Add(message); return Task.CompletedTask; }, CancellationToken.None).Within();
        var settings = Assert.Single(Assert.Single(sent).Orders.Orders_).Settings;
        Assert.Equal(1, settings.Version);
        Assert.Equal(["proxy_nice_value=3", "worker_cpus=2", "worker_groups=gpu"], settings.Values.Select(pair => $"{pair.Key}={pair.Value}").Order());
        var again = await farm.Central.GreetAsync(new WorkerId(2), new Wire.Hello { Name = "other", Local = { new Wire.LocalSetting { Name = "worker_groups", Value = "fast" } } }, default);
        Assert.Equal("quick", again.Values["proxy_account"]);
    }

    [Fact]
    public async Task Should_explain_whose_word_counts_for_a_worker()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        await ConnectAsync(farm, 1, new Wire.Hello
        {
            Name = "w1", Os = "linux",
            Local = { new Wire.LocalSetting { Name = "worker_cpus", Value = "8", Origin = "/etc/qb.conf:3" }, new Wire.LocalSetting { Name = "worker_min_uid", Value = "500", Origin = "/etc/qb.conf:4" } },
        });
        await PushAsync(farm, new ConfigPushRequest { Text = First, Name = "f" });

        var view = await ExplainAsync(farm, "W1");

        Assert.True(view.IsKnown);
        Assert.Equal("2 supervisor f:2 [default]; local 8 /etc/qb.conf:3; default 0 default", Line(view, "worker_cpus"));
        Assert.Equal("500 local /etc/qb.conf:4; default 1000 default", Line(view, "worker_min_uid"));
        (await TestFarm.GetAsync(farm.Local, ApiRoutes.ConfigHosts + "/nobody")).Refused(HttpStatusCode.NotFound, "there is no host 'nobody'");

        await farm.Central.GreetAsync(new WorkerId(1), new Wire.Hello { Name = "w1", Local = { new Wire.LocalSetting { Name = "worker_lookup", Value = "local" } } }, default);
        Assert.Equal("0 default default; supervisor 2 f:2 [default]", Line(await ExplainAsync(farm, "w1"), "worker_cpus"));
    }

    private static async Task<LinkSession> ConnectAsync(TestFarm farm, int worker, Wire.Hello hello)
    {
        var session = new LinkSession(new WorkerId(worker));
        farm.Sessions.Replace(session);
        await farm.Central.GreetAsync(session.Worker, hello, default);
        return session;
    }

    private static string Line(ConfigHostView view, string name)
    {
        var setting = view.Settings.Single(setting => setting.Name == name);
        return string.Join("; ", setting.Others.Select(word => $"{word.Layer} {word.Value} {word.Origin}").Prepend($"{setting.Value} {setting.Layer} {setting.Origin}"));
    }

    private static string Json(ConfigPushRequest request) => JsonSerializer.Serialize(request, ApiJson.Default.ConfigPushRequest);

    private static async Task<ConfigPushReply> PushAsync(TestFarm farm, ConfigPushRequest request)
    {
        var answer = await TestFarm.PostAsync(farm.Local, ApiRoutes.Config, Json(request));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.ConfigPushReply)!;
    }

    private static async Task<IReadOnlyList<ConfigVersionView>> VersionsAsync(TestFarm farm)
        => JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, ApiRoutes.Config)).Text, ApiJson.Default.ConfigVersionList)!.Versions;

    private static async Task<ConfigHostView> ExplainAsync(TestFarm farm, string host)
        => JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, $"{ApiRoutes.ConfigHosts}/{host}")).Text, ApiJson.Default.ConfigHostView)!;
}
