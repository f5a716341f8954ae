using System.Runtime.InteropServices;

namespace Quern.Execution.Windows.Native;

/// <summary>user32 by its documented names (Win32 API reference).</summary>
internal static unsafe partial class User32
{
    private const string Library = "user32.dll";

    [StructLayout(LayoutKind.Sequential)]
    internal struct LASTINPUTINFO
    {
        internal uint cbSize;
        internal uint dwTime;
    }

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetLastInputInfo(LASTINPUTINFO* plii);
}
