using System.Globalization;

namespace Quern.Core.Triggers;

/// <summary>What the words of an event's context mean where it stands.</summary>
/// <param name="Self">The job it belongs to; null for a global callback.</param>
/// <param name="Parent">Null = it has none.</param>
/// <param name="FindLabel">A job of the same process group by its label; null = no such label.</param>
public sealed record EventContext(JobId? Self, JobId? Parent, Func<string, JobId?> FindLabel)
{
    /// <summary>Only ids, as in texts that were read before.</summary>
    public static readonly EventContext IdsOnly = new(null, null, _ => null);

    internal JobId? Find(string word) => word switch
    {
        "self" => Self ?? FindLabel(word),
        "parent" => Parent ?? FindLabel(word),
        _ => EventPattern.TryId(word, out var id) ? id : FindLabel(word),
    };

    /// <summary>Labels and item names may hold dashes: the longest context that is an id, a word or a known label wins.</summary>
    internal (JobId? Job, string Extra) Split(string rest)
    {
        for (var end = rest.Length; end > 0; end = rest.LastIndexOf('-', end - 1))
        {
            if (Find(rest[..end]) is { } job)
            {
                return (job, end < rest.Length ? rest[(end + 1)..] : "");
            }
        }

        return (null, "");
    }
}

/// <summary>Reads the text of one event. Grammar: reference/qube-jobs.md 9.4.</summary>
internal static class EventReader
{
    /// <summary>Shorter ones would only make work.</summary>
    public const int ShortestIntervalSeconds = 10;

    private const string Form = "NAME-TYPE-CONTEXT[-EXTRA], such as complete-job-self or failed-work-render-*";

    /// <returns>Null and a sentence without the event's text when it is none.</returns>
    public static EventPattern? Read(string text, EventContext context, out string? refusal)
    {
        var first = text.IndexOf('-');
        var word = first < 0 ? text : text[..first];
        if (first > 0 && TypeOf(word) is EventType.GlobalTime or EventType.GlobalRepeat)
        {
            return Timed(EventNames.Dummy, TypeOf(word)!.Value, text[(first + 1)..], context, out refusal);
        }

        var second = first < 0 ? -1 : text.IndexOf('-', first + 1);
        var kind = first < 0 ? "" : second < 0 ? text[(first + 1)..] : text[(first + 1)..second];
        if (first <= 0 || kind.Length == 0)
        {
            refusal = $"an event is {Form}";
            return null;
        }

        if (TypeOf(kind) is not { } type)
        {
            refusal = $"there are no events of the type '{kind}'; they are of job, subjob, work, host, time, repeat, global, globaltime or globalrepeat";
            return null;
        }

        var rest = second < 0 ? "" : text[(second + 1)..];
        return type switch
        {
            EventType.Time or EventType.Repeat or EventType.GlobalTime or EventType.GlobalRepeat => Timed(word, type, rest, context, out refusal),
            EventType.Global => Named(word, out refusal),
            EventType.Host when EventNames.IsOfHost(word) => OfHost(word, rest, context, out refusal),
            _ => OfJob(word, type, rest, context, out refusal),
        };
    }

    private static EventType? TypeOf(string word) => word switch
    {
        "job" => EventType.Job,
        "subjob" => EventType.Subjob,
        "work" => EventType.Work,
        "host" => EventType.Host,
        "time" => EventType.Time,
        "repeat" => EventType.Repeat,
        "global" => EventType.Global,
        "globaltime" => EventType.GlobalTime,
        "globalrepeat" => EventType.GlobalRepeat,
        _ => null,
    };

    private static EventPattern? Named(string name, out string? refusal)
    {
        refusal = EventNames.IsUserDefined(name) ? null : $"'{name}' is no name for an event of one's own, the farm uses it; choose another";
        return refusal is null ? new EventPattern(name, EventType.Global, default, "") : null;
    }

    private static EventPattern? OfHost(string name, string rest, EventContext context, out string? refusal)
    {
        // A host's own events are of no job: a context is taken and changes nothing.
        var (job, extra) = context.Split(rest);
        var host = job is null ? (rest.StartsWith("self-", StringComparison.Ordinal) ? rest[5..] : rest) : extra;
        refusal = host.Length == 0 ? $"it names no host; write {name}-host-self-HOST, * for any" : null;
        return refusal is null ? new EventPattern(name, EventType.Host, default, host) : null;
    }

    private static EventPattern? OfJob(string name, EventType type, string rest, EventContext context, out string? refusal)
    {
        var (job, extra) = rest.Length == 0 ? (null, "") : context.Split(rest);
        refusal = rest.Length == 0 ? $"it names no job; an event is {Form}"
            : rest is "parent" or "self" && job is null ? rest == "self" ? "there is no job that 'self' could mean" : "the job has no parent; submit it with a pid"
            : job is null ? $"there is no job or label '{rest}' in this process group; give a job id or submit the jobs together"
            : type == EventType.Job && extra.Length > 0 ? $"an event of a job ends with the job, '{extra}' does not belong there"
            : type == EventType.Subjob && extra is not ("" or EventPattern.Any) && !int.TryParse(extra, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $"'{extra}' is not an instance number"
            : type == EventType.Host && extra.Length == 0 ? $"it names no host; write {name}-host-{rest}-HOST, * for any"
            : null;
        return refusal is null ? new EventPattern(name, type, job!.Value, type == EventType.Job ? "" : extra.Length == 0 ? EventPattern.Any : extra) : null;
    }

    private static EventPattern? Timed(string name, EventType type, string rest, EventContext context, out string? refusal)
    {
        var isRepeat = type is EventType.Repeat or EventType.GlobalRepeat;
        var fields = rest.Split('-');
        var numbers = isRepeat ? 2 : 1;
        var form = isRepeat ? "TIME-SECONDS" : "TIME";
        long time = 0, interval = 0;
        if (fields.Length < numbers || !TryNumber(fields[^numbers], out time) || (isRepeat && !TryNumber(fields[^1], out interval)))
        {
            refusal = $"it does not end in {form}, in seconds since 2000-01-01T05:00:00Z";
            return null;
        }

        var word = string.Join('-', fields[..^numbers]);
        var job = context.Self;
        if (word.Length > 0 && (job = context.Find(word)) is null && type is EventType.Time or EventType.Repeat)
        {
            refusal = $"there is no job '{word}'; an event of time is NAME-{type.ToString().ToLowerInvariant()}-self-{form}";
            return null;
        }

        refusal = isRepeat && interval < ShortestIntervalSeconds ? $"it comes every {interval} s; {ShortestIntervalSeconds} s is the shortest" : null;
        var isGlobal = type is EventType.GlobalTime or EventType.GlobalRepeat;
        return refusal is null ? new EventPattern(name, type, isGlobal ? default : job ?? default, "", (time + EventPattern.QubeEpochSeconds) * 1000, interval * 1000) : null;
    }

    private static bool TryNumber(string text, out long number)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= int.MaxValue * 2L;
}
