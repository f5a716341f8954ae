using System.Text;

namespace Quern.Execution.Windows;

/// <summary>The environment as Windows wants it: NAME=VALUE, each with a final zero, sorted by name without case, one more zero at the end.</summary>
internal static class EnvironmentBlock
{
    /// <summary>Names that differ only in case are one variable: the last counts.</summary>
    internal static string Of(IEnumerable<KeyValuePair<string, string>> variables)
    {
        var all = new SortedDictionary<string, (string Name, string Value)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in variables)
        {
            all[name] = (name, value);
        }

        var block = new StringBuilder();
        foreach (var (name, value) in all.Values)
        {
            block.Append(name).Append('=').Append(value).Append('\0');
        }

        return block.Append(all.Count == 0 ? "\0\0" : "\0").ToString();
    }
}
