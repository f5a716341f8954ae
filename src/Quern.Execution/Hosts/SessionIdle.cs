using System.Runtime.InteropServices;

namespace Quern.Execution.Hosts;

/// <summary>
/// How long nobody has touched anything in the graphical sessions of this machine, as each desktop tells logind (<c>IdleHint</c>, org.freedesktop.login1(5)).
/// A service has no display to ask. Thread-safe.
/// </summary>
internal static unsafe partial class SessionIdle
{
    private const string Library = "libsystemd.so.0";
    private const string Login = "org.freedesktop.login1";
    private const string Session = "org.freedesktop.login1.Session";
    private const ulong CallMicroseconds = 2_000_000;

    /// <summary>Of the session that was used last; null when there is none, or no logind. A session in use is idle for no time at all.</summary>
    internal static TimeSpan? Least(DateTimeOffset now)
    {
        try
        {
            return LoginSessions.Graphical() is { Count: > 0 } sessions ? Least(sessions, now) : null;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static TimeSpan? Least(IReadOnlyList<string> sessions, DateTimeOffset now)
    {
        void* bus = null;
        if (sd_bus_open_system(&bus) < 0)
        {
            return null;
        }

        _ = sd_bus_set_method_call_timeout(bus, CallMicroseconds);
        TimeSpan? least = null;
        foreach (var session in sessions)
        {
            least = InputIdle.Least(least, Of(bus, session, now));
        }

        _ = sd_bus_flush_close_unref(bus);
        return least;
    }

    private static TimeSpan? Of(void* bus, string session, DateTimeOffset now)
    {
        byte* path = null;
        if (sd_bus_path_encode("/org/freedesktop/login1/session", session, &path) < 0)
        {
            return null;
        }

        // A D-Bus boolean is an int; the time is microseconds since 1970.
        var isIdle = 0;
        ulong since = 0;
        var isKnown = sd_bus_get_property_trivial(bus, Login, path, Session, "IdleHint", null, (byte)'b', &isIdle) >= 0
            && sd_bus_get_property_trivial(bus, Login, path, Session, "IdleSinceHint", null, (byte)'t', &since) >= 0;
        NativeMemory.Free(path);
        if (!isKnown)
        {
            return null;
        }

        var idle = isIdle != 0 ? now - DateTimeOffset.UnixEpoch.AddMicroseconds(since) : TimeSpan.Zero;
        return idle < TimeSpan.Zero ? TimeSpan.Zero : idle;
    }

    [LibraryImport(Library)] private static partial int sd_bus_open_system(void** bus);
    [LibraryImport(Library)] private static partial int sd_bus_set_method_call_timeout(void* bus, ulong microseconds);
    [LibraryImport(Library)] private static partial void* sd_bus_flush_close_unref(void* bus);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] private static partial int sd_bus_path_encode(string prefix, string name, byte** path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int sd_bus_get_property_trivial(void* bus, string destination, byte* path, string interfaceName, string member, void* error, byte type, void* value);
}
