using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Quern.Execution.Windows.Native;

/// <summary>Tokens and processes under them (Win32 API reference: Authorization, CreateProcessAsUserW).</summary>
internal static unsafe partial class Advapi32
{
    internal const uint TOKEN_ASSIGN_PRIMARY = 0x0001;
    internal const uint TOKEN_DUPLICATE = 0x0002;
    internal const uint TOKEN_IMPERSONATE = 0x0004;
    internal const uint TOKEN_QUERY = 0x0008;
    internal const uint TOKEN_ADJUST_PRIVILEGES = 0x0020;
    internal const uint TOKEN_ADJUST_DEFAULT = 0x0080;
    internal const uint TOKEN_ADJUST_SESSIONID = 0x0100;
    internal const int SecurityImpersonation = 2;
    internal const int TokenPrimary = 1;
    internal const uint SE_PRIVILEGE_ENABLED = 0x2;
    internal const int ERROR_NOT_ALL_ASSIGNED = 1300;
    private const string Library = "advapi32.dll";

    [StructLayout(LayoutKind.Sequential)]
    internal struct TOKEN_PRIVILEGE
    {
        internal uint PrivilegeCount;
        internal uint LuidLow;
        internal int LuidHigh;
        internal uint Attributes;
    }

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool OpenProcessToken(nint processHandle, uint desiredAccess, nint* tokenHandle);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool DuplicateTokenEx(nint hExistingToken, uint dwDesiredAccess, nint lpTokenAttributes, int impersonationLevel, int tokenType, nint* phNewToken);

    [LibraryImport(Library, SetLastError = true, EntryPoint = "LookupPrivilegeValueW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool LookupPrivilegeValue(string? lpSystemName, string lpName, ulong* lpLuid);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool AdjustTokenPrivileges(nint tokenHandle, int disableAllPrivileges, TOKEN_PRIVILEGE* newState, uint bufferLength, nint previousState, nint returnLength);

    [LibraryImport(Library, SetLastError = true, EntryPoint = "CreateProcessAsUserW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CreateProcessAsUser(SafeAccessTokenHandle hToken, char* lpApplicationName, char* lpCommandLine, nint lpProcessAttributes, nint lpThreadAttributes, int bInheritHandles, uint dwCreationFlags, char* lpEnvironment, char* lpCurrentDirectory, Kernel32.STARTUPINFOEXW* lpStartupInfo, Kernel32.PROCESS_INFORMATION* lpProcessInformation);
}
