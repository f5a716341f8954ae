using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>What the processes of a job object took, those that ended too.</summary>
internal readonly record struct JobUsage(long CpuMicroseconds, long PeakMemoryBytes, long ReadBytes, long WrittenBytes);

/// <summary>
/// A job object: every process started in it and everything those start, and no way out of it. All of it ends when its last handle is closed, which is
/// this one: with the program that made it, however that ends. Not inheritable.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class JobObject : IDisposable
{
    private const uint Always = Kernel32.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | Kernel32.JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    private const uint EveryUiLimit = Kernel32.JOB_OBJECT_UILIMIT_HANDLES | Kernel32.JOB_OBJECT_UILIMIT_READCLIPBOARD | Kernel32.JOB_OBJECT_UILIMIT_WRITECLIPBOARD
        | Kernel32.JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS | Kernel32.JOB_OBJECT_UILIMIT_DISPLAYSETTINGS | Kernel32.JOB_OBJECT_UILIMIT_GLOBALATOMS
        | Kernel32.JOB_OBJECT_UILIMIT_DESKTOP | Kernel32.JOB_OBJECT_UILIMIT_EXITWINDOWS;

    private readonly HashSet<int> _suspended = [];

    private JobObject(nint handle) => Handle = handle;

    internal nint Handle { get; private set; }

    /// <param name="memoryBytes">Committed by all of it together; 0 = no limit.</param>
    /// <param name="processes">At once; 0 = no limit.</param>
    /// <param name="priorityClass">Of all of it, whatever a process asks for. A class above the normal one takes a privilege; without it there is none.</param>
    /// <exception cref="IOException">The system refuses; the text says what.</exception>
    internal static JobObject Create(long memoryBytes = 0, int processes = 0, uint priorityClass = PriorityClass.Normal)
    {
        var handle = Kernel32.CreateJobObject(null, 0);
        if (handle == 0)
        {
            throw Failure("make a job object", Marshal.GetLastPInvokeError());
        }

        var job = new JobObject(handle);
        var limits = new Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION { JobMemoryLimit = (nuint)memoryBytes };
        limits.BasicLimitInformation.ActiveProcessLimit = (uint)processes;
        limits.BasicLimitInformation.LimitFlags = Always
            | (memoryBytes > 0 ? Kernel32.JOB_OBJECT_LIMIT_JOB_MEMORY : 0)
            | (processes > 0 ? Kernel32.JOB_OBJECT_LIMIT_ACTIVE_PROCESS : 0);
        job.Set(Kernel32.JobObjectExtendedLimitInformation, &limits, (uint)sizeof(Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION), "limit a job object");
        if (priorityClass != PriorityClass.Normal)
        {
            limits.BasicLimitInformation.PriorityClass = priorityClass;
            limits.BasicLimitInformation.LimitFlags |= Kernel32.JOB_OBJECT_LIMIT_PRIORITY_CLASS;
            _ = Kernel32.SetInformationJobObject(job.Handle, Kernel32.JobObjectExtendedLimitInformation, &limits, (uint)sizeof(Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION));
        }

        return job;
    }

    /// <summary>
    /// No clipboard, no foreign windows, no other desktop, no shutting down. Only a job object that is nobody's inner one can have it
    /// (Source: AssignProcessToJobObject, Win32 API reference).
    /// </summary>
    internal void RestrictUserInterface()
    {
        var limits = EveryUiLimit;
        Set(Kernel32.JobObjectBasicUIRestrictions, &limits, sizeof(uint), "restrict a job object");
    }

    /// <summary>Its messages (a process began, ended, none is left) arrive at the port under the key; with the number of the process as value.</summary>
    internal void TellTo(CompletionPort port, nuint key)
    {
        var association = new Kernel32.JOBOBJECT_ASSOCIATE_COMPLETION_PORT { CompletionKey = key, CompletionPort = port.Handle };
        Set(Kernel32.JobObjectAssociateCompletionPortInformation, &association, (uint)sizeof(Kernel32.JOBOBJECT_ASSOCIATE_COMPLETION_PORT), "watch a job object");
    }

    /// <summary>Processes that live in it now, those of job objects within it too.</summary>
    internal int[] ProcessIds()
    {
        for (var room = 64; ; room *= 4)
        {
            // Two counts of 32 bits, then the numbers as wide as pointers.
            var list = new nuint[1 + room];
            fixed (nuint* start = list)
            {
                var isWhole = Kernel32.QueryInformationJobObject(Handle, Kernel32.JobObjectBasicProcessIdList, start, (uint)(list.Length * sizeof(nuint)), null);
                if (!isWhole && Marshal.GetLastPInvokeError() == Kernel32.ERROR_MORE_DATA)
                {
                    continue;
                }

                var count = isWhole ? (int)((uint*)start)[1] : 0;
                if (isWhole && count < (int)((uint*)start)[0])
                {
                    // Not all of them fitted.
                    continue;
                }

                var ids = new int[count];
                for (var i = 0; i < count; i++)
                {
                    ids[i] = (int)start[1 + i];
                }

                return ids;
            }
        }
    }

    internal JobUsage Usage()
    {
        var used = default(Kernel32.JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION);
        var limits = default(Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION);
        const int ticksPerMicrosecond = 10;
        return Kernel32.QueryInformationJobObject(Handle, Kernel32.JobObjectBasicAndIoAccountingInformation, &used, (uint)sizeof(Kernel32.JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION), null)
            && Kernel32.QueryInformationJobObject(Handle, Kernel32.JobObjectExtendedLimitInformation, &limits, (uint)sizeof(Kernel32.JOBOBJECT_EXTENDED_LIMIT_INFORMATION), null)
            ? new JobUsage((used.TotalUserTime + used.TotalKernelTime) / ticksPerMicrosecond, (long)limits.PeakProcessMemoryUsed, (long)used.IoInfo.ReadTransferCount, (long)used.IoInfo.WriteTransferCount)
            : default;
    }

    /// <summary>Every process in it stands still. One that begins meanwhile does not; its parent stands still by then.</summary>
    internal void Suspend()
    {
        foreach (var id in ProcessIds())
        {
            if (_suspended.Add(id))
            {
                With(id, Kernel32.PROCESS_SUSPEND_RESUME, static process => _ = Ntdll.NtSuspendProcess(process));
            }
        }
    }

    /// <summary>What was made to stand still goes on. Each process counts how often it was stopped, so each is let go as often.</summary>
    internal void Resume()
    {
        foreach (var id in _suspended)
        {
            With(id, Kernel32.PROCESS_SUSPEND_RESUME, static process => _ = Ntdll.NtResumeProcess(process));
        }

        _suspended.Clear();
    }

    /// <summary>Ends everything in it and waits until it is gone. True when nothing is left.</summary>
    /// <param name="ended">A process that has ended by itself and may not have left the list yet; 0 = none.</param>
    /// <param name="count">Of different processes that were ended.</param>
    internal bool End(int timeoutMs, int ended, out int count)
    {
        var known = new HashSet<int>();
        var deadline = Environment.TickCount64 + timeoutMs;
        for (var living = ProcessIds(); living.Length > 0; living = ProcessIds())
        {
            known.UnionWith(living.Where(id => id != ended));
            _ = Kernel32.TerminateJobObject(Handle, 1);
            if (Environment.TickCount64 > deadline)
            {
                count = known.Count;
                return false;
            }

            foreach (var id in living)
            {
                With(id, Kernel32.SYNCHRONIZE, process => _ = Kernel32.WaitForSingleObject(process, (uint)Math.Max(1, deadline - Environment.TickCount64)));
            }
        }

        count = known.Count;
        return true;
    }

    /// <summary>Ends what is still in it.</summary>
    public void Dispose()
    {
        if (Handle != 0)
        {
            _ = Kernel32.CloseHandle(Handle);
            Handle = 0;
        }
    }

    private static void With(int id, uint access, Action<nint> act)
    {
        var process = Kernel32.OpenProcess(access, 0, id);
        if (process != 0)
        {
            act(process);
            _ = Kernel32.CloseHandle(process);
        }
    }

    private void Set(int kind, void* information, uint length, string what)
    {
        if (!Kernel32.SetInformationJobObject(Handle, kind, information, length))
        {
            throw Failure(what, Marshal.GetLastPInvokeError());
        }
    }

    private static IOException Failure(string what, int error) => new($"{what}: {Kernel32.ErrorText(error)}");
}
