using System.Runtime.InteropServices;
using Quern.Execution.Windows;

namespace Quern.Execution.Hosts;

/// <summary>
/// How long nobody has touched keyboard or mouse. In a person's session the X server is asked; on macOS IOKit; else logind of the graphical sessions, and the terminals,
/// which tell when something was last typed on one (their access time, as <c>w</c> shows it). Thread-safe.
/// </summary>
public static unsafe partial class InputIdle
{
    private const string X11 = "libX11.so.6";
    private const string ScreenSaver = "libXss.so.1";

    /// <summary>Whole minutes; null where this machine cannot tell.</summary>
    /// <param name="display">The session's DISPLAY; empty where there is none.</param>
    public static int? Minutes(string display, DateTimeOffset now)
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsHost.IdleMinutes();
        }

        var idle = OperatingSystem.IsMacOS() ? Mac.InputIdle.Time() : display.Length > 0 ? OfDisplay(display) : null;
        idle ??= Least(SessionIdle.Least(now), OfTerminals(now));
        return idle is { } span ? (int)Math.Min(span.TotalMinutes, int.MaxValue) : null;
    }

    internal static TimeSpan? Least(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;

    private static TimeSpan? OfTerminals(DateTimeOffset now)
    {
        TimeSpan? least = null;
        foreach (var path in Terminals())
        {
            try
            {
                var since = now - File.GetLastAccessTimeUtc(path);
                since = since < TimeSpan.Zero ? TimeSpan.Zero : since;
                least = least is null || since < least ? since : least;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It was closed meanwhile, or is not ours to see.
            }
        }

        return least;
    }

    private static IEnumerable<string> Terminals()
    {
        var consoles = Directory.Exists("/dev") ? Directory.EnumerateFiles("/dev", "tty*").Where(path => path.Length > "/dev/tty".Length && char.IsAsciiDigit(path[^1])) : [];
        var pseudo = Directory.Exists("/dev/pts") ? Directory.EnumerateFiles("/dev/pts").Where(path => char.IsAsciiDigit(path[^1])) : [];
        return consoles.Concat(pseudo);
    }

    private static TimeSpan? OfDisplay(string display)
    {
        try
        {
            var server = XOpenDisplay(display);
            if (server is null)
            {
                return null;
            }

            var info = XScreenSaverAllocInfo();
            var known = info is not null && XScreenSaverQueryInfo(server, XDefaultRootWindow(server), info) != 0;
            TimeSpan? idle = known ? TimeSpan.FromMilliseconds(info->IdleMs) : null;
            _ = info is null ? 0 : XFree(info);
            _ = XCloseDisplay(server);
            return idle;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>XScreenSaverInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SaverInfo
    {
        internal nuint Window;
        internal int State;
        internal int Kind;
        internal nuint TilOrSince;
        internal nuint IdleMs;
        internal nuint EventMask;
    }

    [LibraryImport(X11, StringMarshalling = StringMarshalling.Utf8)] private static partial void* XOpenDisplay(string name);
    [LibraryImport(X11)] private static partial int XCloseDisplay(void* display);
    [LibraryImport(X11)] private static partial nuint XDefaultRootWindow(void* display);
    [LibraryImport(X11)] private static partial int XFree(void* data);
    [LibraryImport(ScreenSaver)] private static partial SaverInfo* XScreenSaverAllocInfo();
    [LibraryImport(ScreenSaver)] private static partial int XScreenSaverQueryInfo(void* display, nuint drawable, SaverInfo* info);
}
