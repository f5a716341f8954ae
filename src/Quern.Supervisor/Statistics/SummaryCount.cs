using System.Globalization;
using Quern.Core;
using Quern.Core.Jobs;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Statistics;

/// <summary>A table of a summary while it is counted. Not thread-safe: one request owns it, and fills it on the loop.</summary>
internal sealed class SummaryCount
{
    /// <summary>Beyond it a value has no row of its own; its jobs count in the total.</summary>
    internal const int MostRows = 10_000;

    private static readonly (string Name, Func<Job, string> Key)[] Attributes =
    [
        ("priority", static job => job.Spec.Priority.ToString(CultureInfo.InvariantCulture)),
        ("cluster", static job => job.Spec.Cluster),
        ("user", static job => job.Spec.User),
        ("group", static job => job.Spec.Groups),
        ("cluster/priority", static job => string.Create(CultureInfo.InvariantCulture, $"{job.Spec.Cluster}:{job.Spec.Priority}")),
        ("reservation", static job => job.Reservations.Text),
        ("account", static job => job.Spec.Account),
        ("type", static job => job.Spec.Prototype),
    ];

    private readonly string name;
    private readonly Func<Job, string> key;
    private readonly Dictionary<string, Sum> rows = new(StringComparer.Ordinal);
    private readonly HashSet<string> more = new(StringComparer.Ordinal);
    private readonly Sum total = new();

    private SummaryCount(string name, Func<Job, string> key) => (this.name, this.key) = (name, key);

    public static IReadOnlyList<string> Names { get; } = [.. Attributes.Select(attribute => attribute.Name)];

    /// <summary>Null when there is no such table.</summary>
    public static SummaryCount? Find(string name)
        => Array.FindIndex(Attributes, attribute => attribute.Name == name) is >= 0 and var at ? new SummaryCount(name, Attributes[at].Key) : null;

    public void Add(Job job)
    {
        total.Add(job);
        var value = key(job);
        if (rows.TryGetValue(value, out var sum))
        {
            sum.Add(job);
        }
        else if (rows.Count < MostRows)
        {
            rows[value] = sum = new Sum();
            sum.Add(job);
        }
        else if (more.Count < MostRows)
        {
            more.Add(value);
        }
    }

    /// <summary>Rows by number where the keys are numbers, else by text.</summary>
    public SummaryTable Show() => new()
    {
        By = name, MoreKeys = more.Count, Total = total.Show("total"),
        Rows = [.. rows.OrderBy(row => int.TryParse(row.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue)
            .ThenBy(row => row.Key, StringComparer.Ordinal).Select(row => row.Value.Show(row.Key))],
    };

    private sealed class Sum
    {
        private static readonly Status[] Known = Enum.GetValues<Status>();
        private static readonly ItemState[] ItemStates = [.. Enum.GetValues<ItemState>().Where(state => state != ItemState.Untouched)];
        private readonly Dictionary<Status, long> instances = Known.ToDictionary(status => status, _ => 0L);
        private readonly long[] items = new long[ItemStates.Length + 1];
        private long jobs;

        public void Add(Job job)
        {
            jobs++;
            foreach (var status in Known)
            {
                instances[status] += job.CountInstances(status);
            }

            if (job.Items is { } table)
            {
                foreach (var state in ItemStates)
                {
                    items[(int)state] += table.CountOf(state);
                }
            }
        }

        public SummaryRow Show(string key) => new()
        {
            Key = key, Jobs = jobs,
            Instances = new StatusCounts
            {
                Badlogin = instances[Status.BadLogin], Blocked = instances[Status.Blocked], Complete = instances[Status.Complete], Failed = instances[Status.Failed],
                Killed = instances[Status.Killed], Pending = instances[Status.Pending], Suspended = instances[Status.Suspended], Waiting = instances[Status.Waiting],
                Running = instances[Status.Running] + instances[Status.Registering] + instances[Status.Exiting] + instances[Status.Dying],
            },
            Work = new StatusCounts
            {
                Blocked = items[(int)ItemState.Blocked], Complete = items[(int)ItemState.Complete], Failed = items[(int)ItemState.Failed], Killed = items[(int)ItemState.Killed],
                Pending = items[(int)ItemState.Pending] + items[(int)ItemState.Leased], Running = items[(int)ItemState.Running],
            },
        };
    }
}
