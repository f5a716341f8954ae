namespace Quern.Configuration;

/// <summary>
/// Reads the language of <c>qb.conf</c>: <c>key = value</c> a line, <c>#</c> comments, quotes, and <c>key = {</c> ... <c>}</c> blocks whose
/// lines are kept as they are. Source: PipelineFX/docs: qb.conf (reference, worker 3.2).
/// </summary>
internal static class QbConf
{
    public readonly record struct Entry(string Key, string Value, int Line);

    public static IReadOnlyList<Entry> Parse(string text, string file)
    {
        var entries = new List<Entry>();
        var lines = text.Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var line = WithoutComment(lines[at]).Trim();
            if (line.Length == 0)
            {
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new ConfigurationException($"{file}:{at + 1}: '{line}' is not of the form key = value: correct or comment out the line");
            }

            var key = line[..equals].Trim();
            var value = line[(equals + 1)..].Trim();
            var first = at + 1;
            if (value == "{")
            {
                value = Block(lines, ref at, file, key);
            }

            entries.Add(new Entry(key, Unquote(value), first));
        }

        return entries;
    }

    private static string Block(string[] lines, ref int at, string file, string key)
    {
        var from = at + 1;
        while (++at < lines.Length)
        {
            if (lines[at].Trim() == "}")
            {
                return string.Join('\n', lines[from..at].Select(line => line.Trim()).Where(line => line.Length > 0));
            }
        }

        throw new ConfigurationException($"{file}:{from}: the block of '{key}' has no closing brace: end it with a line that holds only '}}'");
    }

    private static string WithoutComment(string line)
    {
        var quote = '\0';
        for (var at = 0; at < line.Length; at++)
        {
            var c = line[at];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '#')
            {
                return line[..at];
            }
        }

        return line;
    }

    private static string Unquote(string value)
        => value.Length >= 2 && value[0] == value[^1] && value[0] is '"' or '\'' ? value[1..^1] : value;
}
