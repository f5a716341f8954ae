using System.Runtime.InteropServices;

namespace Quern.Execution.Mac.Native;

/// <summary>Local sockets: socket(2), unix(4), recv(2).</summary>
internal static unsafe partial class LibSystem
{
    internal const int SOL_SOCKET = 0xFFFF, SO_NOSIGPIPE = 0x1022, MSG_DONTWAIT = 0x80, SCM_RIGHTS = 1;
    internal const int SOL_LOCAL = 0, LOCAL_PEERPID = 2;

    /// <summary>accept(2).</summary>
    [LibraryImport(Library, SetLastError = true)] internal static partial int accept(int descriptor, byte* address, uint* length);

    /// <summary>setsockopt(2).</summary>
    [LibraryImport(Library, SetLastError = true)] internal static partial int setsockopt(int descriptor, int level, int option, void* value, uint length);

    /// <summary>getpeereid(3).</summary>
    [LibraryImport(Library, SetLastError = true)] internal static partial int getpeereid(int descriptor, uint* uid, uint* gid);

    /// <summary>sendmsg(2).</summary>
    [LibraryImport(Library, SetLastError = true)] internal static partial nint sendmsg(int descriptor, Message* message, int flags);

    /// <summary>recvmsg(2).</summary>
    [LibraryImport(Library, SetLastError = true)] internal static partial nint recvmsg(int descriptor, Message* message, int flags);

    /// <summary>struct msghdr of recv(2): count and lengths are 32 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Message
    {
        internal byte* Name;
        internal uint NameLength;
        internal byte** Buffers;
        internal int BufferCount;
        internal DescriptorMessage* Control;
        internal uint ControlLength;
        internal int Flags;
    }

    /// <summary>struct cmsghdr of SCM_RIGHTS with one descriptor; aligned to four bytes, so without padding.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DescriptorMessage
    {
        internal uint Length;
        internal int Level;
        internal int Type;
        internal int Descriptor;
    }
}
