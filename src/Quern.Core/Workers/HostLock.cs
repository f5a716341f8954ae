using System.Globalization;
using System.Text;

namespace Quern.Core.Workers;

/// <summary>When a slot is withdrawn from dispatch.</summary>
public abstract record LockRule
{
    public static readonly LockRule Open = new Fixed(false);
    public static readonly LockRule Locked = new Fixed(true);

    public abstract bool IsLocked(HostMoment moment);

    /// <summary>Qube's text for it: <c>0</c>, <c>1</c>, <c>watchdog 10</c> or <c>weekcalendar { ... }</c>.</summary>
    public abstract override string ToString();

    private sealed record Fixed(bool Value) : LockRule
    {
        public override bool IsLocked(HostMoment moment) => Value;

        public override string ToString() => Value ? "1" : "0";
    }
}

/// <summary>Locked while somebody uses the machine: until keyboard and mouse have rested for so long. A host that cannot tell counts as used.</summary>
public sealed record WatchdogRule(int Minutes) : LockRule
{
    public override bool IsLocked(HostMoment moment) => moment.IdleMinutes is not { } idle || idle < Minutes;

    public override string ToString() => $"watchdog {Minutes}";
}

/// <summary>Locked in the marked hours of the week, in the host's own time. <paramref name="Hours"/>: 168 hours from Sunday 0:00.</summary>
public sealed record WeekCalendarRule(string Hours) : LockRule
{
    public const int HoursOfWeek = 168;

    public override bool IsLocked(HostMoment moment) => Hours[moment.MinuteOfWeek / 60] == '1';

    public override string ToString()
    {
        var text = new StringBuilder("weekcalendar {");
        for (var hour = 0; hour < 24; hour++)
        {
            text.Append(CultureInfo.InvariantCulture, $" {hour}");
            for (var day = 0; day < 7; day++)
            {
                text.Append(' ').Append(Hours[(day * 24) + hour]);
            }
        }

        return text.Append(" }").ToString();
    }
}

/// <summary>What a lock depends on.</summary>
/// <param name="MinuteOfWeek">From Sunday 0:00, in the host's own time.</param>
/// <param name="IdleMinutes">Since the last key or mouse movement; null where the host cannot tell.</param>
public readonly record struct HostMoment(int MinuteOfWeek, int? IdleMinutes);

/// <summary>
/// Which slots of a host are withdrawn from dispatch, and when: Qube's lock string, as in
/// <c>host.processor_all=1</c> or <c>host.processor_0=1,host.lock_mode=aggressive</c>. A value.
/// </summary>
/// <param name="All">For slots that have no rule of their own.</param>
/// <param name="Slots">By number of the slot, from 0.</param>
/// <param name="IsAggressive">What runs on a slot that becomes locked is ended and runs elsewhere.</param>
public sealed record HostLock(LockRule All, IReadOnlyDictionary<int, LockRule> Slots, bool IsAggressive)
{
    public const int MostSlots = 4096;
    private const string Prefix = "host.processor_";

    public static readonly HostLock None = new(LockRule.Open, new SortedDictionary<int, LockRule>(), false);

    public bool IsNone => ReferenceEquals(All, LockRule.Open) && Slots.Values.All(rule => ReferenceEquals(rule, LockRule.Open));

    /// <summary>How many of <paramref name="count"/> slots are locked at a moment.</summary>
    public int Locked(int count, HostMoment moment)
    {
        var locked = 0;
        for (var slot = 0; slot < count; slot++)
        {
            locked += Slots.GetValueOrDefault(slot, All).IsLocked(moment) ? 1 : 0;
        }

        return locked;
    }

    /// <summary>Minutes from <paramref name="minuteOfWeek"/> to the next full hour when a calendar may change something; null when none is set.</summary>
    public int? NextChange(int minuteOfWeek) => Slots.Values.Append(All).Any(rule => rule is WeekCalendarRule) ? 60 - (minuteOfWeek % 60) : null;

    /// <summary>This lock with slots locked or opened; no slots = all.</summary>
    public HostLock With(IReadOnlyList<int> slots, LockRule rule, bool isAggressive)
    {
        if (slots.Count == 0)
        {
            return new HostLock(rule, None.Slots, isAggressive);
        }

        var changed = new SortedDictionary<int, LockRule>(Slots.ToDictionary(pair => pair.Key, pair => pair.Value));
        foreach (var slot in slots)
        {
            changed[slot] = rule;
        }

        return new HostLock(All, changed, isAggressive);
    }

    public override string ToString()
    {
        IEnumerable<string> parts = [$"{Prefix}all={All}", .. Slots.Select(pair => $"{Prefix}{pair.Key}={pair.Value}"), .. IsAggressive ? ["host.lock_mode=aggressive"] : Array.Empty<string>()];
        return string.Join(",", parts);
    }

    public bool Equals(HostLock? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>Null with one sentence when the text is not a lock.</summary>
    public static HostLock? Parse(string text, out string problem)
    {
        var result = None;
        problem = "";
        foreach (var part in Parts(text))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = equals < 0 ? (part, "") : (part[..equals].Trim(), part[(equals + 1)..].Trim());
            if (key == "host.lock_mode")
            {
                if (value is not ("aggressive" or "passive"))
                {
                    problem = $"lock mode '{value}' is not known: use aggressive or passive";
                    return null;
                }

                result = result with { IsAggressive = value == "aggressive" };
                continue;
            }

            if (!key.StartsWith(Prefix, StringComparison.Ordinal) || SlotOf(key[Prefix.Length..]) is not { } slot)
            {
                problem = $"'{key}' is no part of a lock: use host.processor_all, host.processor_N or host.lock_mode";
                return null;
            }

            if (RuleOf(value, out problem) is not { } rule)
            {
                return null;
            }

            result = slot < 0 ? result with { All = rule } : result.With([slot], rule, result.IsAggressive);
        }

        return result;
    }

    /// <summary>Separated by commas or lines, but for those inside braces: a calendar is written over 24 lines.</summary>
    private static IEnumerable<string> Parts(string text)
    {
        var (from, depth) = (0, 0);
        for (var at = 0; at <= text.Length; at++)
        {
            var next = at < text.Length ? text[at] : ',';
            depth += next == '{' ? 1 : next == '}' && depth > 0 ? -1 : 0;
            if (at == text.Length || (depth == 0 && next is (',' or '\n')))
            {
                if (text.AsSpan(from, at - from).Trim().Length > 0)
                {
                    yield return text[from..at].Trim();
                }

                from = at + 1;
            }
        }
    }

    /// <summary>-1 = all; null = not a slot.</summary>
    private static int? SlotOf(string text) => text == "all" ? -1
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) && slot < MostSlots ? slot : null;

    private static LockRule? RuleOf(string value, out string problem)
    {
        problem = "";
        var words = value.Split([' ', '\t', '\r', '\n', '{', '}', '\'', '"'], StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["0"]:
                return LockRule.Open;
            case ["1"]:
                return LockRule.Locked;
            case ["watchdog", var minutes] when int.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 10_080:
                return new WatchdogRule(number);
            case ["weekcalendar", .. var numbers] when CalendarOf(numbers) is { } hours:
                return new WeekCalendarRule(hours);
            case ["weekcalendar", ..]:
                problem = "a weekcalendar has 24 rows: the hour, then 0 or 1 for each day from Sunday";
                return null;
            default:
                problem = $"'{(value.Length > 40 ? value[..40] + "..." : value)}' is not known: use 0, 1, watchdog MINUTES or weekcalendar {{ ... }}";
                return null;
        }
    }

    private static string? CalendarOf(string[] numbers)
    {
        var hours = new char[WeekCalendarRule.HoursOfWeek];
        if (numbers.Length != 24 * 8)
        {
            return null;
        }

        for (var row = 0; row < 24; row++)
        {
            if (!int.TryParse(numbers[row * 8], NumberStyles.None, CultureInfo.InvariantCulture, out var hour) || hour > 23)
            {
                return null;
            }

            for (var day = 0; day < 7; day++)
            {
                if (numbers[(row * 8) + 1 + day] is not ("0" or "1"))
                {
                    return null;
                }

                hours[(day * 24) + hour] = numbers[(row * 8) + 1 + day][0];
            }
        }

        // An hour that was named twice leaves another unset.
        return Array.IndexOf(hours, '\0') < 0 ? new string(hours) : null;
    }
}
