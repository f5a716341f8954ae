using System.Runtime.InteropServices;

namespace Quern.Execution.Windows.Native;

/// <summary>Stopping all threads of a process at once, which only ntdll has (the calls behind the Resource Monitor's "Suspend Process"; the number is an NTSTATUS).</summary>
internal static partial class Ntdll
{
    private const string Library = "ntdll.dll";

    [LibraryImport(Library)]
    internal static partial int NtSuspendProcess(nint processHandle);

    [LibraryImport(Library)]
    internal static partial int NtResumeProcess(nint processHandle);
}
