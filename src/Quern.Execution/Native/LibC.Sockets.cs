using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

/// <summary>Local sockets.</summary>
internal static unsafe partial class LibC
{
    internal const int AF_UNIX = 1, SOCK_STREAM = 1, SOCK_CLOEXEC = 0x80000, SOCK_NONBLOCK = 0x800;
    internal const int SOL_SOCKET = 1, SO_PEERCRED = 17, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
    private const int AddressLength = 110, SCM_RIGHTS = 1, MSG_CMSG_CLOEXEC = 0x40000000;

    [StructLayout(LayoutKind.Sequential)]
    internal struct PeerCredentials
    {
        internal int Pid;
        internal uint Uid;
        internal uint Gid;
    }

    [LibraryImport(Library, SetLastError = true)] internal static partial int socketpair(int domain, int type, int protocol, int* pair);
    [LibraryImport(Library, SetLastError = true)] internal static partial int socket(int domain, int type, int protocol);
    [LibraryImport(Library, SetLastError = true)] internal static partial int bind(int descriptor, byte* address, uint length);
    [LibraryImport(Library, SetLastError = true)] internal static partial int listen(int descriptor, int backlog);
    [LibraryImport(Library, SetLastError = true)] internal static partial int accept4(int descriptor, byte* address, uint* length, int flags);
    [LibraryImport(Library, SetLastError = true)] internal static partial int connect(int descriptor, byte* address, uint length);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint send(int descriptor, byte* buffer, nuint length, int flags);
    [LibraryImport(Library, SetLastError = true)] internal static partial nint recv(int descriptor, byte* buffer, nuint length, int flags);
    [LibraryImport(Library, SetLastError = true)] internal static partial int getsockopt(int descriptor, int level, int option, void* value, uint* length);

    [LibraryImport(Library, SetLastError = true)] private static partial nint sendmsg(int descriptor, Message* message, int flags);
    [LibraryImport(Library, SetLastError = true)] private static partial nint recvmsg(int descriptor, Message* message, int flags);

    /// <summary>struct msghdr with one buffer.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        internal byte* Name;
        internal uint NameLength;
        internal byte** Buffers;
        internal nuint BufferCount;
        internal DescriptorMessage* Control;
        internal nuint ControlLength;
        internal int Flags;
    }

    /// <summary>struct cmsghdr of SCM_RIGHTS with one descriptor; the padding that its alignment asks for is counted in the buffer and not in the length.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct DescriptorMessage
    {
        internal nuint Length;
        internal int Level;
        internal int Type;
        internal int Descriptor;
        internal int Padding;
    }

    /// <summary>As send, and a copy of <paramref name="sent"/> goes along with the first byte.</summary>
    internal static nint SendWithDescriptor(int socket, byte* buffer, nuint length, int sent, int flags)
    {
        var control = new DescriptorMessage { Length = (nuint)(sizeof(DescriptorMessage) - sizeof(int)), Level = SOL_SOCKET, Type = SCM_RIGHTS, Descriptor = sent };
        var data = stackalloc byte*[2] { buffer, (byte*)length };
        var message = new Message { Buffers = data, BufferCount = 1, Control = &control, ControlLength = (nuint)sizeof(DescriptorMessage) };
        return sendmsg(socket, &message, flags);
    }

    /// <summary>As recv; <paramref name="received"/> is the descriptor that came along (closed on exec), -1 when none did.</summary>
    internal static nint ReceiveWithDescriptor(int socket, byte* buffer, nuint length, out int received)
    {
        DescriptorMessage control;
        var data = stackalloc byte*[2] { buffer, (byte*)length };
        var message = new Message { Buffers = data, BufferCount = 1, Control = &control, ControlLength = (nuint)sizeof(DescriptorMessage) };
        var count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        received = count > 0 && message.ControlLength > 0 && control is { Level: SOL_SOCKET, Type: SCM_RIGHTS } ? control.Descriptor : -1;
        return count;
    }

    /// <summary>sockaddr_un of a path, or of an abstract name when it begins with '@'. Returns its length; 0 when the path is too long for one (107 bytes).</summary>
    internal static uint UnixAddress(string path, Span<byte> address)
    {
        address.Clear();
        if (address.Length < AddressLength || System.Text.Encoding.UTF8.GetByteCount(path) is 0 or > 107)
        {
            return 0;
        }

        address[0] = AF_UNIX;
        var length = System.Text.Encoding.UTF8.GetBytes(path, address[2..AddressLength]);
        if (path[0] != '@')
        {
            return (uint)(2 + length + 1);
        }

        address[2] = 0;
        return (uint)(2 + length);
    }

    /// <summary>Who is at the other end, as the kernel says; null when it cannot.</summary>
    internal static PeerCredentials? Peer(int descriptor)
    {
        PeerCredentials credentials;
        var length = (uint)sizeof(PeerCredentials);
        return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 ? credentials : null;
    }
}
