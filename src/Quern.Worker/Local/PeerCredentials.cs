using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Quern.Worker.Local;

/// <summary>Who is at the other end of a local socket, by the kernel's word.</summary>
/// <param name="Account">Name of the account where the system told it at once; null where it is known by its uid.</param>
internal readonly record struct PeerCredentials(int Pid, uint Uid, uint Gid, string? Account = null)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    public static PeerCredentials Of(Socket socket)
    {
        if (OperatingSystem.IsMacOS())
        {
            return Execution.Mac.MacPeer.Of(socket) is var (pid, uid, gid) ? new PeerCredentials(pid, uid, gid) : throw new SocketException((int)SocketError.OperationNotSupported);
        }

        Span<int> credentials = stackalloc int[3];
        var length = socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return length == 3 * sizeof(int)
            ? new PeerCredentials(credentials[0], (uint)credentials[1], (uint)credentials[2])
            : throw new SocketException((int)SocketError.OperationNotSupported);
    }
}
