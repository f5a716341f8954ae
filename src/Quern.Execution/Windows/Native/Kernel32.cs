using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Quern.Execution.Windows.Native;

/// <summary>kernel32 by its documented names (Win32 API reference). What a call returns is documented there; errors are <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static unsafe partial class Kernel32
{
    internal const uint INFINITE = 0xFFFFFFFF;
    internal const uint WAIT_OBJECT_0 = 0;
    internal const uint SYNCHRONIZE = 0x0010_0000;
    internal const uint PROCESS_TERMINATE = 0x0001;
    internal const uint PROCESS_SUSPEND_RESUME = 0x0800;
    internal const uint PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
    internal const uint FILE_APPEND_DATA = 0x0004;
    internal const uint GENERIC_READ = 0x8000_0000;
    internal const uint GENERIC_WRITE = 0x4000_0000;
    internal const uint FILE_SHARE_ALL = 0x7;
    internal const uint OPEN_EXISTING = 3;
    internal const uint FILE_FLAG_OPEN_REPARSE_POINT = 0x0020_0000;
    internal const nint INVALID_HANDLE_VALUE = -1;
    private const string Library = "kernel32.dll";

    [StructLayout(LayoutKind.Sequential)]
    internal struct SECURITY_ATTRIBUTES
    {
        internal uint nLength;
        internal nint lpSecurityDescriptor;
        internal int bInheritHandle;

        /// <summary>A handle that children may get; the default security.</summary>
        internal static SECURITY_ATTRIBUTES Inheritable => new() { nLength = (uint)sizeof(SECURITY_ATTRIBUTES), bInheritHandle = 1 };
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct MEMORYSTATUSEX
    {
        internal uint dwLength;
        internal uint dwMemoryLoad;
        internal ulong ullTotalPhys;
        internal ulong ullAvailPhys;
        internal ulong ullTotalPageFile;
        internal ulong ullAvailPageFile;
        internal ulong ullTotalVirtual;
        internal ulong ullAvailVirtual;
        internal ulong ullAvailExtendedVirtual;
    }

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GlobalMemoryStatusEx(MEMORYSTATUSEX* lpBuffer);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CloseHandle(nint hObject);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial uint WaitForSingleObject(nint hHandle, uint dwMilliseconds);

    [LibraryImport(Library, SetLastError = true, EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16)]
    internal static partial nint CreateFile(string lpFileName, uint dwDesiredAccess, uint dwShareMode, SECURITY_ATTRIBUTES* lpSecurityAttributes, uint dwCreationDisposition, uint dwFlagsAndAttributes, nint hTemplateFile);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool ReadFile(nint hFile, byte* lpBuffer, uint nNumberOfBytesToRead, uint* lpNumberOfBytesRead, nint lpOverlapped);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool WriteFile(nint hFile, byte* lpBuffer, uint nNumberOfBytesToWrite, uint* lpNumberOfBytesWritten, nint lpOverlapped);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CreatePipe(nint* hReadPipe, nint* hWritePipe, SECURITY_ATTRIBUTES* lpPipeAttributes, uint nSize);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetNamedPipeClientProcessId(SafePipeHandle pipe, uint* clientProcessId);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetHandleInformation(nint hObject, uint dwMask, uint dwFlags);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetHandleInformation(nint hObject, uint* lpdwFlags);

    [LibraryImport(Library, SetLastError = true, EntryPoint = "CreateEventW")]
    internal static partial nint CreateEvent(SECURITY_ATTRIBUTES* lpEventAttributes, int bManualReset, int bInitialState, nint lpName);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool SetEvent(nint hEvent);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool DeviceIoControl(SafeFileHandle hDevice, uint dwIoControlCode, void* lpInBuffer, uint nInBufferSize, void* lpOutBuffer, uint nOutBufferSize, uint* lpBytesReturned, nint lpOverlapped);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint CreateIoCompletionPort(nint fileHandle, nint existingCompletionPort, nuint completionKey, uint numberOfConcurrentThreads);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetQueuedCompletionStatus(nint completionPort, uint* lpNumberOfBytesTransferred, nuint* lpCompletionKey, nint* lpOverlapped, uint dwMilliseconds);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool PostQueuedCompletionStatus(nint completionPort, uint dwNumberOfBytesTransferred, nuint dwCompletionKey, nint lpOverlapped);

    /// <summary>The text of an error, without its full stop, and its number.</summary>
    internal static string ErrorText(int error) => $"{Marshal.GetPInvokeErrorMessage(error).TrimEnd('.', ' ', '\r', '\n')} (error {error})";
}
