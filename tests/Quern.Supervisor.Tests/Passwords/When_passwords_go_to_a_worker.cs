using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;
using Quern.Secrets;
using Quern.Supervisor.Link;
using Quern.Supervisor.Settings;
using Quern.Supervisor.Tests.Api;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Tests.Passwords;

public sealed class When_passwords_go_to_a_worker : IDisposable
{
    private const string Password = "correct horse battery staple";
    private static readonly RunId Run = new(new InstanceId(new JobId(12), 0), 3);
    private readonly SealingKey worker = SealingKey.Create();
    private readonly SealingKey other = SealingKey.Create();

    [Fact]
    public async Task An_order_carries_it_sealed_for_that_worker_and_that_run()
    {
        await using var farm = await TestFarm.StartAsync();
        var credential = await SentAsync(farm, new CredentialRow("ann", Seal(farm.Seal.Public, new SealedFor(@"STUDIO\ann", SealedFor.Stored)), @"STUDIO\ann", 1, "ann@desk1"));

        Assert.Equal((@"STUDIO\ann", ""), (credential.Account, credential.Problem));
        using var opened = worker.Open(credential.Password, new SealedFor(@"STUDIO\ann", SealedFor.Run("12.0#3")), out _);
        Assert.Equal(Password, Encoding.UTF8.GetString(opened!.Utf8()));
        Assert.Null(worker.Open(credential.Password, new SealedFor(@"STUDIO\ann", SealedFor.Run("12.0#4")), out _));
        Assert.Null(other.Open(credential.Password, new SealedFor(@"STUDIO\ann", SealedFor.Run("12.0#3")), out _));
        Assert.DoesNotContain(Password, Encoding.UTF8.GetString(credential.ToByteArray()));
    }

    [Fact]
    public async Task What_cannot_be_opened_is_a_sentence_with_the_remedy()
    {
        await using var farm = await TestFarm.StartAsync();
        var credential = await SentAsync(farm, new CredentialRow("ann", Seal(other.Public, new SealedFor("ann", SealedFor.Stored)), "ann", 1, "ann@desk1"));
        Assert.Equal("", credential.Password);
        Assert.Equal($"account 'ann' cannot be logged on: the supervisor cannot open its password, it is sealed for key {other.Public.Id}, and this one is {farm.Seal.Public.Id}: run 'qblogin' as ann again", credential.Problem);
    }

    [Fact]
    public async Task A_proxy_password_of_the_central_settings_goes_to_each_worker_that_needs_it_sealed_for_it_and_written_down()
    {
        await using var farm = await TestFarm.StartAsync();
        await farm.WorkerAsync();
        await farm.WorkerAsync();
        var windows = new LinkSession(new WorkerId(1));
        var linux = new LinkSession(new WorkerId(2));
        farm.Sessions.Replace(windows);
        farm.Sessions.Replace(linux);
        await farm.Central.GreetAsync(windows.Worker, new Wire.Hello { Name = "w1", Os = "winnt", SealingKey = worker.Public.ToString() }, default);
        await farm.Central.GreetAsync(linux.Worker, new Wire.Hello { Name = "w2", Os = "linux" }, default);
        var text = Seal(farm.Seal.Public, new SealedFor("render", SealedFor.Proxy));

        var source = new ConfigSource($"[default]\nproxy_account = render\nproxy_password = {text}\n", "f", "");
        var reply = await farm.Central.PushAsync(source, Caller.Farm, false, default);

        var settings = await SettingsOf(windows);
        using var opened = worker.Open(settings["proxy_password"], new SealedFor("render", SealedFor.Proxy), out _);
        Assert.Equal(Password, Encoding.UTF8.GetString(opened!.Utf8()));
        Assert.DoesNotContain("proxy_password", (await SettingsOf(linux)).Keys);
        var greeted = await farm.Central.GreetAsync(windows.Worker, new Wire.Hello { Name = "w1", Os = "winnt", SealingKey = worker.Public.ToString() }, default);
        Assert.NotNull(worker.Open(greeted.Values["proxy_password"], new SealedFor("render", SealedFor.Proxy), out _));
        var openings = farm.Loop.Store.Events(0, 0, 100).Where(row => row.Comment.Contains("opened")).Select(row => row.Comment);
        Assert.Equal(Enumerable.Repeat("proxy_password of version 1 of the central settings opened for worker 1 (w1)", 2), openings);

        var shown = JsonSerializer.Serialize(reply) + (await TestFarm.GetAsync(farm.Local, ApiRoutes.ConfigHosts + "/w1")).Text + string.Concat(farm.Log.Lines);
        Assert.DoesNotContain(text, shown);
        Assert.DoesNotContain("sealed:", shown);
        Assert.Contains("(set, not shown)", shown);
    }

    [Fact]
    public async Task A_proxy_password_for_another_key_is_refused_when_it_is_pushed()
    {
        await using var farm = await TestFarm.StartAsync();
        var text = Seal(other.Public, new SealedFor("render", SealedFor.Proxy));
        var refusal = await Assert.ThrowsAsync<Configuration.ConfigurationException>(() => farm.Central.PushAsync(new ConfigSource($"[w9]\nproxy_password = {text}\n", "f", ""), Caller.Farm, false, default));
        Assert.Equal($"f:2: proxy_password: it is sealed for key {other.Public.Id}, and this supervisor's is {farm.Seal.Public.Id}: make it anew with qbhash, which asks this supervisor for its key", refusal.Message);
    }

    public void Dispose()
    {
        worker.Dispose();
        other.Dispose();
    }

    private static string Seal(SealingPublicKey key, SealedFor what)
    {
        using var secret = Secret.OfChars(Password);
        return key.Seal(secret, what);
    }

    /// <summary>What the worker is told with the start of a run, as it goes over the wire.</summary>
    private async Task<Wire.Credential> SentAsync(TestFarm farm, CredentialRow row)
    {
        var session = new LinkSession(new WorkerId(1)) { Connection = 1 };
        farm.Sessions.Replace(session);
        var id = new JobId(await TestFarm.SubmitAsync(farm.Local, """{"package":{"cmdline":"hostname"}}"""));
        var job = (await farm.Loop.Ask((state, _) => state.FindJob(id), default))!;
        farm.Sessions.Deliver([new AddressedOrder(session.Worker, 1, new StartOrder(Run, job, [], row) { SealingKey = worker.Public.ToString() })]);
        return Assert.Single(Assert.Single(await Messages(session)).Orders.Orders_).Start.Credential;
    }

    private static async Task<IDictionary<string, string>> SettingsOf(LinkSession session) => Assert.Single(Assert.Single(await Messages(session)).Orders.Orders_).Settings.Values;

    private static async Task<List<Wire.SupervisorMessage>> Messages(LinkSession session)
    {
        session.Close();
        var sent = new List<Wire.SupervisorMessage>();
        await session.WriteAsync(message => { sent.Add(message); return Task.CompletedTask; }, CancellationToken.None).Within();
        return sent;
    }
}
