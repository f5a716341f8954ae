using System.Net.Security;
using System.Net.Sockets;
using Quern.Protocol.Link;
using Quern.Worker.Link;

namespace Quern.Worker.Local;

/// <summary>Opens a connection to the supervisor's API in the worker's own name. The server name makes the supervisor ask for its certificate.</summary>
internal sealed class SupervisorDialer(Func<SupervisorAddress> address, Func<WorkerIdentity> identity)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <exception cref="BadRequestException">502 with the reason.</exception>
    public async Task<Stream> OpenAsync(CancellationToken token)
    {
        var target = address();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(token);
        patience.CancelAfter(Patience);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target.Host, target.Port, patience.Token).ConfigureAwait(false);
            var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
            var own = identity();
            var options = FarmTls.Options(own.Authority, own.Certificate, LinkLimits.ServerName);
            options.ApplicationProtocols = [SslApplicationProtocol.Http11];
            await tls.AuthenticateAsClientAsync(options, patience.Token).ConfigureAwait(false);
            return tls;
        }
        catch (Exception failure)
        {
            socket.Dispose();
            if (token.IsCancellationRequested)
            {
                throw;
            }

            var why = failure is OperationCanceledException ? $"no answer in {Patience.TotalSeconds:0} s" : failure.Message;
            throw new BadRequestException(502, $"the supervisor at {target} cannot be reached from this host: {why}; try again when it is back");
        }
    }
}
