using System.Text;
using Quern.Core.Expressions;
using Quern.Core.Workers;

namespace Quern.Core.Dispatch;

/// <summary>
/// Hosts that no job can tell apart but by their names, by what runs there and by what is free: same place, groups, kind, properties and totals. Those that take
/// work stand by the number of their free slots.
/// </summary>
internal sealed class HostClass
{
    private readonly List<SortedSet<Worker>> _byFree = [];

    public HostClass(int index, string key, Worker sample)
    {
        (Index, Key, Sample) = (index, key, sample);
        Cluster = ClusterPath.Parse(sample.Facts.Cluster, out _) ?? ClusterPath.Root;
        Groups = sample.Facts.Groups.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Restriction = sample.Facts.Restrictions.Length == 0 ? null : Restriction.Parse(sample.Facts.Restrictions, out _);
    }

    /// <summary>Small, used again when the class is gone.</summary>
    public int Index { get; }
    public string Key { get; }

    /// <summary>One of them, for what they all have in common.</summary>
    public Worker Sample { get; set; }
    public ClusterPath Cluster { get; }
    public IReadOnlyList<string> Groups { get; }
    public Restriction? Restriction { get; }
    public HashSet<Worker> Members { get; } = [];

    /// <summary>Runs that may have to give way.</summary>
    public VictimLine Running { get; } = new();

    /// <summary>Of <see cref="DispatchIndex.LanesOf"/>.</summary>
    public List<RankedLane> Lanes { get; } = [];

    public int LanesVersion { get; set; }

    /// <summary>How many of them take work.</summary>
    public int Taking { get; private set; }

    /// <summary>Most slots that are free on one of them; -1 = none of them takes anything.</summary>
    public int MostFree { get; private set; } = -1;

    /// <summary>Hosts with exactly so many free slots, the lowest number first.</summary>
    public SortedSet<Worker> WithFree(int free) => _byFree[free];

    public void Put(Worker worker, int free)
    {
        while (_byFree.Count <= free)
        {
            _byFree.Add(new SortedSet<Worker>(ByNumber));
        }

        _byFree[free].Add(worker);
        Taking++;
        MostFree = Math.Max(MostFree, free);
    }

    public void Take(Worker worker, int free)
    {
        _byFree[free].Remove(worker);
        Taking--;
        while (MostFree >= 0 && _byFree[MostFree].Count == 0)
        {
            MostFree--;
        }
    }

    public static IComparer<Worker> ByNumber { get; } = Comparer<Worker>.Create((x, y) => x.Id.Value.CompareTo(y.Id.Value));

    /// <summary>Everything about a host by which a job may choose it, but for what changes while it runs. Of its properties and the totals of its resources only those that some job asked for.</summary>
    public static string KeyOf(Worker worker, IEnumerable<string> mentioned)
    {
        var facts = worker.Facts;
        var text = new StringBuilder();
        text.AppendJoin('\n', facts.Cluster, facts.Groups, facts.Restrictions, facts.JobTypes, facts.Slots, facts.NeedsCredentials);
        foreach (var operand in mentioned)
        {
            text.Append('\n').Append(operand).Append('=').Append(HostOperands.Find(worker, operand).Text);
        }

        return text.ToString();
    }
}

/// <summary>A lane as one class of hosts sees it; the smaller rank goes first.</summary>
internal readonly record struct RankedLane(int Rank, Lane Lane);
