using System.Net.Sockets;
using System.Runtime.Versioning;
using Quern.Execution.Native;

namespace Quern.Execution.Mac;

/// <summary>Who is at the other end of a local socket: getpeereid(3), and LOCAL_PEERPID of unix(4).</summary>
[SupportedOSPlatform("macos")]
public static class MacPeer
{
    /// <summary>Null when the kernel cannot say.</summary>
    public static (int Pid, uint Uid, uint Gid)? Of(Socket socket) => Posix.Peer((int)socket.Handle) is { } peer ? (peer.Pid, peer.Uid, peer.Gid) : null;
}
