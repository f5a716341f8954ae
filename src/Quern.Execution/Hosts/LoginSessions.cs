using System.Runtime.InteropServices;
using Quern.Execution.Native;

namespace Quern.Execution.Hosts;

/// <summary>
/// Whether a person has a graphical session, by logind's word (sd-login(3)): class user, type x11, wayland or mir, not closing. A thread waits for the
/// kernel to say that logind has changed its records; nothing is polled. Where there is no libsystemd or no logind it says so once and is silent.
/// </summary>
public sealed unsafe partial class LoginSessions
{
    private const string Library = "libsystemd.so.0";

    private readonly uint _uid;
    private readonly Action<bool> _changed;
    private readonly Action<string> _failed;

    private LoginSessions(uint uid, Action<bool> changed, Action<string> failed) => (_uid, _changed, _failed) = (uid, changed, failed);

    /// <summary>Watches for as long as the program runs.</summary>
    /// <param name="changed">Whether there is one: at first, and at each change. On a thread of its own.</param>
    /// <param name="failed">Why nothing more will be heard: one sentence.</param>
    public static void Watch(uint uid, Action<bool> changed, Action<string> failed) =>
        new Thread(new LoginSessions(uid, changed, failed).Run) { IsBackground = true, Name = "login sessions" }.Start();

    /// <summary>Names of the graphical sessions of anybody; empty where there is no logind.</summary>
    /// <exception cref="DllNotFoundException">There is no libsystemd.</exception>
    internal static IReadOnlyList<string> Graphical()
    {
        byte** sessions = null;
        var count = sd_get_sessions(&sessions);
        return Graphical(sessions, count);
    }

    /// <summary>The graphical ones of a list of the library's, which is freed.</summary>
    private static List<string> Graphical(byte** sessions, int count)
    {
        var found = new List<string>();
        for (var at = 0; at < count; at++)
        {
            var isGraphical = IsGraphical(sessions[at]);
            var name = Taken(sessions[at]);
            if (isGraphical && name is not null)
            {
                found.Add(name);
            }
        }

        NativeMemory.Free(sessions);
        return found;
    }

    private void Run()
    {
        try
        {
            _failed($"logind cannot be watched: {Follow()}; only the desktop worker itself tells when its person comes and goes");
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            _failed($"there is no {Library} here: only the desktop worker itself tells when its person comes and goes");
        }
    }

    /// <returns>Why it ended.</returns>
    private string Follow()
    {
        void* monitor = null;
        var error = sd_login_monitor_new("session", &monitor);
        if (error < 0)
        {
            return Errno.Text(-error);
        }

        var was = (bool?)null;
        while (true)
        {
            // Before looking: what changes while it looks wakes it again.
            _ = sd_login_monitor_flush(monitor);
            var now = IsThere();
            if (now != was)
            {
                was = now;
                _changed(now);
            }

            var entry = new LibC.PollEntry { Descriptor = sd_login_monitor_get_fd(monitor), Wanted = (short)sd_login_monitor_get_events(monitor) };
            if (LibC.poll(&entry, 1, -1) < 0 && Errno.Last is var failure && failure != Errno.EINTR)
            {
                _ = sd_login_monitor_unref(monitor);
                return Errno.Text(failure);
            }
        }
    }

    private bool IsThere()
    {
        byte** sessions = null;
        var count = sd_uid_get_sessions(_uid, 0, &sessions);
        return Graphical(sessions, count).Count > 0;
    }

    private static bool IsGraphical(byte* session)
    {
        byte* type = null;
        byte* kind = null;
        byte* state = null;
        _ = sd_session_get_type(session, &type);
        _ = sd_session_get_class(session, &kind);
        _ = sd_session_get_state(session, &state);
        return Taken(type) is "x11" or "wayland" or "mir" && Taken(kind) == "user" && Taken(state) is "online" or "active";
    }

    /// <summary>A text of the library's, which is the caller's to free.</summary>
    private static string? Taken(byte* text)
    {
        var taken = Marshal.PtrToStringUTF8((nint)text);
        NativeMemory.Free(text);
        return taken;
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] private static partial int sd_login_monitor_new(string category, void** monitor);
    [LibraryImport(Library)] private static partial void* sd_login_monitor_unref(void* monitor);
    [LibraryImport(Library)] private static partial int sd_login_monitor_flush(void* monitor);
    [LibraryImport(Library)] private static partial int sd_login_monitor_get_fd(void* monitor);
    [LibraryImport(Library)] private static partial int sd_login_monitor_get_events(void* monitor);
    [LibraryImport(Library)] private static partial int sd_get_sessions(byte*** sessions);
    [LibraryImport(Library)] private static partial int sd_uid_get_sessions(uint uid, int requireActive, byte*** sessions);
    [LibraryImport(Library)] private static partial int sd_session_get_type(byte* session, byte** type);
    [LibraryImport(Library)] private static partial int sd_session_get_class(byte* session, byte** kind);
    [LibraryImport(Library)] private static partial int sd_session_get_state(byte* session, byte** state);
}
