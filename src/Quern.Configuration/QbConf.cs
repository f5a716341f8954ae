namespace Quern.Configuration;

/// <summary>
/// Reads the language of <c>qb.conf</c>: <c>key = value</c> a line, <c>#</c> comments, quotes, and <c>key = {</c> ... <c>}</c> blocks whose
/// lines are kept as they are. Source: PipelineFX/docs: qb.conf (reference, worker 3.2).
/// </summary>
internal static class QbConf
{
    /// <param name="Value">As it stands there, a block without its braces.</param>
    /// <param name="LastLine">Where it ends; <paramref name="Line"/> but for a block.</param>
    public readonly record struct Entry(string Key, string Value, int Line, int LastLine);

    /// <exception cref="ConfigurationException">A line is neither; the first that is not.</exception>
    public static IReadOnlyList<Entry> Parse(string text, string file)
    {
        var faults = new List<string>();
        var entries = Parse(text, file, faults);
        return faults.Count == 0 ? entries : throw new ConfigurationException(faults[0]);
    }

    /// <summary>Reads what can be read; <paramref name="faults"/> gets a line for the rest.</summary>
    public static IReadOnlyList<Entry> Parse(string text, string file, List<string> faults)
    {
        var entries = new List<Entry>();
        var lines = text.Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var line = ConfigText.WithoutComment(lines[at]).Trim();
            if (line.Length == 0)
            {
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                faults.Add($"{file}:{at + 1}: '{SettingDefinition.Quote(line)}' is not of the form key = value: correct or comment out the line");
                continue;
            }

            var (key, first) = (line[..equals].Trim(), at + 1);
            if (ConfigText.Value(lines, ref at, line[(equals + 1)..].Trim()) is { } value)
            {
                entries.Add(new Entry(key, value, first, at + 1));
            }
            else
            {
                faults.Add($"{file}:{first}: the block of '{SettingDefinition.Quote(key)}' has no closing brace: end it with a line that holds only '}}'");
            }
        }

        return entries;
    }
}
