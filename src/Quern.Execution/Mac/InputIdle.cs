using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Quern.Execution.Mac;

/// <summary>How long nobody has touched keyboard or mouse: HIDIdleTime of IOHIDSystem in the registry of IOKit (IOKitLib.h; ioreg(8) shows it).</summary>
[SupportedOSPlatform("macos")]
internal static unsafe partial class InputIdle
{
    private const string IOKit = "/System/Library/Frameworks/IOKit.framework/IOKit";
    private const string CoreFoundation = "/System/Library/Frameworks/CoreFoundation.framework/CoreFoundation";
    private const uint Utf8 = 0x08000100;
    private const nint SignedInt64 = 4;

    /// <summary>Null where the registry does not say.</summary>
    internal static TimeSpan? Time()
    {
        // The first call takes the matching dictionary over.
        var system = IOServiceGetMatchingService(0, IOServiceMatching("IOHIDSystem"));
        if (system == 0)
        {
            return null;
        }

        var key = CFStringCreateWithCString(0, "HIDIdleTime", Utf8);
        var value = IORegistryEntryCreateCFProperty(system, key, 0, 0);
        long nanoseconds = 0;
        var isKnown = value != 0 && CFNumberGetValue(value, SignedInt64, &nanoseconds) != 0;
        if (value != 0)
        {
            CFRelease(value);
        }

        CFRelease(key);
        _ = IOObjectRelease(system);
        return isKnown ? TimeSpan.FromMicroseconds(nanoseconds / 1000) : null;
    }

    [LibraryImport(IOKit, StringMarshalling = StringMarshalling.Utf8)] private static partial nint IOServiceMatching(string name);
    [LibraryImport(IOKit)] private static partial uint IOServiceGetMatchingService(uint port, nint matching);
    [LibraryImport(IOKit)] private static partial nint IORegistryEntryCreateCFProperty(uint entry, nint key, nint allocator, uint options);
    [LibraryImport(IOKit)] private static partial int IOObjectRelease(uint entry);
    [LibraryImport(CoreFoundation, StringMarshalling = StringMarshalling.Utf8)] private static partial nint CFStringCreateWithCString(nint allocator, string text, uint encoding);
    [LibraryImport(CoreFoundation)] private static partial byte CFNumberGetValue(nint number, nint kind, void* value);
    [LibraryImport(CoreFoundation)] private static partial void CFRelease(nint value);
}
