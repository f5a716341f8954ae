using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Quern.Core.Farms;
using Quern.Core.Workers;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Link;
using Quern.Supervisor.Passwords;
using Quern.Supervisor.Retention;
using Quern.Supervisor.Settings;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Api;

/// <summary>A supervisor's doors and API over a farm in memory, in a folder of its own.</summary>
internal sealed class TestFarm : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("quern-api-").FullName;
    private readonly WebApplication app;
    private readonly List<HttpClient> clients = [];
    private readonly Dictionary<(string Mode, string Owner), X509Certificate2> certificates = [];

    private TestFarm()
    {
        Loop = new TestLoop(TimeProvider.System);
        Feed = new FeedHub(Loop, TimeProvider.System);
        Loop.Feed = Feed;
        Authority = Authority.OpenOrCreate(folder, folder, TimeProvider.System);
        Listener = new ListenerOptions(IPAddress.Loopback, 0, Path.Combine(folder, "supervisor.sock"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(Log);
        builder.WebHost.ConfigureKestrel(kestrel => ListenerSetup.Configure(kestrel, Listener, Authority, Log.CreateLogger("door")));
        app = builder.Build();
        Seal = PasswordSeal.Open(folder);
        Sessions = new LinkSessions(5, Seal);
        Central = new CentralSettings(Loop, Sessions, Seal, null, Log.CreateLogger("settings"));
        File.WriteAllText(SettingsFile, "supervisor_global_resources = license.maya=10,global.x=3\ndatabase_password = swordfish\n");
        Settings = new SupervisorSettings(SettingsFile, []);
        var options = new ApiOptions { Name = "farm", Address = "127.0.0.1", Version = "1", Port = () => Port, Administrators = Loop.Administrators, Settings = Settings };
        Sweeper = new RetentionSweeper(Loop, Loop.Store, Path.Combine(folder, "output"), () => RetentionSettings.Read(Settings.Current), TimeProvider.System, Log.CreateLogger("retention"));
        RetentionEndpoints.Map(app, Loop, Sweeper, TimeProvider.System);
        ApiEndpoints.Map(app, Loop, new EchoOutput(), Loop.Store, Feed, Authority, Central, Seal, options);
    }

    public TestLoop Loop { get; }
    public FeedHub Feed { get; }
    public Authority Authority { get; }
    public PasswordSeal Seal { get; }
    public LinkSessions Sessions { get; }
    public RetentionSweeper Sweeper { get; }
    public CentralSettings Central { get; }
    public ListenerOptions Listener { get; }
    public string SettingsFile => Path.Combine(folder, "qb.conf");

    public SupervisorSettings Settings { get; }
    public LineLog Log { get; } = new();
    public int Port { get; private set; }

    /// <summary>The local socket, as the account of the tests.</summary>
    public HttpClient Local { get; private set; } = null!;

    public static async Task<TestFarm> StartAsync()
    {
        var farm = new TestFarm();
        await farm.app.StartAsync();
        ListenerSetup.OpenSocket(farm.Listener);
        farm.Port = new Uri(farm.app.Urls.First(url => url.StartsWith("https", StringComparison.Ordinal))).Port;
        farm.Local = farm.Client("http", "localhost", async token =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(farm.Listener.SocketPath), token);
            return socket;
        }, null);
        return farm;
    }

    /// <summary>The TCP port by a host name, with or without a certificate.</summary>
    public HttpClient Remote(string host = "localhost", X509Certificate2? certificate = null) => Client("https", host, async token =>
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port, token);
        return socket;
    }, certificate);

    /// <summary>The worker w1 of that kind, which joins when it is first asked for, and a client with its certificate.</summary>
    public async Task<HttpClient> WorkerAsync(string mode = "service", string owner = "")
    {
        if (!certificates.TryGetValue((mode, owner), out var certificate))
        {
            certificates[(mode, owner)] = certificate = await JoinAsync(mode, owner);
        }

        return Remote(Quern.Protocol.Link.LinkLimits.ServerName, certificate);
    }

    /// <summary>Joins as w1, whatever joined before, by the local socket.</summary>
    public async Task<X509Certificate2> JoinAsync(string mode = "service", string owner = "")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Pair((await JoinAsync(Local, key, null, mode, owner)).Certificate, key);
    }

    /// <summary>A person on the host of a worker.</summary>
    public async Task<HttpClient> PersonAsync(string name)
    {
        var client = await WorkerAsync();
        client.DefaultRequestHeaders.Add(ApiRoutes.VouchHeader, name);
        return client;
    }

    public static async Task<JoinReply> JoinAsync(HttpClient client, ECDsa key, string? token, string mode = "service", string owner = "")
    {
        var answer = await PostAsync(client, ApiRoutes.WorkerJoin, JsonSerializer.Serialize(Request(key, token, mode, owner), ApiJson.Default.JoinRequest));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.JoinReply)!;
    }

    public static JoinRequest Request(ECDsa key, string? token, string mode = "service", string owner = "") => new()
    {
        Token = token, Name = "w1", Mode = mode, Owner = owner,
        CertificateRequest = new CertificateRequest("CN=anybody", key, HashAlgorithmName.SHA256).CreateSigningRequestPem(),
    };

    public static X509Certificate2 Pair(string certificatePem, ECDsa key)
    {
        using var pair = X509Certificate2.CreateFromPem(certificatePem, key.ExportPkcs8PrivateKeyPem());
        return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
    }

    public static async Task<Answer> PostAsync(HttpClient client, string route, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(route, body);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public static async Task<Answer> GetAsync(HttpClient client, string route)
    {
        using var response = await client.GetAsync(route);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Submits one job by its JSON and returns its id.</summary>
    public static async Task<long> SubmitAsync(HttpClient client, string job)
    {
        var answer = await PostAsync(client, ApiRoutes.Jobs, $$"""{"requestId":"{{Guid.NewGuid()}}","jobs":[{{job}}]}""");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return JsonSerializer.Deserialize(answer.Text, ApiJson.Default.SubmitReply)!.Ids[0];
    }

    public static async Task<IReadOnlyList<JobView>> JobsAsync(HttpClient client, string query) =>
        (await client.GetFromJsonAsync(ApiRoutes.Jobs + query, ApiJson.Default.JobList))!.Jobs;

    public Task ConnectWorkerAsync(int id, string proxyMode, int slots = 0) => Loop.Ask(
        (farm, now) => farm.LinkUp(new Core.WorkerId(id), new WorkerFacts { Name = "w1", ProxyMode = proxyMode, Slots = slots }, WorkerVitals.Unknown, [], now), default);

    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        await app.DisposeAsync();
        await Sweeper.DisposeAsync();
        await Feed.DisposeAsync();
        Central.Dispose();
        Seal.Dispose();
        Authority.Dispose();
        Directory.Delete(folder, true);
    }

    private HttpClient Client(string scheme, string host, Func<CancellationToken, Task<Socket>> connect, X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, token) => new NetworkStream(await connect(token), ownsSocket: true),
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, peer, _, _) => IsOfThisFarm(peer as X509Certificate2);
        if (certificate is not null)
        {
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        var client = new HttpClient(handler) { BaseAddress = new Uri($"{scheme}://{host}:{(scheme == "https" ? Port : 80)}"), Timeout = TimeSpan.FromSeconds(20) };
        clients.Add(client);
        return client;
    }

    private bool IsOfThisFarm(X509Certificate2? peer)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(Authority.Pem));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return peer is not null && chain.Build(peer) && peer.MatchesHostname("localhost") && peer.MatchesHostname(Quern.Protocol.Link.LinkLimits.ServerName) && peer.MatchesHostname("127.0.0.1");
    }
}

internal sealed record Answer(HttpStatusCode Status, string Text)
{
    /// <summary>The sentence of a refusal, which is one line.</summary>
    public string Error
    {
        get
        {
            var error = JsonSerializer.Deserialize(Text, ApiJson.Default.ProblemReply)!.Error;
            Assert.DoesNotContain('\n', error);
            return error;
        }
    }

    public void Refused(HttpStatusCode status, string part)
    {
        Assert.True(status == Status, Text);
        Assert.Contains(part, Error);
    }
}
