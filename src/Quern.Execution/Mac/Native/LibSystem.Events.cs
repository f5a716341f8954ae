using System.Runtime.InteropServices;

namespace Quern.Execution.Mac.Native;

/// <summary>The kernel's event queues: kqueue(2).</summary>
internal static unsafe partial class LibSystem
{
    internal const short EVFILT_READ = -1, EVFILT_WRITE = -2, EVFILT_PROC = -5, EVFILT_SIGNAL = -6;
    internal const ushort EV_ADD = 1, EV_ONESHOT = 0x10, EV_ERROR = 0x4000;
    internal const uint NOTE_EXIT = 0x80000000;

    /// <summary>struct kevent.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Event
    {
        internal nuint Subject;
        internal short Filter;
        internal ushort Flags;
        internal uint Notes;
        internal nint Data;
        internal void* Mark;

        internal static Event Adding(nuint subject, short filter, uint notes = 0) => new() { Subject = subject, Filter = filter, Flags = EV_ADD, Notes = notes };
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;

        internal static TimeSpec OfMs(int ms) => new() { Seconds = ms / 1000, Nanoseconds = ms % 1000 * 1_000_000L };
    }

    [LibraryImport(Library, SetLastError = true)] internal static partial int kqueue();
    [LibraryImport(Library, SetLastError = true)] internal static partial int kevent(int queue, Event* changes, int changeCount, Event* events, int eventCount, TimeSpec* timeout);
}
