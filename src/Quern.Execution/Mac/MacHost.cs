using System.Runtime.Versioning;
using System.Text;
using Quern.Execution.Hosts;
using Quern.Execution.Mac.Native;

namespace Quern.Execution.Mac;

/// <summary>What macOS says of the machine: sysctl(3), and the Mach calls that vm_stat(1) uses. Thread-safe.</summary>
[SupportedOSPlatform("macos")]
public static unsafe class MacHost
{
    /// <summary>As in "Apple M2 Pro"; null where the kernel does not say.</summary>
    public static string? ProcessorModel => Text("machdep.cpu.brand_string");

    /// <summary>As in "15.1".</summary>
    public static string? SystemVersion => Text("kern.osproductversion");

    /// <summary>Bytes that could be had now: free and inactive pages; 0 where it cannot be told.</summary>
    public static long AvailableMemoryBytes()
    {
        var words = stackalloc int[LibSystem.VmStatisticsWords];
        uint count = LibSystem.VmStatisticsWords;
        return LibSystem.host_statistics64(LibSystem.mach_host_self(), LibSystem.HOST_VM_INFO64, words, &count) == 0
            ? AvailablePages(new ReadOnlySpan<int>(words, LibSystem.VmStatisticsWords)) * Environment.SystemPageSize
            : 0;
    }

    /// <summary>Null where it cannot be told.</summary>
    public static LoadAverages? Load()
    {
        var loads = stackalloc double[3];
        return LibSystem.getloadavg(loads, 3) == 3 ? new LoadAverages(loads[0], loads[1], loads[2]) : null;
    }

    /// <summary>Of vm_statistics64: free_count and inactive_count.</summary>
    internal static long AvailablePages(ReadOnlySpan<int> words) => (long)(uint)words[0] + (uint)words[2];

    private static string? Text(string name)
    {
        var buffer = stackalloc byte[256];
        nuint length = 256;
        return LibSystem.sysctlbyname(name, buffer, &length, null, 0) == 0 && length > 1 ? Encoding.UTF8.GetString(buffer, (int)length - 1) : null;
    }
}
