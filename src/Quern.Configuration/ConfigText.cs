namespace Quern.Configuration;

/// <summary>What the two files' languages share: comments and brace blocks.</summary>
internal static class ConfigText
{
    /// <summary>The line up to a <c>#</c> that is not in quotes. A quote that is not closed on its line is a plain character.</summary>
    public static string WithoutComment(string line)
    {
        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] is '"' or '\'' && line.IndexOf(line[at], at + 1) is > 0 and var closing)
            {
                at = closing;
            }
            else if (line[at] == '#')
            {
                return line[..at];
            }
        }

        return line;
    }

    /// <summary>
    /// The value that begins with <paramref name="value"/> on line <paramref name="at"/>: itself, or, when it begins with a brace, what stands between it and
    /// its closing brace (on the same line, or alone on a later one), a line an entry. Comments in a block are lines that begin with <c>#</c>, so
    /// that a path may hold one.
    /// </summary>
    /// <param name="at">Moved to the value's last line.</param>
    /// <returns>Null when the closing brace is missing; <paramref name="at"/> is then unchanged.</returns>
    public static string? Value(string[] lines, ref int at, string value)
    {
        if (!value.StartsWith('{'))
        {
            return value;
        }

        if (value.Length > 1 && value.EndsWith('}'))
        {
            return value[1..^1].Trim();
        }

        var entries = new List<string>();
        if (value[1..].Trim() is { Length: > 0 } first)
        {
            entries.Add(first);
        }

        for (var line = at + 1; line < lines.Length; line++)
        {
            var text = lines[line].Trim();
            if (text == "}" || WithoutComment(text).Trim() == "}")
            {
                at = line;
                return string.Join('\n', entries);
            }

            if (text.Length > 0 && text[0] != '#')
            {
                entries.Add(text);
            }
        }

        return null;
    }
}
