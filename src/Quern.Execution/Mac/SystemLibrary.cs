using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Quern.Execution.Mac.Native;
using Quern.Execution.Native;

namespace Quern.Execution.Mac;

/// <summary>The calls that both systems have alike are declared once, under the name of Linux's C library; on macOS that name stands for its own.</summary>
public static class SystemLibrary
{
    private const string LinuxName = "libc.so.6";

    /// <summary>To be called once, before any other call into this assembly.</summary>
    [SupportedOSPlatform("macos")]
    public static void Prepare() => NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        LinuxName => NativeLibrary.Load(LibSystem.Library),
        Pam.Library when NativeLibrary.TryLoad(Pam.MacLibrary, out var library) => library,
        _ => 0,
    };
}
