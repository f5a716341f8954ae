using System.Runtime.InteropServices;

namespace Quern.Execution.Mac.Native;

/// <summary>Processes and the machine: libproc.h, sysctl(3), the Mach calls of mach/mach_host.h.</summary>
internal static unsafe partial class LibSystem
{
    internal const uint PROC_ALL_PIDS = 1;
    internal const int PROC_PIDTBSDINFO = 3, CTL_KERN = 1, KERN_PROCARGS2 = 49;
    internal const uint SZOMB = 5;
    internal const int HOST_VM_INFO64 = 4;

    /// <summary>Words of vm_statistics64 that every version has; the first is free pages, the third inactive ones.</summary>
    internal const int VmStatisticsWords = 38;

    /// <summary>struct proc_bsdinfo of sys/proc_info.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProcessInfo
    {
        internal uint Flags, Status, ExitStatus, Pid, Parent;
        internal uint Uid, Gid, RealUid, RealGid, SavedUid, SavedGid;
        internal uint Reserved;
        internal fixed byte Command[16];
        internal fixed byte Name[32];
        internal uint Files, Group, JobControl, Terminal, TerminalGroup;
        internal int Nice;
        internal ulong StartSeconds, StartMicroseconds;
    }

    [LibraryImport(Library, SetLastError = true)] internal static partial int proc_listpids(uint kind, uint which, int* pids, int bytes);
    [LibraryImport(Library, SetLastError = true)] internal static partial int proc_pidinfo(int pid, int flavor, ulong argument, void* buffer, int bytes);
    [LibraryImport(Library, SetLastError = true)] internal static partial int sysctl(int* name, uint nameLength, void* old, nuint* oldLength, void* fresh, nuint freshLength);
    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)] internal static partial int sysctlbyname(string name, void* old, nuint* oldLength, void* fresh, nuint freshLength);
    [LibraryImport(Library)] internal static partial uint mach_host_self();
    [LibraryImport(Library)] internal static partial int host_statistics64(uint host, int flavor, int* info, uint* count);
    [LibraryImport(Library)] internal static partial int getloadavg(double* loads, int count);
}
