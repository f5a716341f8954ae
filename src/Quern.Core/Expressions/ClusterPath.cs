namespace Quern.Core.Expressions;

/// <summary>A place in the cluster tree: <c>/</c>, <c>/show/comp</c>. Capital and small letters differ. A value.</summary>
public sealed class ClusterPath : IEquatable<ClusterPath>
{
    private readonly string[] _segments;

    internal ClusterPath(string[] segments) => (_segments, Text) = (segments, "/" + string.Join('/', segments));

    public static ClusterPath Root { get; } = new([]);

    public string Text { get; }

    public IReadOnlyList<string> Segments => _segments;

    /// <summary>0 for the root.</summary>
    public int Depth => _segments.Length;

    /// <returns>Null and the sentence that says where and what is wrong; or the path.</returns>
    public static ClusterPath? Parse(string text, out string? refusal) => ClusterGrammar.Read(text, ClusterGrammar.WholePath, out refusal);

    /// <summary>How many leading segments the two have in common.</summary>
    public int Common(ClusterPath other)
    {
        var count = 0;
        while (count < Depth && count < other.Depth && _segments[count] == other._segments[count])
        {
            count++;
        }

        return count;
    }

    public bool Equals(ClusterPath? other) => other is not null && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as ClusterPath);

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Text;
}
