using System.Globalization;

namespace Quern.Core.Triggers;

/// <summary>One event that somebody waits for: <c>name-type-context[-extra]</c>, its context turned into a job.</summary>
/// <param name="Job">0 = of no job.</param>
/// <param name="Extra">Instance number, item or host; <c>*</c> = any. Empty where the type has none.</param>
/// <param name="TimeMs">Of time and repeat events, Unix milliseconds.</param>
/// <param name="IntervalMs">Of repeat events.</param>
public sealed record EventPattern(string Name, EventType Type, JobId Job, string Extra, long TimeMs = 0, long IntervalMs = 0)
{
    /// <summary>2000-01-01T05:00:00Z in Unix seconds: Qube counts its seconds from there (QB_TIME_EPOCH_OFFSET).</summary>
    public const long QubeEpochSeconds = 946_702_800;

    public const string Any = "*";

    public bool IsAny => Extra == Any;

    public bool IsTimed => Type is EventType.Time or EventType.Repeat or EventType.GlobalTime or EventType.GlobalRepeat;

    /// <summary>The canonical text: the context is an id.</summary>
    public override string ToString()
    {
        var word = Type.ToString().ToLowerInvariant();
        var time = (TimeMs / 1000) - QubeEpochSeconds;
        return Type switch
        {
            EventType.GlobalTime => $"{word}-{time}",
            EventType.GlobalRepeat => $"{word}-{time}-{IntervalMs / 1000}",
            EventType.Time => $"{Name}-{word}-{Job}-{time}",
            EventType.Repeat => $"{Name}-{word}-{Job}-{time}-{IntervalMs / 1000}",
            EventType.Global => $"{Name}-{word}",
            EventType.Job => $"{Name}-{word}-{Job}",
            EventType.Host when Job.Value == 0 => $"{Name}-{word}-self-{Extra}",
            _ => $"{Name}-{word}-{Job}-{Extra}",
        };
    }

    /// <summary>When the next one is due after <paramref name="afterMs"/>; null = never.</summary>
    public long? NextAfter(long afterMs)
    {
        if (TimeMs > afterMs)
        {
            return TimeMs;
        }

        return IntervalMs > 0 ? TimeMs + ((((afterMs - TimeMs) / IntervalMs) + 1) * IntervalMs) : null;
    }

    internal static bool TryId(string text, out JobId id)
    {
        var ok = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        id = new JobId(value);
        return ok;
    }
}
