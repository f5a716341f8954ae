using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Quern.Protocol.Api;

namespace Quern.CrowdBench;

/// <summary>quern-supervisor as it is installed, on a state of its own, and its API by its socket. Gone with its state when disposed.</summary>
internal sealed class SupervisorProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder;
    private readonly Process _process;
    private readonly HttpClient _api;

    private SupervisorProcess(string folder, Process process, ReadyFile ready)
    {
        (_folder, _process, Ready) = (folder, process, ready);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(ready.Socket!), token).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        _api = new HttpClient(handler) { BaseAddress = new Uri("http://localhost"), Timeout = TimeSpan.FromMinutes(2) };
    }

    public ReadyFile Ready { get; }

    /// <summary>Room for what the crowd keeps.</summary>
    public string Folder => _folder;

    public static async Task<SupervisorProcess> StartAsync(string program)
    {
        var folder = Directory.CreateTempSubdirectory("quern-crowd-").FullName;
        var readyFile = Path.Combine(folder, "ready.json");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["--state", Path.Combine(folder, "state"), "--port", "0", "--name", "localhost", "--ready-file", readyFile, "--end-with-input"])
        {
            start.ArgumentList.Add(word);
        }

        var process = Process.Start(start)!;
        var last = "";
        process.OutputDataReceived += (_, line) => last = line.Data ?? last;
        process.ErrorDataReceived += (_, line) => last = line.Data ?? last;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var waited = Stopwatch.StartNew();
        while (!File.Exists(readyFile))
        {
            if (process.HasExited || waited.Elapsed > Patience)
            {
                throw new InvalidOperationException($"the supervisor did not come up: {last}");
            }

            await Task.Delay(20).ConfigureAwait(false);
        }

        return new SupervisorProcess(folder, process, JsonSerializer.Deserialize(await File.ReadAllBytesAsync(readyFile).ConfigureAwait(false), ApiJson.Default.ReadyFile)!);
    }

    /// <summary>The jobs' numbers.</summary>
    public async Task<List<long>> SubmitAsync(IEnumerable<JsonObject> jobs)
    {
        var body = new JsonObject { ["requestId"] = Guid.NewGuid().ToString(), ["jobs"] = new JsonArray([.. jobs]) };
        var reply = await CallAsync(HttpMethod.Post, ApiRoutes.Jobs, body).ConfigureAwait(false);
        return [.. reply["ids"]!.AsArray().Select(id => (long)id!)];
    }

    public Task ActAsync(string action, IEnumerable<long> jobs)
        => CallAsync(HttpMethod.Post, ApiRoutes.Actions, new JsonObject { ["action"] = action, ["targets"] = new JsonArray([.. jobs.Select(id => JsonValue.Create(id.ToString(CultureInfo.InvariantCulture)))]) });

    /// <summary>Items of the jobs that the farm says are complete.</summary>
    public async Task<long> CompleteItemsAsync(IEnumerable<long> jobs)
    {
        var reply = await CallAsync(HttpMethod.Get, $"{ApiRoutes.Jobs}?{string.Join('&', jobs.Select(id => $"id={id}"))}", null).ConfigureAwait(false);
        return reply["jobs"]!.AsArray().Sum(job => (long)job!["todotally"]!["complete"]!);
    }

    /// <summary>Processor time since its start.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        _process.StandardInput.Close();
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<JsonNode> CallAsync(HttpMethod method, string route, JsonNode? body)
    {
        using var request = new HttpRequestMessage(method, route) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        using var reply = await _api.SendAsync(request).ConfigureAwait(false);
        var text = await reply.Content.ReadAsStringAsync().ConfigureAwait(false);
        return reply.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{method} {route}: {(int)reply.StatusCode} {text}");
    }
}
