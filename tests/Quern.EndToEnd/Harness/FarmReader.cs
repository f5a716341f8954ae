using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Quern.Protocol.Api;

namespace Quern.EndToEnd.Harness;

/// <summary>Reads the farm over its local socket, apart from the client that is under test.</summary>
internal sealed class FarmReader(string socket) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, token) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token);
            return new NetworkStream(connection, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri("http://quern"), Timeout = TimeSpan.FromSeconds(60) };

    public Task<PingReply> PingAsync() => GetAsync(ApiRoutes.Ping, ApiJson.Default.PingReply);

    public async Task<JobView> JobAsync(long id, bool agenda = false) =>
        (await GetAsync($"{ApiRoutes.Jobs}?id={id}&subjobs=true{(agenda ? "&agenda=true&limit=100000" : "")}", ApiJson.Default.JobList)).Jobs.Single();

    public async Task<IReadOnlyList<JobView>> JobsAsync() => (await GetAsync($"{ApiRoutes.Jobs}?user=all", ApiJson.Default.JobList)).Jobs;

    public async Task<IReadOnlyList<HostView>> HostsAsync() => (await GetAsync(ApiRoutes.Hosts, ApiJson.Default.HostList)).Hosts;

    public Task<HttpResponseMessage> PostAsync(string route, HttpContent content) => _client.PostAsync(new Uri(route, UriKind.Relative), content);

    public void Dispose() => _client.Dispose();

    private async Task<T> GetAsync<T>(string route, JsonTypeInfo<T> type)
    {
        using var reply = await _client.GetAsync(new Uri(route, UriKind.Relative));
        string text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.IsSuccessStatusCode, $"GET {route}: {(int)reply.StatusCode} {text}");
        return JsonSerializer.Deserialize(text, type)!;
    }
}
