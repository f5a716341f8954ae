using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace Quern.Supervisor.Trust;

/// <summary>The other end of a connection, as the kernel or TLS proved it; found once a connection, a feature of it.</summary>
internal sealed class Peer
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>Of the process that connected to the local socket; null on the network.</summary>
    public uint? Uid { get; init; }

    /// <summary>Whose certificate the peer has; null without one.</summary>
    public int? WorkerId => Proof?.WorkerId;

    /// <summary>What that certificate proves; null without one.</summary>
    public WorkerProof? Proof { get; init; }

    public bool IsLocal => Uid is not null;

    /// <summary>Asks the kernel who connected (struct ucred: pid, uid, gid). Null when it does not say.</summary>
    public static Peer? FromSocket(IConnectionSocketFeature? feature)
    {
        if (feature?.Socket is not { AddressFamily: AddressFamily.Unix } socket)
        {
            return null;
        }

        Span<byte> credentials = stackalloc byte[12];
        return socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials) == credentials.Length
            ? new Peer { Uid = BitConverter.ToUInt32(credentials[4..]) }
            : null;
    }
}
