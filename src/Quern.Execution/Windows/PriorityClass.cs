namespace Quern.Execution.Windows;

/// <summary>
/// A nice value as a priority class (Source: PipelineFX/docs, proxy_nice_value), but never the real-time one, which would starve the machine itself. The run's
/// job object imposes it, since what a command starts would not inherit a class above the normal one.
/// </summary>
internal static class PriorityClass
{
    internal const uint Idle = 0x0040;
    internal const uint BelowNormal = 0x4000;
    internal const uint Normal = 0x0020;
    internal const uint AboveNormal = 0x8000;
    internal const uint High = 0x0080;

    internal static uint Of(int niceValue) => niceValue switch
    {
        <= -7 => High,
        <= -1 => AboveNormal,
        0 => Normal,
        <= 10 => BelowNormal,
        _ => Idle,
    };
}
