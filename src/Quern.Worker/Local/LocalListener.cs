using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Worker.Local;

/// <summary>What the worker answers itself on its socket.</summary>
internal interface ILocalWorker
{
    Task<WorkerStatusReply> StatusAsync(CancellationToken token);

    Task<WorkerStatusReply> StopAsync(bool kill, CancellationToken token);

    /// <exception cref="BadRequestException">Such a job would not run here; one line.</exception>
    Task<WorkerEnvironmentReply> EnvironmentAsync(WorkerEnvironmentRequest request, CancellationToken token);
}

/// <summary>Whose requests a worker lets through, and under which name.</summary>
/// <param name="OwnerUid">Uid the worker runs as.</param>
/// <param name="IsDesktop">Only the owner's requests pass.</param>
/// <param name="NameOf">Account name of a uid through the host's name service; null when it has none.</param>
internal sealed record LocalDoor(uint OwnerUid, string Owner, bool IsDesktop, string Host, Func<uint, string?> NameOf);

/// <summary>
/// The worker's local socket, open to every account of the machine: the kernel says who calls. One request a connection.
/// <c>/worker/...</c> is answered here (a loan of the host for as long as it lasts), <c>/api/...</c> by the supervisor, to whom this worker vouches for the caller.
/// </summary>
internal sealed class LocalListener(string path, LocalDoor door, ILocalWorker worker, PassThrough passThrough, Dual.LoanDoor? loans, WorkerLog log, TimeProvider clock) : IDisposable
{
    private const int MostConnections = 512;
    private const long MostBody = 4 * 1024 * 1024;
    private const int MostConnectionsOfOne = 128;
    private static readonly TimeSpan HeadPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LingerPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FarewellPatience = TimeSpan.FromSeconds(2);

    private readonly Lock _countsLock = new();
    private readonly Dictionary<uint, int> _counts = [];
    private readonly LocalGate _gate = LocalGate.At(path);
    private readonly SemaphoreSlim _room = new(MostConnections);

    /// <summary>Makes the socket, or on Windows the pipe.</summary>
    public void Open() => _gate.Open();

    /// <summary>Serves until stopped; then returns when the last answers are written.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await AcceptAsync(stoppingToken).ConfigureAwait(false);
        }
        finally
        {
            await SayFarewellAsync().ConfigureAwait(false);
        }
    }

    private async Task AcceptAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _room.WaitAsync(stoppingToken).ConfigureAwait(false);
            try
            {
                var caller = await _gate.AcceptAsync(stoppingToken).ConfigureAwait(false);

                // Owned by its own end: it frees its place, logs what it must and never throws.
                _ = ServeAsync(caller, stoppingToken);
            }
            catch (Exception failure) when (failure is SocketException or IOException)
            {
                // No descriptors, most likely: those in use are freed as their callers end.
                Release();
                log.Error($"{path} cannot take a caller: {failure.Message}; trying again in a second");
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken).ConfigureAwait(false);
            }
        }
    }

    // Whoever asked the worker to stop is answered before it has: every place is taken once nobody is being served. One is the accept loop's own.
    private async Task SayFarewellAsync()
    {
        using var patience = new CancellationTokenSource(FarewellPatience, clock);
        try
        {
            for (var place = 1; place < MostConnections; place++)
            {
                await _room.WaitAsync(patience.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Somebody does not read: the worker ends all the same.
        }
    }

    public void Dispose()
    {
        _gate.Dispose();
        _room.Dispose();
    }

    private async Task ServeAsync(LocalCaller caller, CancellationToken stoppingToken)
    {
        try
        {
            await using (caller.ConfigureAwait(false))
            {
                await AnswerAsync(caller, caller.Stream, stoppingToken).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The caller left, or the worker ends.
        }
        catch (Exception failure)
        {
            // One caller's request must not end the worker; what went wrong is a bug to report.
            log.Error($"local request failed: {failure}");
        }
        finally
        {
            Release();
        }
    }

    private void Release()
    {
        try
        {
            _room.Release();
        }
        catch (ObjectDisposedException)
        {
            // The listener ended first.
        }
    }

    private async Task AnswerAsync(LocalCaller caller, Stream stream, CancellationToken stoppingToken)
    {
        try
        {
            using var place = TakePlace(caller.Counted);
            var request = new RequestReader(stream);
            if (await ReadHeadAsync(request, stoppingToken).ConfigureAwait(false) is not { } head)
            {
                return;
            }

            var peer = caller.Peer();
            if (head is { Method: "POST", Path: ApiRoutes.LocalWorkerLoan })
            {
                var door = loans ?? throw new BadRequestException(404, "this machine is not in dual mode: 'sudo quern worker mode dual' makes it so");
                await door.ServeAsync(head, request, stream, peer, stoppingToken).ConfigureAwait(false);
                return;
            }

            if (head.Path.StartsWith("/worker/", StringComparison.Ordinal))
            {
                var json = head is { Method: "POST", Path: ApiRoutes.LocalWorkerEnvironment }
                    ? await EnvironmentAsync(head, request, stoppingToken).ConfigureAwait(false)
                    : JsonSerializer.SerializeToUtf8Bytes(await OwnAsync(head, peer, stoppingToken).ConfigureAwait(false), ApiJson.Default.WorkerStatusReply);
                await WriteAsync(stream, 200, json, CancellationToken.None).ConfigureAwait(false);
                return;
            }

            if (!head.Path.StartsWith("/api/", StringComparison.Ordinal))
            {
                throw new BadRequestException(404, $"there is no {head.Path} on a worker's socket");
            }

            await passThrough.RunAsync(head, request, stream, VouchFor(peer), stoppingToken).ConfigureAwait(false);
        }
        catch (BadRequestException refusal)
        {
            var problem = JsonSerializer.SerializeToUtf8Bytes(new ProblemReply { Error = refusal.Message }, ApiJson.Default.ProblemReply);
            await WriteAsync(stream, refusal.Status, problem, stoppingToken).ConfigureAwait(false);
            await LingerAsync(caller, stream, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads on for a moment: a caller in the middle of sending too much would meet a broken pipe before it reads the answer.</summary>
    private async Task LingerAsync(LocalCaller caller, Stream stream, CancellationToken stoppingToken)
    {
        caller.EndSending();
        using var patience = new CancellationTokenSource(LingerPatience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stoppingToken);
        var nowhere = new byte[16 * 1024];
        while (await stream.ReadAsync(nowhere, either.Token).ConfigureAwait(false) > 0)
        {
            // Thrown away.
        }
    }

    private async Task<HttpHead?> ReadHeadAsync(RequestReader request, CancellationToken stoppingToken)
    {
        using var patience = new CancellationTokenSource(HeadPatience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stoppingToken);
        try
        {
            return await request.ReadHeadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !stoppingToken.IsCancellationRequested)
        {
            throw new BadRequestException(408, $"the request's head did not come in {HeadPatience.TotalSeconds:0} s");
        }
    }

    /// <summary>One account cannot take the socket from the others.</summary>
    private Place TakePlace(uint uid)
    {
        lock (_countsLock)
        {
            var count = _counts.GetValueOrDefault(uid);
            if (count >= MostConnectionsOfOne)
            {
                throw new BadRequestException(503, $"uid {uid} already has {count} connections to this worker: close some and try again");
            }

            _counts[uid] = count + 1;
            return new Place(this, uid);
        }
    }

    private void LeavePlace(uint uid)
    {
        lock (_countsLock)
        {
            if (--_counts[uid] == 0)
            {
                _counts.Remove(uid);
            }
        }
    }

    private sealed class Place(LocalListener listener, uint uid) : IDisposable
    {
        public void Dispose() => listener.LeavePlace(uid);
    }

    /// <summary>The name this worker vouches for.</summary>
    private string VouchFor(PeerCredentials peer)
    {
        if (door.IsDesktop && peer.Uid != door.OwnerUid)
        {
            throw new BadRequestException(403, $"this is the desktop worker of {door.Owner} on {door.Host} and vouches for {door.Owner} only: use 'qblogin', or the socket of a service worker or supervisor");
        }

        var name = peer.Account ?? door.NameOf(peer.Uid) ?? throw new BadRequestException(403, $"uid {peer.Uid} has no account name on {door.Host}: see 'getent passwd {peer.Uid}'");
        return name.Length is > 0 and <= 256 && name.All(c => c is > ' ' and < '\x7f')
            ? name
            : throw new BadRequestException(403, $"the account name of uid {peer.Uid} on {door.Host} has characters that a farm's user cannot have");
    }

    private async Task<byte[]> EnvironmentAsync(HttpHead head, RequestReader request, CancellationToken token)
    {
        if (head.Body != BodyKind.Length || head.BodyLength > MostBody)
        {
            throw new BadRequestException(413, $"the question is larger than {MostBody / 1024 / 1024} MiB or has no length");
        }

        using var body = new MemoryStream();
        using var patience = new CancellationTokenSource(HeadPatience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, token);
        await request.CopyBodyAsync(head, body, either.Token).ConfigureAwait(false);
        WorkerEnvironmentRequest? question;
        try
        {
            question = JsonSerializer.Deserialize(body.ToArray(), ApiJson.Default.WorkerEnvironmentRequest);
        }
        catch (JsonException failure)
        {
            throw new BadRequestException(400, $"the question is not understood: {failure.Message}");
        }

        if (question is not { User.Length: > 0, JobName: not null, Env: not null, Flags: not null, Cwd: not null, EnvProfile: not null })
        {
            throw new BadRequestException(400, "the question names no user, or leaves out what it must have");
        }

        return JsonSerializer.SerializeToUtf8Bytes(await worker.EnvironmentAsync(question, token).ConfigureAwait(false), ApiJson.Default.WorkerEnvironmentReply);
    }

    private Task<WorkerStatusReply> OwnAsync(HttpHead head, PeerCredentials peer, CancellationToken token)
    {
        switch (head.Method, head.Path)
        {
            case ("GET", ApiRoutes.LocalWorkerStatus):
                return worker.StatusAsync(token);
            case ("POST", ApiRoutes.LocalWorkerStop):
                if (peer.Uid != 0 && peer.Uid != door.OwnerUid)
                {
                    throw new BadRequestException(403, door.OwnerUid == 0 ? $"only {Root} may stop this worker" : $"only {Root} and {door.Owner} may stop this worker");
                }

                return head.Target.Split('?', 2) switch
                {
                    // Not the worker's own token: what is asked for here is what cancels it.
                    [_, "how=drain"] => worker.StopAsync(kill: false, CancellationToken.None),
                    [_, "how=kill"] => worker.StopAsync(kill: true, CancellationToken.None),
                    _ => throw new BadRequestException(400, "say how to stop: how=drain or how=kill"),
                };
            default:
                throw new BadRequestException(404, $"there is no {head.Method} {head.Path} on a worker's socket");
        }
    }

    private static string Root => OperatingSystem.IsWindows() ? "an administrator" : "root";

    private static async Task WriteAsync(Stream stream, int status, byte[] json, CancellationToken token)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status} {Reason(status)}\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\nConnection: close\r\n\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), token).ConfigureAwait(false);
        await stream.WriteAsync(json, token).ConfigureAwait(false);
    }

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        409 => "Conflict",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        502 => "Bad Gateway",
        _ => "Error",
    };
}
