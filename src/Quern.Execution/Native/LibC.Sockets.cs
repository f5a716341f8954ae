using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

/// <summary>Local sockets.</summary>
internal static unsafe partial class LibC
{
    internal const int AF_UNIX = 1, SOCK_STREAM = 1, SOCK_CLOEXEC = 0x80000, SOCK_NONBLOCK = 0x800;
    internal const int SOL_SOCKET = 1, SO_PEERCRED = 17, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000;
    private const int AddressLength = 110;

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
