using System.Net.Sockets;

namespace Quern.Worker.Local;

/// <summary>Opens a connection to a program of this machine by the path of its socket.</summary>
internal static class LocalDialer
{
    public static async ValueTask<Stream> OpenAsync(string socketPath, CancellationToken token)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
