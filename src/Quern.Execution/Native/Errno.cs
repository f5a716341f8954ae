using System.Runtime.InteropServices;

namespace Quern.Execution.Native;

internal static class Errno
{
    internal const int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, E2BIG = 7, ECHILD = 10, EAGAIN = 11, ENOMEM = 12, EACCES = 13, ENOTDIR = 20, ERANGE = 34, ELOOP = 40;

    internal static int Last => Marshal.GetLastPInvokeError();

    /// <summary>"Permission denied (13)".</summary>
    internal static string Text(int error) => $"{Marshal.GetPInvokeErrorMessage(error)} ({error})";
}
