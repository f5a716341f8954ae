using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

/// <summary>Accounts, groups and identity.</summary>
internal static unsafe partial class LibC
{
    internal const int PR_SET_DUMPABLE = 4, PR_GET_DUMPABLE = 3, PR_CAPBSET_READ = 23, PR_CAPBSET_DROP = 24, PR_SET_CHILD_SUBREAPER = 36;
    internal const int PR_SET_NO_NEW_PRIVS = 38, PR_GET_NO_NEW_PRIVS = 39, PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_CLEAR_ALL = 4;
    internal const int RLIMIT_CORE = 4, RLIMIT_NOFILE = 7;

    [StructLayout(LayoutKind.Sequential)]
    internal struct PasswdEntry
    {
        internal byte* Name;
        internal byte* Password;
        internal uint Uid;
        internal uint Gid;
        internal byte* Comment;
        internal byte* Home;
        internal byte* Shell;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct ShadowEntry
    {
        internal byte* Name;
        internal byte* Password;
        internal nint LastChange, Minimum, Maximum, Warn, Inactive, Expire;
        internal nuint Flag;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct GroupEntry
    {
        internal byte* Name;
        internal byte* Password;
        internal uint Gid;
        internal byte** Members;
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int getpwnam_r(string name, PasswdEntry* entry, byte* buffer, nuint length, PasswdEntry** result);
    [LibraryImport(Library)] internal static partial int getpwuid_r(uint uid, PasswdEntry* entry, byte* buffer, nuint length, PasswdEntry** result);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int getspnam_r(string name, ShadowEntry* entry, byte* buffer, nuint length, ShadowEntry** result);
    [LibraryImport(Library)] internal static partial int getgrgid_r(uint gid, GroupEntry* entry, byte* buffer, nuint length, GroupEntry** result);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int getgrnam_r(string name, GroupEntry* entry, byte* buffer, nuint length, GroupEntry** result);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] internal static partial int getgrouplist(string name, uint gid, uint* groups, int* count);

    [LibraryImport(Library)] internal static partial uint geteuid();
    [LibraryImport(Library)] internal static partial uint getegid();
    [LibraryImport(Library, SetLastError = true)] internal static partial int getgroups(int count, uint* groups);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setgroups(nuint count, uint* groups);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setuid(uint uid);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setgid(uint gid);
    [LibraryImport(Library, SetLastError = true)] internal static partial int seteuid(uint uid);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setresuid(uint real, uint effective, uint saved);
    [LibraryImport(Library, SetLastError = true)] internal static partial int setresgid(uint real, uint effective, uint saved);
    [LibraryImport(Library, SetLastError = true)] internal static partial int getresuid(uint* real, uint* effective, uint* saved);
    [LibraryImport(Library, SetLastError = true)] internal static partial int getresgid(uint* real, uint* effective, uint* saved);
}
