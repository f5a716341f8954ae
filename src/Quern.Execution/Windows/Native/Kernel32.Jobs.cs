using System.Runtime.InteropServices;

namespace Quern.Execution.Windows.Native;

/// <summary>Job objects (Win32 API reference: Job Objects).</summary>
internal static unsafe partial class Kernel32
{
    internal const int JobObjectBasicProcessIdList = 3;
    internal const int JobObjectBasicUIRestrictions = 4;
    internal const int JobObjectAssociateCompletionPortInformation = 7;
    internal const int JobObjectBasicAndIoAccountingInformation = 8;
    internal const int JobObjectExtendedLimitInformation = 9;
    internal const uint JOB_OBJECT_LIMIT_ACTIVE_PROCESS = 0x0008;
    internal const uint JOB_OBJECT_LIMIT_PRIORITY_CLASS = 0x0020;
    internal const uint JOB_OBJECT_LIMIT_JOB_MEMORY = 0x0200;
    internal const uint JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION = 0x0400;
    internal const uint JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000;
    internal const uint JOB_OBJECT_UILIMIT_HANDLES = 0x01;
    internal const uint JOB_OBJECT_UILIMIT_READCLIPBOARD = 0x02;
    internal const uint JOB_OBJECT_UILIMIT_WRITECLIPBOARD = 0x04;
    internal const uint JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS = 0x08;
    internal const uint JOB_OBJECT_UILIMIT_DISPLAYSETTINGS = 0x10;
    internal const uint JOB_OBJECT_UILIMIT_GLOBALATOMS = 0x20;
    internal const uint JOB_OBJECT_UILIMIT_DESKTOP = 0x40;
    internal const uint JOB_OBJECT_UILIMIT_EXITWINDOWS = 0x80;
    internal const int ERROR_MORE_DATA = 234;

    [StructLayout(LayoutKind.Sequential)]
    internal struct JOBOBJECT_BASIC_LIMIT_INFORMATION
    {
        internal long PerProcessUserTimeLimit;
        internal long PerJobUserTimeLimit;
        internal uint LimitFlags;
        internal nuint MinimumWorkingSetSize;
        internal nuint MaximumWorkingSetSize;
        internal uint ActiveProcessLimit;
        internal nuint Affinity;
        internal uint PriorityClass;
        internal uint SchedulingClass;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct IO_COUNTERS
    {
        internal ulong ReadOperationCount;
        internal ulong WriteOperationCount;
        internal ulong OtherOperationCount;
        internal ulong ReadTransferCount;
        internal ulong WriteTransferCount;
        internal ulong OtherTransferCount;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct JOBOBJECT_EXTENDED_LIMIT_INFORMATION
    {
        internal JOBOBJECT_BASIC_LIMIT_INFORMATION BasicLimitInformation;
        internal IO_COUNTERS IoInfo;
        internal nuint ProcessMemoryLimit;
        internal nuint JobMemoryLimit;
        internal nuint PeakProcessMemoryUsed;
        internal nuint PeakJobMemoryUsed;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION
    {
        internal long TotalUserTime;
        internal long TotalKernelTime;
        internal long ThisPeriodTotalUserTime;
        internal long ThisPeriodTotalKernelTime;
        internal uint TotalPageFaultCount;
        internal uint TotalProcesses;
        internal uint ActiveProcesses;
        internal uint TotalTerminatedProcesses;
        internal IO_COUNTERS IoInfo;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct JOBOBJECT_ASSOCIATE_COMPLETION_PORT
    {
        internal nuint CompletionKey;
        internal nint CompletionPort;
    }

    [LibraryImport(Library, SetLastError = true, EntryPoint = "CreateJobObjectW")]
    internal static partial nint CreateJobObject(SECURITY_ATTRIBUTES* lpJobAttributes, nint lpName);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetInformationJobObject(nint hJob, int jobObjectInformationClass, void* lpJobObjectInformation, uint cbJobObjectInformationLength);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool QueryInformationJobObject(nint hJob, int jobObjectInformationClass, void* lpJobObjectInformation, uint cbJobObjectInformationLength, uint* lpReturnLength);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool TerminateJobObject(nint hJob, uint uExitCode);
}
