using System.Text;

namespace Quern.Configuration;

/// <summary>
/// The value of a path map: ordered pairs, one a line, in either of Qube's spellings: <c>"from" = "to"</c> and <c>"from" : "to",</c>. In quotes a
/// backslash is written twice. Source: PipelineFX/docs: worker_path_map, qbwrk.conf (reference, worker 3.2).
/// </summary>
public static class PathMap
{
    /// <exception cref="FormatException">An entry is neither form; one line.</exception>
    public static IReadOnlyList<(string From, string To)> Parse(string value)
    {
        var pairs = new List<(string, string)>();
        var at = 0;
        while (true)
        {
            while (at < value.Length && (char.IsWhiteSpace(value[at]) || value[at] == ','))
            {
                at++;
            }

            if (at >= value.Length)
            {
                return pairs;
            }

            var start = at;
            var isQuoted = value[at] == '"';
            var from = isQuoted ? Quoted(value, ref at) : Bare(value, ref at, '=');
            SkipBlanks(value, ref at);
            if (at >= value.Length || !(value[at] == '=' || (isQuoted && value[at] == ':')) || from.Length == 0)
            {
                throw Malformed(value, start);
            }

            at++;
            SkipBlanks(value, ref at);
            var to = at < value.Length && value[at] == '"' ? Quoted(value, ref at) : Bare(value, ref at, '\n').TrimEnd(',', ' ');
            EndOfEntry(value, ref at, start);
            pairs.Add((from, to));
        }
    }

    /// <summary>Null when the value is a path map, else what is wrong.</summary>
    public static string? Check(string value)
    {
        try
        {
            Parse(value);
            return value.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) ? "it holds a control character" : null;
        }
        catch (FormatException failure)
        {
            return failure.Message;
        }
    }

    private static void EndOfEntry(string value, ref int at, int start)
    {
        SkipBlanks(value, ref at);
        if (at < value.Length && value[at] is not (',' or '\n'))
        {
            throw Malformed(value, start);
        }
    }

    private static void SkipBlanks(string value, ref int at)
    {
        while (at < value.Length && value[at] != '\n' && char.IsWhiteSpace(value[at]))
        {
            at++;
        }
    }

    private static string Bare(string value, ref int at, char end)
    {
        var start = at;
        while (at < value.Length && value[at] != '\n' && value[at] != end)
        {
            at++;
        }

        return value[start..at].Trim();
    }

    private static string Quoted(string value, ref int at)
    {
        var start = at;
        var text = new StringBuilder();
        for (at++; at < value.Length && value[at] != '\n'; at++)
        {
            if (value[at] == '"')
            {
                at++;
                return text.ToString();
            }

            if (value[at] == '\\' && at + 1 < value.Length && value[at + 1] is '\\' or '"')
            {
                at++;
            }

            text.Append(value[at]);
        }

        throw Malformed(value, start);
    }

    private static FormatException Malformed(string value, int start)
    {
        var end = value.IndexOf('\n', start);
        return new FormatException($"'{SettingDefinition.Quote(end < 0 ? value[start..] : value[start..end])}' is not of the form \"from\" = \"to\"");
    }
}
