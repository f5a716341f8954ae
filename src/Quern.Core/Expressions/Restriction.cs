namespace Quern.Core.Expressions;

/// <summary>
/// Which clusters may meet: <c>/a</c> that one alone, <c>/a/*</c> those one level below it, <c>/a/+</c> it and everything below,
/// several with <c>||</c> between. A value. Source: reference, qube-jobs 11.3, 20.
/// </summary>
public sealed class Restriction
{
    private readonly Entry[] _entries;

    internal Restriction(Entry[] entries) => (_entries, Text) = (entries, string.Join(" || ", entries.Select(Print)));

    internal enum Reach { Exact, Children, Below }

    public string Text { get; }

    /// <returns>Null and the sentence that says where and what is wrong; or the restriction.</returns>
    public static Restriction? Parse(string text, out string? refusal) => ClusterGrammar.Read(text, ClusterGrammar.WholeRestriction, out refusal);

    public bool Allows(ClusterPath path)
    {
        foreach (var entry in _entries)
        {
            var isBelow = entry.Path.Common(path) == entry.Path.Depth;
            var isAllowed = entry.Reach switch
            {
                Reach.Exact => isBelow && path.Depth == entry.Path.Depth,
                Reach.Children => isBelow && path.Depth == entry.Path.Depth + 1,
                Reach.Below => isBelow,
            };
            if (isAllowed)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// For a worker's restriction: a path of the job's is allowed. A <c>+</c> counts for nothing here, or a job of <c>/+</c> would pass every restriction.
    /// </summary>
    public bool Allows(ClusterChoice cluster)
    {
        foreach (var path in cluster.Paths)
        {
            if (Allows(path))
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => Text;

    private static string Print(Entry entry)
    {
        var lead = entry.Path.Depth == 0 ? "" : entry.Path.Text;
        return entry.Reach switch
        {
            Reach.Exact => entry.Path.Text,
            Reach.Children => lead + "/*",
            Reach.Below => lead + "/+",
        };
    }

    internal readonly record struct Entry(ClusterPath Path, Reach Reach);
}
