using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Quern.Protocol.Api;
using Quern.Protocol.Link;

namespace Quern.Worker.Local;

/// <summary>A call of the supervisor's API in the worker's own name.</summary>
/// <param name="dial">Opens a connection to it under this worker's certificate.</param>
internal sealed class SupervisorCall(Func<CancellationToken, Task<Stream>> dial)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="subject">What it is about, for sentences: "the loan".</param>
    /// <exception cref="RefusalException">It refuses, cannot be reached, or says what is not understood: one sentence.</exception>
    public async Task<TReply> PostAsync<TRequest, TReply>(string route, TRequest body, JsonTypeInfo<TRequest> written, JsonTypeInfo<TReply> read, string subject, CancellationToken token)
        where TReply : class
    {
        try
        {
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectCallback = async (_, stop) => await dial(stop).ConfigureAwait(false) }) { Timeout = Patience };
            using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, written));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await client.PostAsync(new Uri($"http://{LinkLimits.ServerName}{route}"), content, token).ConfigureAwait(false);
            var text = await response.Content.ReadAsByteArrayAsync(token).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? JsonSerializer.Deserialize(text, read) ?? throw new JsonException("it is empty")
                : throw new RefusalException(JsonSerializer.Deserialize(text, ApiJson.Default.ProblemReply)?.Error ?? $"the supervisor refuses {subject}: HTTP {(int)response.StatusCode}");
        }
        catch (OperationCanceledException failure) when (!token.IsCancellationRequested)
        {
            throw new RefusalException($"the supervisor does not answer about {subject} in {Patience.TotalSeconds:0} s", failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or IOException)
        {
            throw new RefusalException((failure.InnerException as BadRequestException)?.Message ?? $"the supervisor's answer about {subject} is not understood: {failure.Message}; install the same Quern on both", failure);
        }
    }
}
