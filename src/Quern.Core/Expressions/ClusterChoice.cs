namespace Quern.Core.Expressions;

/// <summary>
/// Where a job has precedence: its <c>cluster</c>. A path, or several with commas between; one that ends in <c>+</c> stands for everything
/// below it as well. A value. Source: reference, qube-jobs 12.2.
/// </summary>
public sealed class ClusterChoice
{
    private readonly Entry[] _entries;

    internal ClusterChoice(Entry[] entries)
    {
        _entries = entries;
        Text = string.Join(',', entries.Select(entry => entry.IsPattern ? entry.Path.Depth == 0 ? "/+" : $"{entry.Path}+" : entry.Path.Text));
        Paths = [.. entries.Select(entry => entry.Path)];
    }

    public static ClusterChoice Root { get; } = new([new Entry(ClusterPath.Root, IsPattern: false)]);

    public string Text { get; }

    /// <summary>The path of each entry, without its <c>+</c>.</summary>
    public IReadOnlyList<ClusterPath> Paths { get; }

    /// <summary>What stands for the whole where one path is wanted: displays, shares.</summary>
    public ClusterPath First => Paths[0];

    /// <returns>Null and the sentence that says where and what is wrong; or the choice.</returns>
    public static ClusterChoice? Parse(string text, out string? refusal) => ClusterGrammar.Read(text, ClusterGrammar.WholeChoice, out refusal);

    /// <summary>
    /// How far a host is from the job; lower goes first. 1 where an entry names the host's place, else 2 and the steps from the deepest place that
    /// both share down to the host: steps towards the root are free. The best of the entries counts.
    /// </summary>
    public int Rank(ClusterPath host)
    {
        var best = int.MaxValue;
        foreach (var entry in _entries)
        {
            var common = entry.Path.Common(host);
            var isMatch = common == entry.Path.Depth && (entry.IsPattern || host.Depth == common);
            best = Math.Min(best, isMatch ? 1 : 2 + host.Depth - common);
        }

        return best;
    }

    public override string ToString() => Text;

    /// <param name="IsPattern">With a <c>+</c>.</param>
    internal readonly record struct Entry(ClusterPath Path, bool IsPattern);
}
