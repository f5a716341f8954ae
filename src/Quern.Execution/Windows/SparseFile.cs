using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>Gives parts of a file back to the disk (Source: FSCTL_SET_SPARSE, FSCTL_SET_ZERO_DATA, Win32 API reference).</summary>
[SupportedOSPlatform("windows")]
internal static unsafe class SparseFile
{
    private const uint FSCTL_SET_SPARSE = 0x0009_00C4;
    private const uint FSCTL_SET_ZERO_DATA = 0x0009_80C8;

    /// <summary>A file system that cannot keeps it.</summary>
    internal static void Punch(SafeFileHandle file, long from, long to)
    {
        uint count;
        var range = stackalloc long[2] { from, to };
        _ = Kernel32.DeviceIoControl(file, FSCTL_SET_SPARSE, null, 0, null, 0, &count, 0)
            && Kernel32.DeviceIoControl(file, FSCTL_SET_ZERO_DATA, range, 2 * sizeof(long), null, 0, &count, 0);
    }
}
