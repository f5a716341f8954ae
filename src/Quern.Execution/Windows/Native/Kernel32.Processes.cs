using System.Runtime.InteropServices;

namespace Quern.Execution.Windows.Native;

/// <summary>Starting and looking at processes (Win32 API reference: Processes and Threads).</summary>
internal static unsafe partial class Kernel32
{
    internal const uint CREATE_NEW_PROCESS_GROUP = 0x0000_0200;
    internal const uint CREATE_UNICODE_ENVIRONMENT = 0x0000_0400;
    internal const uint EXTENDED_STARTUPINFO_PRESENT = 0x0008_0000;
    internal const uint CREATE_NO_WINDOW = 0x0800_0000;
    internal const uint STARTF_USESTDHANDLES = 0x0000_0100;
    internal const nuint PROC_THREAD_ATTRIBUTE_HANDLE_LIST = 0x0002_0002;
    internal const nuint PROC_THREAD_ATTRIBUTE_JOB_LIST = 0x0002_000D;
    internal const uint CTRL_BREAK_EVENT = 1;

    [StructLayout(LayoutKind.Sequential)]
    internal struct STARTUPINFOEXW
    {
        internal uint cb;
        internal char* lpReserved;
        internal char* lpDesktop;
        internal char* lpTitle;
        internal uint dwX;
        internal uint dwY;
        internal uint dwXSize;
        internal uint dwYSize;
        internal uint dwXCountChars;
        internal uint dwYCountChars;
        internal uint dwFillAttribute;
        internal uint dwFlags;
        internal ushort wShowWindow;
        internal ushort cbReserved2;
        internal byte* lpReserved2;
        internal nint hStdInput;
        internal nint hStdOutput;
        internal nint hStdError;
        internal void* lpAttributeList;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PROCESS_INFORMATION
    {
        internal nint hProcess;
        internal nint hThread;
        internal int dwProcessId;
        internal int dwThreadId;
    }

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool InitializeProcThreadAttributeList(void* lpAttributeList, uint dwAttributeCount, uint dwFlags, nuint* lpSize);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool UpdateProcThreadAttribute(void* lpAttributeList, uint dwFlags, nuint attribute, void* lpValue, nuint cbSize, nint lpPreviousValue, nint lpReturnSize);

    [LibraryImport(Library)]
    internal static partial void DeleteProcThreadAttributeList(void* lpAttributeList);

    [LibraryImport(Library, SetLastError = true, EntryPoint = "CreateProcessW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CreateProcess(char* lpApplicationName, char* lpCommandLine, nint lpProcessAttributes, nint lpThreadAttributes, int bInheritHandles, uint dwCreationFlags, char* lpEnvironment, char* lpCurrentDirectory, STARTUPINFOEXW* lpStartupInfo, PROCESS_INFORMATION* lpProcessInformation);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetExitCodeProcess(nint hProcess, uint* lpExitCode);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool TerminateProcess(nint hProcess, uint uExitCode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint OpenProcess(uint dwDesiredAccess, int bInheritHandle, int dwProcessId);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetProcessTimes(nint hProcess, long* lpCreationTime, long* lpExitTime, long* lpKernelTime, long* lpUserTime);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetPriorityClass(nint hProcess, uint dwPriorityClass);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool FreeConsole();

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GenerateConsoleCtrlEvent(uint dwCtrlEvent, int dwProcessGroupId);
}
