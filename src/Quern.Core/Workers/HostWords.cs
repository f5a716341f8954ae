namespace Quern.Core.Workers;

/// <summary>
/// What people and scripts say of a host while it runs; it stands over what the host says itself, until it is taken back. Names are without <c>host.</c>.
/// Source: reference, qube-jobs 13.
/// </summary>
public sealed record HostWords
{
    public static readonly HostWords None = new();

    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>How many there are.</summary>
    public IReadOnlyDictionary<string, int> Totals { get; init; } = new Dictionary<string, int>();

    /// <summary>How many of them others than the farm used when it was said.</summary>
    public IReadOnlyDictionary<string, int> Others { get; init; } = new Dictionary<string, int>();

    internal bool IsNone => Properties.Count + Totals.Count + Others.Count == 0;

    internal WorkerFacts Over(WorkerFacts facts) => IsNone ? facts : facts with { Properties = Over(facts.Properties, Properties), Resources = Over(facts.Resources, Totals) };

    private static Dictionary<string, T> Over<T>(IReadOnlyDictionary<string, T> own, IReadOnlyDictionary<string, T> said)
    {
        var merged = new Dictionary<string, T>(own);
        foreach (var (name, value) in said)
        {
            merged[name] = value;
        }

        return merged;
    }
}

/// <summary>A change of <see cref="HostWords"/>: what is set, then what is taken back.</summary>
/// <param name="Resources">Used and total, by name.</param>
/// <param name="Taken">Names of resources and properties.</param>
public sealed record HostWordsChange(IReadOnlyDictionary<string, (int Used, int Total)> Resources, IReadOnlyDictionary<string, string> Properties, IReadOnlyList<string> Taken)
{
    private const int LongestName = 100;
    private const int LongestValue = 1000;

    /// <summary>What a host is or has by itself, and nobody else can say.</summary>
    private static readonly string[] Fixed =
        ["processors", "memory", "swap", "name", "os", "state", "cluster", "groups", "restrictions", "address", "worker_mode", "proxy_mode", "proxy_account", "qube_version", "qube_build", "qube_class", "version", "cpus", "cores", "jobtypes", "flags", .. LoadAverages.Names];

    /// <summary>
    /// Reads <c>host.a=4/20,host.p=v</c>: a value of two numbers is used and total of a resource, one number is a total of which none is used by others, anything else is a
    /// property. Null and one sentence when it cannot be read.
    /// </summary>
    public static HostWordsChange? Parse(string set, string taken, out string? refusal)
    {
        refusal = null;
        var resources = new Dictionary<string, (int, int)>();
        var properties = new Dictionary<string, string>();
        var names = new List<string>();
        foreach (var entry in set.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                refusal = $"'{Short(entry)}' says nothing: write host.NAME=USED/TOTAL for a resource, host.NAME=VALUE for a property";
                return null;
            }

            var value = entry[(equals + 1)..].Trim();
            if (NameOf(entry[..equals].Trim(), out refusal) is not { } name)
            {
                return null;
            }

            if (value.Length > LongestValue || value.Any(char.IsControl))
            {
                refusal = $"the value of host.{name} is longer than {LongestValue} characters, or not printable";
                return null;
            }

            if (AmountOf(value) is { } amount)
            {
                resources[name] = amount;
            }
            else
            {
                properties[name] = value;
            }
        }

        foreach (var word in taken.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (NameOf(word, out refusal) is not { } name)
            {
                return null;
            }

            names.Add(name);
        }

        refusal = resources.Count + properties.Count + names.Count == 0 ? "nothing is said and nothing taken back" : null;
        return refusal is null ? new HostWordsChange(resources, properties, names) : null;
    }

    /// <param name="held">What the farm's instances hold of a resource now, which is among what is said to be used.</param>
    internal HostWords After(HostWords before, Func<string, int> held)
    {
        var properties = new Dictionary<string, string>(before.Properties);
        var totals = new Dictionary<string, int>(before.Totals);
        var others = new Dictionary<string, int>(before.Others);
        foreach (var (name, value) in Properties)
        {
            properties[name] = value;
        }

        foreach (var (name, (taken, total)) in Resources)
        {
            (totals[name], others[name]) = (total, Math.Max(0, taken - held(name)));
        }

        foreach (var name in Taken)
        {
            properties.Remove(name);
            totals.Remove(name);
            others.Remove(name);
        }

        return new HostWords { Properties = properties, Totals = totals, Others = others };
    }

    internal string Text => string.Join(", ", Resources.Select(pair => $"{pair.Key}={pair.Value.Used}/{pair.Value.Total}").Concat(Properties.Select(pair => $"{pair.Key}={pair.Value}")).Concat(Taken.Select(name => $"{name} taken back")));

    private static string? NameOf(string text, out string? refusal)
    {
        const string prefix = "host.";
        var name = (text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? text[prefix.Length..] : text).ToLowerInvariant();
        refusal = name.Length is 0 or > LongestName || !char.IsLetter(name[0]) || !name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.') || name.EndsWith(".used", StringComparison.Ordinal) || name.EndsWith(".total", StringComparison.Ordinal) || name.EndsWith(".avail", StringComparison.Ordinal)
            ? $"'{Short(text)}' is no name: letters, digits, dots, dashes and underscores, a letter first"
            : Fixed.Contains(name) ? $"host.{name} is what the host says itself: set it in the host's own settings, or in qbwrk.conf"
            : null;
        return refusal is null ? name : null;
    }

    private static (int Used, int Total)? AmountOf(string value) => value.Split('/') switch
    {
        [var one] when Number(one) is { } total => (0, total),
        [var first, var second] when Number(first) is { } used && Number(second) is { } total => (used, total),
        _ => null,
    };

    private static int? Number(string text) => int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Short(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '?' : c));
}
