namespace Quern.Proxy;

internal static class Clock
{
    internal static long UnixMs => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    /// <summary>Milliseconds that only go forward.</summary>
    internal static long Ms => Environment.TickCount64;
}
