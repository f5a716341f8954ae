using System.Text;
using System.Text.RegularExpressions;

namespace Quern.Configuration.Central;

/// <summary>
/// Replaces macros in the values of one host: <c>$template.key</c> and <c>${template.key}</c>, where <c>self</c> and <c>this</c> mean the host itself, and
/// <c>$_</c> and <c>${_}</c>, the host's name. Any other dollar sign is itself. What a macro brings is expanded in turn, within bounds.
/// </summary>
internal sealed partial class MacroExpander(string host, Func<string, string, CentralEntry?> find)
{
    private const int LongestValue = 16 * 1024;
    private const int MostSteps = 500;
    private const int Deepest = 16;

    private int steps;

    /// <exception cref="FormatException">A macro leads nowhere, to itself, or too far.</exception>
    public string Expand(string value) => Expand(value, 0);

    private string Expand(string value, int depth)
    {
        if (!value.Contains('$', StringComparison.Ordinal))
        {
            return value;
        }

        var text = new StringBuilder();
        var from = 0;
        foreach (Match macro in Macro().Matches(value))
        {
            text.Append(value, from, macro.Index - from);
            from = macro.Index + macro.Length;
            text.Append(macro.Groups["key"].Success ? Looked(macro.Groups["name"].Value, macro.Groups["key"].Value, depth) : host);
            if (text.Length > LongestValue)
            {
                throw new FormatException($"its macros make it longer than {LongestValue} characters; write the value out");
            }
        }

        return text.Append(value, from, value.Length - from).ToString();
    }

    private string Looked(string name, string key, int depth)
    {
        if (depth >= Deepest || ++steps > MostSteps)
        {
            throw new FormatException($"${name}.{key} leads back to itself or too far; name a template that has the value");
        }

        return find(name, key) is { } entry
            ? Expand(entry.Value, depth + 1)
            : throw new FormatException($"${SettingDefinition.Quote(name)}.{SettingDefinition.Quote(key)} is set nowhere; correct the macro, or set {SettingDefinition.Quote(key)} in that section");
    }

    [GeneratedRegex(@"\$\{_\}|\$\{(?<name>[A-Za-z0-9_.-]+)\.(?<key>\w+)\}|\$(?!_\.)(?<name>[A-Za-z0-9_]+)\.(?<key>\w+)|\$_", RegexOptions.CultureInvariant)]
    private static partial Regex Macro();
}
