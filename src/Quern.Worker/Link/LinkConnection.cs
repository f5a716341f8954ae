using System.Net.Sockets;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using Quern.Protocol.Link;

namespace Quern.Worker.Link;

/// <summary>
/// One connection to the supervisor: a TCP connection, TLS, one HTTP/2 stream. What is sent is queued here (the core has few reports in flight, so the
/// queue is small) and written by one task.
/// </summary>
internal sealed class LinkConnection : IDisposable
{
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<WorkerMessage, SupervisorMessage> _call;
    private readonly CancellationTokenSource _close;
    private readonly Channel<WorkerMessage> _outbox = Channel.CreateUnbounded<WorkerMessage>(new UnboundedChannelOptions { SingleReader = true });

    public LinkConnection(SupervisorAddress address, WorkerIdentity identity, CancellationToken stoppingToken)
    {
        _close = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var handler = new SocketsHttpHandler
        {
            SslOptions = FarmTls.Options(identity.Authority, identity.Certificate, LinkLimits.ServerName),
            ConnectCallback = (_, token) => DialAsync(address, token),
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            UseCookies = false,
        };

        // The name in the address becomes the SNI; where the connection goes is the callback's matter.
        _channel = GrpcChannel.ForAddress($"https://{LinkLimits.ServerName}:{address.Port}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = LinkLimits.MessageBytes,
            MaxSendMessageSize = LinkLimits.MessageBytes,
        });
        _call = new WorkerLink.WorkerLinkClient(_channel).Connect(cancellationToken: _close.Token);
    }

    /// <summary>Queues a message. Never waits; after the end of the connection it goes nowhere (what matters is sent again on the next).</summary>
    public void Send(WorkerMessage message) => _outbox.Writer.TryWrite(message);

    /// <summary>Ends the connection; <see cref="RunAsync"/> returns. May be called after its end: the loop hears of that a turn later.</summary>
    public void Close()
    {
        try
        {
            _close.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself meanwhile, which is what was wanted.
        }
    }

    /// <summary>Reads until the connection ends.</summary>
    /// <returns>Why it ended, for people; empty when it was closed from here.</returns>
    public async Task<string> RunAsync(Func<SupervisorMessage, ValueTask> received)
    {
        var writing = WriteAsync();
        try
        {
            while (await _call.ResponseStream.MoveNext(_close.Token).ConfigureAwait(false))
            {
                await received(_call.ResponseStream.Current).ConfigureAwait(false);
            }

            return "the supervisor closed the connection";
        }
        catch (Exception failure) when (_close.IsCancellationRequested && failure is RpcException or OperationCanceledException)
        {
            return "";
        }
        catch (RpcException failure)
        {
            return Why(failure);
        }
        finally
        {
            _outbox.Writer.TryComplete();
            await _close.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _call.Dispose();
        _channel.Dispose();
        _close.Dispose();
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var message in _outbox.Reader.ReadAllAsync(_close.Token).ConfigureAwait(false))
            {
                await _call.RequestStream.WriteAsync(message, _close.Token).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is RpcException or OperationCanceledException or InvalidOperationException)
        {
            // The reader meets the same end and says why.
        }
    }

    private static async ValueTask<Stream> DialAsync(SupervisorAddress address, CancellationToken token)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The innermost cause says most: "Connection refused" rather than "Error starting gRPC call".</summary>
    private static string Why(RpcException failure)
    {
        Exception cause = failure;
        for (var next = failure.Status.DebugException; next is not null; next = next.InnerException)
        {
            cause = next;
        }

        return ReferenceEquals(cause, failure) ? $"{failure.StatusCode}: {failure.Status.Detail}" : cause.Message;
    }
}
