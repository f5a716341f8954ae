using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Quern.Execution.Windows.Logon;

/// <summary>Accounts, logons and tokens, by the system's own names; each is described under that name in the Windows API documentation.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Advapi
{
    internal const int SidTypeUser = 1, SidTypeComputer = 9;
    internal const int TokenUser = 1, TokenGroups = 2;
    internal const int ErrorInsufficientBuffer = 122;
    private const string Library = "advapi32.dll";

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool LookupAccountNameW(string? system, string name, byte* sid, ref uint sidBytes, char* domain, ref uint domainLength, out int use);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool LookupAccountSidW(string? system, nint sid, char* name, ref uint nameLength, char* domain, ref uint domainLength, out int use);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool ConvertSidToStringSidW(nint sid, out nint text);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool ConvertStringSidToSidW(string text, out nint sid);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool LogonUserW(string name, string? domain, char* password, int kind, int provider, out SafeAccessTokenHandle token);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetTokenInformation(SafeAccessTokenHandle token, int what, byte* buffer, uint bytes, out uint needed);

    [LibraryImport("kernel32.dll")]
    internal static partial nint LocalFree(nint memory);
}

/// <summary>Profiles and environments of accounts; see <see cref="Advapi"/>.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Userenv
{
    /// <summary>PI_NOUI: no message box when the profile is damaged.</summary>
    internal const uint WithoutDialog = 1;
    private const string Library = "userenv.dll";

    [StructLayout(LayoutKind.Sequential)]
    internal struct ProfileInfo
    {
        internal uint Size;
        internal uint Flags;
        internal char* UserName;
        internal char* ProfilePath;
        internal char* DefaultPath;
        internal char* ServerName;
        internal char* PolicyPath;
        internal nint Profile;
    }

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool LoadUserProfileW(SafeAccessTokenHandle token, ProfileInfo* info);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool UnloadUserProfile(SafeAccessTokenHandle token, nint profile);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetUserProfileDirectoryW(SafeAccessTokenHandle token, char* folder, ref uint length);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CreateEnvironmentBlock(out char* block, SafeAccessTokenHandle token, [MarshalAs(UnmanagedType.Bool)] bool inherit);

    [LibraryImport(Library, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool DestroyEnvironmentBlock(char* block);
}
