using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows;
using Quern.Execution.Windows.Native;

namespace Quern.Proxy.Windows;

/// <summary>One process that the proxy started, with the job object that holds what it becomes and the pipes it writes to.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsProcess(JobObject job, SafeProcessHandle process, CommandOutput output, int pid) : IDisposable
{
    internal JobObject Job { get; } = job;

    internal CommandOutput Output { get; } = output;

    internal int Pid { get; } = pid;

    /// <summary>Null while it lives.</summary>
    internal unsafe CommandExit? Exit
    {
        get
        {
            uint code;
            return !process.IsClosed && Kernel32.WaitForSingleObject(process.DangerousGetHandle(), 0) == Kernel32.WAIT_OBJECT_0
                && Kernel32.GetExitCodeProcess(process.DangerousGetHandle(), &code) ? new CommandExit((int)code, 0) : null;
        }
    }

    public void Dispose()
    {
        Job.Dispose();
        process.Dispose();
    }
}
