using Quern.Core.Triggers;
using Superpower.Model;

namespace Quern.Core.Dependencies;

public enum DependencyKind
{
    /// <summary>The whole job.</summary>
    Job,

    /// <summary>One instance of it.</summary>
    Instance,

    /// <summary>One named item of it.</summary>
    Item,

    /// <summary>Item by item: the item of the same name.</summary>
    EachItem,
}

/// <param name="Event">complete, done, failed or killed.</param>
/// <param name="Extra">Instance number or item name; empty for the other kinds.</param>
public sealed record DependencyTerm(string Event, DependencyKind Kind, JobId Job, string Extra)
{
    /// <summary>The canonical text, with the id.</summary>
    public override string ToString()
    {
        var type = Kind switch { DependencyKind.Job => "job", DependencyKind.Instance => "subjob", DependencyKind.Item or DependencyKind.EachItem => "work" };
        return $"link-{Event}-{type}-{Job}" + (Extra.Length > 0 ? "-" + Extra : "");
    }
}

/// <summary>
/// What a job waits for: groups joined by <c>||</c>, each of terms joined by <c>&amp;&amp;</c> or a comma. A group whose terms about jobs, instances
/// and single items have come true is open; the job waits until one is. Its item-by-item terms hold single items back until then and beyond.
/// Grammar: <see cref="DependencyGrammar"/>.
/// </summary>
public sealed class DependencyExpression
{
    private readonly int[] groupOf;

    private DependencyExpression(IReadOnlyList<IReadOnlyList<DependencyTerm>> groups, IReadOnlyList<DependencyInfo> infos)
    {
        (Groups, Infos) = (groups, infos);
        Terms = [.. groups.SelectMany(group => group)];
        groupOf = [.. groups.SelectMany((group, at) => group.Select(_ => at))];
        HasEachItem = Terms.Any(term => term.Kind == DependencyKind.EachItem);
    }

    public IReadOnlyList<IReadOnlyList<DependencyTerm>> Groups { get; }

    /// <summary>Those of all groups, in order.</summary>
    public IReadOnlyList<DependencyTerm> Terms { get; }

    /// <summary>Maps for people and graphs; they hold nothing.</summary>
    public IReadOnlyList<DependencyInfo> Infos { get; }

    /// <summary>A bit for each of <see cref="Terms"/> that came true, and stays so.</summary>
    public ulong Satisfied { get; private set; }

    public bool HasEachItem { get; }

    /// <summary>Reads <paramref name="text"/>.</summary>
    /// <returns>Null and a sentence when the text is not a dependency.</returns>
    public static DependencyExpression? Parse(string text, EventContext context, out string? refusal)
    {
        var words = DependencyGrammar.Words.TryTokenize(text);
        var parsed = words.HasValue ? DependencyGrammar.Whole(words.Value) : default;
        if (!words.HasValue || !parsed.HasValue || !parsed.Remainder.IsAtEnd)
        {
            var at = !words.HasValue ? words.ErrorPosition.Absolute : parsed.HasValue ? PlaceOf(parsed.Remainder, text) : PlaceOf(parsed.Location, text);
            refusal = $"the dependency is wrong at character {at + 1}: {Shown(text, at)}: write job ids or events such as link-complete-job-12, separated by ',' or '||', without parentheses";
            return null;
        }

        var groups = new List<IReadOnlyList<DependencyTerm>>();
        var infos = new List<DependencyInfo>();
        foreach (var group in parsed.Value)
        {
            var terms = new List<DependencyTerm>();
            refusal = ReadGroup(group, context, terms, infos);
            if (refusal is not null)
            {
                return null;
            }

            // A group of nothing but maps would make every alternative needless.
            if (terms.Count > 0)
            {
                groups.Add(terms);
            }
        }

        var count = groups.Sum(group => group.Count);
        refusal = count > TriggerExpression.MostEvents ? $"dependency names {count} events, at most {TriggerExpression.MostEvents} are allowed: depend on the last job of a chain instead" : null;
        return refusal is null ? new DependencyExpression(groups, infos) : null;
    }

    /// <summary>The canonical text, with ids only.</summary>
    public override string ToString()
    {
        var groups = string.Join("||", Groups.Select(group => string.Join(",", group)));
        return string.Join(",", Infos.Select(info => info.Text).Prepend(groups).Where(part => part.Length > 0));
    }

    /// <summary>The group has nothing left to wait for but items.</summary>
    public bool IsOpen(int group)
    {
        for (var at = 0; at < Terms.Count; at++)
        {
            if (groupOf[at] == group && Terms[at].Kind != DependencyKind.EachItem && (Satisfied >> at & 1) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Some group is open: the job need not wait, apart from its items.</summary>
    public bool IsFree
    {
        get
        {
            for (var group = 0; group < Groups.Count; group++)
            {
                if (IsOpen(group))
                {
                    return true;
                }
            }

            return Groups.Count == 0;
        }
    }

    internal int GroupOf(int term) => groupOf[term];

    /// <returns>True when it had not come true before.</returns>
    internal bool Satisfy(int term)
    {
        var before = Satisfied;
        Satisfied |= 1UL << term;
        return Satisfied != before;
    }

    internal void Restore(ulong satisfied) => Satisfied = satisfied;

    private static string? ReadGroup(Token<DependencyToken>[] group, EventContext context, List<DependencyTerm> terms, List<DependencyInfo> infos)
    {
        foreach (var token in group)
        {
            var text = token.ToStringValue().TrimEnd();
            string? refusal;
            if (token.Kind == DependencyToken.Info)
            {
                var info = DependencyInfo.Parse(text, out refusal);
                if (info is not null)
                {
                    infos.Add(info);
                }
            }
            else if (ReadTerm(text, context, out refusal) is { } term)
            {
                terms.Add(term);
            }

            if (refusal is not null)
            {
                return refusal;
            }
        }

        return null;
    }

    private static DependencyTerm? ReadTerm(string text, EventContext context, out string? refusal)
    {
        refusal = null;
        if (EventPattern.TryId(text, out var bare))
        {
            return new DependencyTerm(EventNames.Complete, DependencyKind.Job, bare, "");
        }

        var body = text.StartsWith("link-", StringComparison.Ordinal) ? text[5..] : text;
        if (body.Split('-', 3) is not { Length: 3 } fields || fields[2].Length == 0)
        {
            refusal = $"dependency '{text}' is not of the form [link-]EVENT-TYPE-JOB, such as link-complete-job-12";
            return null;
        }

        refusal = fields[0] is not (EventNames.Complete or EventNames.Done or EventNames.Failed or EventNames.Killed)
            ? $"dependency '{text}' waits for '{fields[0]}': it can wait for complete, done, failed or killed; use a callback for other events"
            : fields[1] is not ("job" or "work" or "subjob") ? $"dependency '{text}' is about '{fields[1]}': it can be about job, work or subjob; use a callback for other events" : null;
        if (refusal is not null || EventReader.Read(body, context, out refusal) is not { } read)
        {
            refusal = refusal!.StartsWith("dependency", StringComparison.Ordinal) ? refusal : $"dependency '{text}': {refusal}";
            return null;
        }

        var kind = (read.Type, read.IsAny) switch
        {
            (EventType.Subjob, false) => DependencyKind.Instance,
            (EventType.Work, false) => DependencyKind.Item,
            (EventType.Work, true) => DependencyKind.EachItem,
            _ => DependencyKind.Job,
        };
        return new DependencyTerm(read.Name, kind, read.Job, kind is DependencyKind.Instance or DependencyKind.Item ? read.Extra : "");
    }

    private static int PlaceOf(TokenList<DependencyToken> rest, string text) => rest.IsAtEnd ? text.Length : rest.First().Position.Absolute;

    private static string Shown(string text, int at)
    {
        const int shown = 40;
        var begin = Math.Max(0, at - shown);
        return $"{(begin > 0 ? "..." : "")}{text[begin..at]}>>>{text[at..Math.Min(text.Length, at + shown)]}";
    }
}
