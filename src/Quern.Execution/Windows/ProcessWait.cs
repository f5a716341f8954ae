using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>The end of a process as something to wait for, with a handle of its own. Of one that cannot be opened any more it is an invalid handle, which no wait takes.</summary>
[SupportedOSPlatform("windows")]
internal sealed class ProcessWait : WaitHandle
{
    internal ProcessWait(int pid) => SafeWaitHandle = new SafeWaitHandle(Kernel32.OpenProcess(Kernel32.SYNCHRONIZE, 0, pid), ownsHandle: true);
}
