using System.Net.Sockets;

namespace Quern.Configuration;

/// <summary>Tells systemd that a program serves (<c>Type=notify</c>), so that what is ordered after it finds it ready. Elsewhere it does nothing.</summary>
public static class ServiceNotice
{
    // Source: sd_notify(3): one datagram to the socket that NOTIFY_SOCKET names; '@' stands for the NUL of an abstract name.
    public static void Ready()
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } path)
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo("READY=1"u8, new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        }
        catch (SocketException)
        {
            // Whoever started it does not listen: systemd gives up on the start by itself and says so.
        }
    }
}
