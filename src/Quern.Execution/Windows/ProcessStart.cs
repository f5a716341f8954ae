using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>A process to start, decided before it is: it gets exactly these handles and variables, and is in the job object from its first instruction.</summary>
/// <param name="Application">Full path of the program.</param>
/// <param name="Line">The whole line, the program's word first.</param>
/// <param name="Environment">See <see cref="EnvironmentBlock"/>.</param>
/// <param name="Inherited">Inheritable handles; the child gets no other.</param>
/// <param name="Input">Standard input, or 0 for none of the three.</param>
/// <param name="Flags">Creation flags beyond those that follow from the rest.</param>
[SupportedOSPlatform("windows")]
internal sealed unsafe record ProcessStart(string Application, string Line, string Environment, string Directory, nint[] Inherited, nint Job, uint Flags, nint Input = 0, nint Output = 0, nint Error = 0)
{
    /// <summary>Whose process it is; null = this process's own account.</summary>
    internal SafeAccessTokenHandle? Token { get; init; }

    /// <summary>Window station and desktop; "" = an invisible one of its own (Source: Process Connection to a Window Station); null = this process's.</summary>
    internal string? Desktop { get; init; }

    /// <returns>0 or the error, and then nothing was started.</returns>
    internal int Run(out SafeProcessHandle process, out int pid)
    {
        nuint size = 0;
        _ = Kernel32.InitializeProcThreadAttributeList(null, 2, 0, &size);
        var attributes = stackalloc byte[(int)size];
        if (!Kernel32.InitializeProcThreadAttributeList(attributes, 2, 0, &size))
        {
            (process, pid) = (new SafeProcessHandle(), 0);
            return Marshal.GetLastPInvokeError();
        }

        try
        {
            return Run(attributes, out process, out pid);
        }
        finally
        {
            Kernel32.DeleteProcThreadAttributeList(attributes);
        }
    }

    private int Run(void* attributes, out SafeProcessHandle process, out int pid)
    {
        (process, pid) = (new SafeProcessHandle(), 0);
        var job = Job;
        fixed (nint* handles = Inherited)
        fixed (char* application = Application, line = (Line + "\0").ToCharArray(), environment = Environment, directory = Directory, desktop = Desktop)
        {
            var isLimited = (Inherited.Length == 0 || Kernel32.UpdateProcThreadAttribute(attributes, 0, Kernel32.PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles, (nuint)(Inherited.Length * sizeof(nint)), 0, 0))
                && Kernel32.UpdateProcThreadAttribute(attributes, 0, Kernel32.PROC_THREAD_ATTRIBUTE_JOB_LIST, &job, (nuint)sizeof(nint), 0, 0);
            if (!isLimited)
            {
                return Marshal.GetLastPInvokeError();
            }

            var startup = new Kernel32.STARTUPINFOEXW { cb = (uint)sizeof(Kernel32.STARTUPINFOEXW), lpDesktop = desktop, lpAttributeList = attributes };
            if (Input != 0)
            {
                (startup.dwFlags, startup.hStdInput, startup.hStdOutput, startup.hStdError) = (Kernel32.STARTF_USESTDHANDLES, Input, Output, Error);
            }

            const uint always = Kernel32.CREATE_UNICODE_ENVIRONMENT | Kernel32.EXTENDED_STARTUPINFO_PRESENT;
            var inherits = Inherited.Length > 0 ? 1 : 0;
            Kernel32.PROCESS_INFORMATION started;
            var isStarted = Token is null
                ? Kernel32.CreateProcess(application, line, 0, 0, inherits, Flags | always, environment, directory, &startup, &started)
                : Advapi32.CreateProcessAsUser(Token, application, line, 0, 0, inherits, Flags | always, environment, directory, &startup, &started);
            if (!isStarted)
            {
                return Marshal.GetLastPInvokeError();
            }

            _ = Kernel32.CloseHandle(started.hThread);
            (process, pid) = (new SafeProcessHandle(started.hProcess, ownsHandle: true), started.dwProcessId);
            return 0;
        }
    }
}
