using System.Runtime.InteropServices;

namespace Quern.Execution.Windows.Native;

/// <summary>Network drives (Win32 API reference: Windows Networking).</summary>
internal static unsafe partial class Mpr
{
    internal const uint RESOURCETYPE_DISK = 1;
    private const string Library = "mpr.dll";

    [StructLayout(LayoutKind.Sequential)]
    internal struct NETRESOURCEW
    {
        internal uint dwScope;
        internal uint dwType;
        internal uint dwDisplayType;
        internal uint dwUsage;
        internal char* lpLocalName;
        internal char* lpRemoteName;
        internal char* lpComment;
        internal char* lpProvider;
    }

    [LibraryImport(Library, EntryPoint = "WNetAddConnection2W")]
    internal static partial int WNetAddConnection2(NETRESOURCEW* lpNetResource, char* lpPassword, char* lpUserName, uint dwFlags);

    [LibraryImport(Library, EntryPoint = "WNetCancelConnection2W", StringMarshalling = StringMarshalling.Utf16)]
    internal static partial int WNetCancelConnection2(string lpName, uint dwFlags, int fForce);
}
