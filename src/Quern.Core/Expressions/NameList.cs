using System.Collections.Frozen;

namespace Quern.Core.Expressions;

/// <summary>Names of hosts or groups with commas between; capital and small letters are alike. Read once, asked often. A value.</summary>
public sealed class NameList
{
    private const int LongestText = 64 * 1024;
    private readonly FrozenSet<string> _names;

    private NameList(IReadOnlyList<string> names) => (Names, Text, _names) = (names, string.Join(',', names), names.ToFrozenSet(StringComparer.OrdinalIgnoreCase));

    /// <summary>As they were written, each once.</summary>
    public IReadOnlyList<string> Names { get; }

    public string Text { get; }

    /// <summary>Blanks around names and empty places are left out.</summary>
    /// <returns>Null and the sentence that says what is wrong; or the list, which is never empty.</returns>
    public static NameList? Parse(string text, out string? refusal)
    {
        string[] names = [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase)];
        refusal = text.Length > LongestText ? $"it has {text.Length} characters, at most {LongestText} are allowed; make it shorter"
            : names.Length == 0 ? "it names nothing; write names with commas between"
            : null;
        return refusal is null ? new NameList(names) : null;
    }

    public bool Contains(string name) => _names.Contains(name);

    /// <summary>One of the names is in this list.</summary>
    public bool ContainsAny(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (_names.Contains(name))
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => Text;
}
