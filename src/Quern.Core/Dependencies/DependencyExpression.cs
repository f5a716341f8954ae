using System.Globalization;

namespace Quern.Core.Dependencies;

public enum DependencyEvent { Complete, Done, Failed, Killed }

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

/// <param name="Extra">Instance number or item name; empty for the other kinds.</param>
public sealed record DependencyTerm(DependencyEvent Event, DependencyKind Kind, JobId Job, string Extra);

/// <summary>
/// What a job waits for: groups joined by <c>||</c>, each of terms joined by <c>&amp;&amp;</c> or a comma. Grammar and events:
/// reference, job dependencies (Source: PipelineFX/docs: job dependencies). <c>info-</c> terms describe a graph and hold nothing.
/// </summary>
public sealed class DependencyExpression
{
    private DependencyExpression(IReadOnlyList<IReadOnlyList<DependencyTerm>> groups) => Groups = groups;

    public IReadOnlyList<IReadOnlyList<DependencyTerm>> Groups { get; }

    /// <summary>Bits of the terms, in order over all groups, that came true and stay so.</summary>
    public ulong Satisfied { get; internal set; }

    public IEnumerable<DependencyTerm> Terms => Groups.SelectMany(group => group);

    public IEnumerable<DependencyTerm> EachItemTerms => Terms.Where(term => term.Kind == DependencyKind.EachItem);

    public bool HasEachItem => EachItemTerms.Any();

    /// <summary>Reads <paramref name="text"/>. Labels are turned into ids by <paramref name="findLabel"/> (null = no such label).</summary>
    /// <returns>Null and a sentence when the text is not a dependency; null and no sentence when it holds nothing.</returns>
    public static DependencyExpression? Parse(string text, Func<string, JobId?> findLabel, out string? refusal)
    {
        var groups = new List<IReadOnlyList<DependencyTerm>>();
        var count = 0;
        foreach (var alternative in text.Split("||"))
        {
            var terms = new List<DependencyTerm>();
            foreach (var raw in SplitTerms(alternative))
            {
                var term = ParseTerm(raw.Trim(), findLabel, out refusal);
                if (refusal is not null)
                {
                    return null;
                }

                if (term is not null)
                {
                    terms.Add(term);
                    count++;
                }
            }

            if (terms.Count > 0)
            {
                groups.Add(terms);
            }
        }

        refusal = count > 64 ? $"dependency names {count} events, at most 64 are allowed: depend on the last job of a chain instead" : null;
        var expression = groups.Count == 0 ? null : new DependencyExpression(groups);
        if (refusal is null && groups.Count > 1 && expression!.HasEachItem)
        {
            refusal = $"dependency '{text}' joins item-by-item links by '||', which has no meaning for single items: use ',' between them";
        }

        return refusal is null ? expression : null;
    }

    /// <summary>The canonical text, with ids only.</summary>
    public override string ToString() => string.Join("||", Groups.Select(group => string.Join(",", group.Select(TextOf))));

    /// <summary>True when some group has come true, item-by-item terms apart.</summary>
    internal bool Evaluate(Func<DependencyTerm, bool> holds)
    {
        var bit = 0;
        var any = false;
        foreach (var group in Groups)
        {
            var all = true;
            foreach (var term in group)
            {
                var mask = 1UL << bit++;
                if (term.Kind == DependencyKind.EachItem)
                {
                    continue;
                }

                if ((Satisfied & mask) == 0 && holds(term))
                {
                    Satisfied |= mask;
                }

                all &= (Satisfied & mask) != 0;
            }

            any |= all;
        }

        return any;
    }

    private static IEnumerable<string> SplitTerms(string text)
    {
        // The JSON of an info term holds commas of its own.
        var start = 0;
        var depth = 0;
        for (var at = 0; at < text.Length; at++)
        {
            depth += text[at] is '{' or '[' ? 1 : text[at] is '}' or ']' ? -1 : 0;
            var width = depth != 0 ? 0 : text[at] == ',' ? 1 : text[at] == '&' && at + 1 < text.Length && text[at + 1] == '&' ? 2 : 0;
            if (width > 0)
            {
                yield return text[start..at];
                start = at + width;
                at += width - 1;
            }
        }

        yield return text[start..];
    }

    private static DependencyTerm? ParseTerm(string text, Func<string, JobId?> findLabel, out string? refusal)
    {
        refusal = null;
        if (text.Length == 0)
        {
            refusal = "dependency has an empty term: write job ids or events such as link-complete-job-12, separated by ','";
            return null;
        }

        if (text.StartsWith("info-", StringComparison.Ordinal))
        {
            return null;
        }

        if (TryId(text, out var bare))
        {
            return new DependencyTerm(DependencyEvent.Complete, DependencyKind.Job, bare, "");
        }

        var body = text.StartsWith("link-", StringComparison.Ordinal) ? text[5..] : text;
        var first = body.IndexOf('-');
        var second = first < 0 ? -1 : body.IndexOf('-', first + 1);
        if (second < 0 || second + 1 >= body.Length)
        {
            refusal = $"dependency '{text}' is not of the form [link-]EVENT-TYPE-JOB, such as link-complete-job-12";
            return null;
        }

        return ParseEvent(text, body[..first], body[(first + 1)..second], body[(second + 1)..], findLabel, out refusal);
    }

    private static DependencyTerm? ParseEvent(string text, string name, string type, string rest, Func<string, JobId?> findLabel, out string? refusal)
    {
        refusal = null;
        DependencyEvent? happening = name switch
        {
            "complete" => DependencyEvent.Complete,
            "done" => DependencyEvent.Done,
            "failed" => DependencyEvent.Failed,
            "killed" => DependencyEvent.Killed,
            _ => null,
        };
        if (happening is null)
        {
            refusal = $"dependency '{text}' waits for '{name}': it can wait for complete, done, failed or killed";
            return null;
        }

        if (type is not ("job" or "work" or "subjob"))
        {
            refusal = $"dependency '{text}' is about '{type}': it can be about job, work or subjob";
            return null;
        }

        var (job, extra) = SplitContext(rest, findLabel);
        if (job is null)
        {
            refusal = $"dependency '{text}': there is no job or label '{rest}' in this process group; give a job id or submit the jobs together";
            return null;
        }

        var kind = (type, extra) switch
        {
            ("job", _) => DependencyKind.Job,
            ("subjob", "" or "*") => DependencyKind.Job,
            ("subjob", _) => DependencyKind.Instance,
            (_, "" or "*") => DependencyKind.EachItem,
            _ => DependencyKind.Item,
        };
        if (kind == DependencyKind.Instance && !int.TryParse(extra, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            refusal = $"dependency '{text}': '{extra}' is not an instance number";
            return null;
        }

        return new DependencyTerm(happening.Value, kind, job.Value, kind is DependencyKind.Instance or DependencyKind.Item ? extra : "");
    }

    /// <summary>Labels and item names may hold dashes: the longest context that is an id or a known label wins.</summary>
    private static (JobId? Job, string Extra) SplitContext(string rest, Func<string, JobId?> findLabel)
    {
        for (var end = rest.Length; end > 0; end = rest.LastIndexOf('-', end - 1))
        {
            var context = rest[..end];
            var job = TryId(context, out var id) ? id : findLabel(context);
            if (job is not null)
            {
                return (job, end < rest.Length ? rest[(end + 1)..] : "");
            }
        }

        return (null, "");
    }

    private static bool TryId(string text, out JobId id)
    {
        var ok = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        id = new JobId(value);
        return ok;
    }

    private static string TextOf(DependencyTerm term)
    {
        var name = term.Event.ToString().ToLowerInvariant();
        var type = term.Kind switch { DependencyKind.Job => "job", DependencyKind.Instance => "subjob", DependencyKind.Item or DependencyKind.EachItem => "work" };
        return $"link-{name}-{type}-{term.Job}" + (term.Extra.Length > 0 ? "-" + term.Extra : "");
    }
}
