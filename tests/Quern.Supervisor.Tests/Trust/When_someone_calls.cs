using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Quern.Protocol.Api;
using Quern.Supervisor.Tests.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Trust;

public sealed class When_someone_calls
{
    [Fact]
    public async Task The_kernel_says_who_is_on_the_local_socket()
    {
        await using var farm = await TestFarm.StartAsync();
        var ping = JsonSerializer.Deserialize((await TestFarm.GetAsync(farm.Local, ApiRoutes.Ping)).Text, ApiJson.Default.PingReply)!;
        Assert.Equal(Environment.UserName, ping.User);
        Assert.Equal(farm.Port, ping.Port);
        Assert.Equal(UnixFileMode.OtherWrite, File.GetUnixFileMode(farm.Listener.SocketPath) & UnixFileMode.OtherWrite);
    }

    [Fact]
    public async Task A_stranger_on_the_network_may_only_ping_and_read_the_authority()
    {
        await using var farm = await TestFarm.StartAsync();
        var stranger = farm.Remote();
        Assert.Contains("\"user\":\"\"", (await TestFarm.GetAsync(stranger, ApiRoutes.Ping)).Text);
        Assert.Equal(farm.Authority.Pem, (await TestFarm.GetAsync(stranger, ApiRoutes.WorkerAuthority)).Text);
        foreach (var route in new[] { ApiRoutes.Jobs, ApiRoutes.Hosts, ApiRoutes.Feed, ApiRoutes.History + "/1", ApiRoutes.Output + "/1" })
        {
            (await TestFarm.GetAsync(stranger, route)).Refused(HttpStatusCode.Unauthorized, "does not know who calls");
        }

        (await TestFarm.PostAsync(stranger, ApiRoutes.Jobs, "{}")).Refused(HttpStatusCode.Unauthorized, "does not know who calls");
        (await TestFarm.PostAsync(stranger, ApiRoutes.WorkerTokens, "")).Refused(HttpStatusCode.Unauthorized, "does not know who calls");
    }

    [Fact]
    public async Task A_forged_name_without_a_certificate_is_refused()
    {
        await using var farm = await TestFarm.StartAsync();
        var forger = farm.Remote();
        forger.DefaultRequestHeaders.Add(ApiRoutes.VouchHeader, "root");
        (await TestFarm.GetAsync(forger, ApiRoutes.Jobs)).Refused(HttpStatusCode.Unauthorized, "counts only under a worker's certificate");
    }

    [Fact]
    public async Task The_local_socket_believes_no_header()
    {
        await using var farm = await TestFarm.StartAsync();
        farm.Local.DefaultRequestHeaders.Add(ApiRoutes.VouchHeader, "alice");
        Assert.Contains($"\"user\":\"{Environment.UserName}\"", (await TestFarm.GetAsync(farm.Local, ApiRoutes.Ping)).Text);
    }

    [Fact]
    public async Task A_worker_vouches_for_people_of_its_host()
    {
        await using var farm = await TestFarm.StartAsync();
        var alice = await farm.PersonAsync("alice");
        var id = await TestFarm.SubmitAsync(alice, """{"package":{"cmdline":"true"}}""");
        var job = Assert.Single(await TestFarm.JobsAsync(alice, ""));
        Assert.Equal((id, "alice", "w1"), (job.Id, job.User, job.Sourcehost));
        (await TestFarm.PostAsync(alice, ApiRoutes.WorkerTokens, "")).Refused(HttpStatusCode.Forbidden, "alice is no administrator");
    }

    [Fact]
    public async Task A_desktop_worker_vouches_for_its_owner_only()
    {
        await using var farm = await TestFarm.StartAsync();
        var worker = await farm.WorkerAsync("desktop", "alice");
        using var mallory = new HttpRequestMessage(HttpMethod.Get, ApiRoutes.Jobs) { Headers = { { ApiRoutes.VouchHeader, "bob" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await worker.SendAsync(mallory)).StatusCode);
        using var alice = new HttpRequestMessage(HttpMethod.Get, ApiRoutes.Jobs) { Headers = { { ApiRoutes.VouchHeader, "alice" } } };
        Assert.Equal(HttpStatusCode.OK, (await worker.SendAsync(alice)).StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a:b")]
    public async Task A_vouched_name_is_one_account_name(string name)
    {
        await using var farm = await TestFarm.StartAsync();
        var worker = await farm.WorkerAsync();
        worker.DefaultRequestHeaders.TryAddWithoutValidation(ApiRoutes.VouchHeader, name);
        var answer = await TestFarm.GetAsync(worker, ApiRoutes.Jobs);
        Assert.True(answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized, answer.Text);
    }

    [Fact]
    public async Task A_certificate_of_another_farm_ends_the_handshake_with_one_line()
    {
        await using var farm = await TestFarm.StartAsync();
        await using var other = await TestFarm.StartAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var foreign = await TestFarm.JoinAsync(other.Local, key, null);
        var client = farm.Remote(Quern.Protocol.Link.LinkLimits.ServerName, TestFarm.Pair(foreign.Certificate, key));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetAsync(ApiRoutes.Ping));

        // One line a handshake; the client tries more than once.
        Assert.NotEmpty(farm.Log.Lines);
        Assert.All(farm.Log.Lines, line => Assert.Contains("not one of this farm", line));
    }

    [Fact]
    public async Task The_link_needs_a_certificate()
    {
        await using var farm = await TestFarm.StartAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => farm.Remote(Quern.Protocol.Link.LinkLimits.ServerName).GetAsync(ApiRoutes.Ping));
    }

    [Fact]
    public async Task Garbage_on_the_port_is_closed_and_harms_nobody()
    {
        await using var farm = await TestFarm.StartAsync();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, farm.Port);
        await socket.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var buffer = new byte[256];
        try
        {
            while (await socket.ReceiveAsync(buffer, deadline.Token) > 0)
            {
                // An alert may come before the end.
            }
        }
        catch (SocketException)
        {
            // Closed the hard way.
        }

        Assert.Equal(HttpStatusCode.OK, (await TestFarm.GetAsync(farm.Remote(), ApiRoutes.Ping)).Status);
        Assert.DoesNotContain(farm.Log.Lines, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_port_offers_http2()
    {
        await using var farm = await TestFarm.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, ApiRoutes.Ping) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal(HttpVersion.Version20, (await farm.Remote().SendAsync(request)).Version);
    }
}
