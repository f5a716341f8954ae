using Quern.Execution.Mac.Native;

namespace Quern.Execution.Native;

/// <summary>Local sockets, closed on exec; sending to one whose other end is gone raises no signal.</summary>
internal static unsafe partial class Posix
{
    private const int MacPathBytes = 104;

    /// <summary>How many bytes a socket's path may have.</summary>
    internal static int SocketPathBytes => OperatingSystem.IsMacOS() ? MacPathBytes - 1 : 107;

    /// <summary>False with errno.</summary>
    internal static bool SocketPair(int* pair)
    {
        if (!OperatingSystem.IsMacOS())
        {
            return LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, pair) == 0;
        }

        return LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM, 0, pair) == 0 && Settle(pair[0]) >= 0 && Settle(pair[1]) >= 0;
    }

    /// <summary>-1 with errno.</summary>
    internal static int Socket() => OperatingSystem.IsMacOS()
        ? Settle(LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM, 0))
        : LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);

    /// <summary>Who waits at the listener; -1 with errno.</summary>
    internal static int Accept(int listener) => OperatingSystem.IsMacOS()
        ? Settle(LibSystem.accept(listener, null, null))
        : LibC.accept4(listener, null, null, LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK);

    /// <param name="waits">Until all of it is taken; else what is taken now.</param>
    internal static nint Send(int socket, byte* bytes, nint length, bool waits) => LibC.send(socket, bytes, (nuint)length, Flags(waits));

    /// <summary>What is there now; -1 with errno when nothing is.</summary>
    internal static nint Receive(int socket, byte* room, int length) => LibC.recv(socket, room, (nuint)length, OperatingSystem.IsMacOS() ? LibSystem.MSG_DONTWAIT : LibC.MSG_DONTWAIT);

    /// <summary>As <see cref="Send"/> without waiting, and a copy of <paramref name="sent"/> goes along with the first byte.</summary>
    internal static nint SendWithDescriptor(int socket, byte* bytes, nint length, int sent)
    {
        if (!OperatingSystem.IsMacOS())
        {
            return LibC.SendWithDescriptor(socket, bytes, (nuint)length, sent, Flags(waits: false));
        }

        var control = new LibSystem.DescriptorMessage { Length = (uint)sizeof(LibSystem.DescriptorMessage), Level = LibSystem.SOL_SOCKET, Type = LibSystem.SCM_RIGHTS, Descriptor = sent };
        var data = stackalloc byte*[2] { bytes, (byte*)length };
        var message = new LibSystem.Message { Buffers = data, BufferCount = 1, Control = &control, ControlLength = (uint)sizeof(LibSystem.DescriptorMessage) };
        return LibSystem.sendmsg(socket, &message, Flags(waits: false));
    }

    /// <summary>Waits for bytes; <paramref name="received"/> is the descriptor that came along (closed on exec), -1 when none did.</summary>
    internal static nint ReceiveWithDescriptor(int socket, byte* room, int length, out int received)
    {
        if (!OperatingSystem.IsMacOS())
        {
            return LibC.ReceiveWithDescriptor(socket, room, (nuint)length, out received);
        }

        LibSystem.DescriptorMessage control;
        var data = stackalloc byte*[2] { room, (byte*)(nint)length };
        var message = new LibSystem.Message { Buffers = data, BufferCount = 1, Control = &control, ControlLength = (uint)sizeof(LibSystem.DescriptorMessage) };
        var count = LibSystem.recvmsg(socket, &message, 0);
        received = count > 0 && message.ControlLength > 0 && control is { Level: LibSystem.SOL_SOCKET, Type: LibSystem.SCM_RIGHTS } ? control.Descriptor : -1;
        _ = received >= 0 && Keep(received);
        return count;
    }

    /// <summary>sockaddr_un of a path; on Linux of an abstract name too, when it begins with '@'. Returns its length; 0 when the system has no such name.</summary>
    internal static uint Address(string path, Span<byte> address) => OperatingSystem.IsMacOS() ? MacAddress(path, address) : LibC.UnixAddress(path, address);

    /// <summary>unix(4): length, family, path. There are no abstract names.</summary>
    internal static uint MacAddress(string path, Span<byte> address)
    {
        address.Clear();
        var length = System.Text.Encoding.UTF8.GetByteCount(path);
        if (length is 0 or >= MacPathBytes || path[0] == '@')
        {
            return 0;
        }

        _ = System.Text.Encoding.UTF8.GetBytes(path, address[2..]);
        address[0] = (byte)(2 + length + 1);
        address[1] = LibC.AF_UNIX;
        return address[0];
    }

    /// <summary>Who is at the other end, as the kernel says; null when it cannot.</summary>
    internal static LibC.PeerCredentials? Peer(int descriptor)
    {
        if (!OperatingSystem.IsMacOS())
        {
            return LibC.Peer(descriptor);
        }

        var peer = default(LibC.PeerCredentials);
        uint length = sizeof(int);
        return LibSystem.getpeereid(descriptor, &peer.Uid, &peer.Gid) == 0 && LibC.getsockopt(descriptor, LibSystem.SOL_LOCAL, LibSystem.LOCAL_PEERPID, &peer.Pid, &length) == 0 ? peer : null;
    }

    private static int Flags(bool waits) => OperatingSystem.IsMacOS() ? (waits ? 0 : LibSystem.MSG_DONTWAIT) : LibC.MSG_NOSIGNAL | (waits ? 0 : LibC.MSG_DONTWAIT);

    /// <summary>What other systems say when they make a socket, here after it.</summary>
    private static int Settle(int socket)
    {
        int one = 1;
        _ = socket >= 0 && Keep(socket) && LibSystem.setsockopt(socket, LibSystem.SOL_SOCKET, LibSystem.SO_NOSIGPIPE, &one, sizeof(int)) == 0;
        return socket;
    }
}
