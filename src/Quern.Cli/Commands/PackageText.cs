using System.Text;
using Quern.Cli.Options;

namespace Quern.Cli.Commands;

/// <summary>
/// Qube's text form of a package: <c>(=(key=value)(key=value))</c>; parentheses inside a value are written with a backslash.
/// Source: PipelineFX/docs: archives (reference, jobs 17.3).
/// </summary>
internal static class PackageText
{
    /// <exception cref="UsageException">The text is not of that form.</exception>
    public static Dictionary<string, string> Read(string text)
    {
        var package = new Dictionary<string, string>();
        if (!text.StartsWith("(=", StringComparison.Ordinal) || !text.EndsWith(')'))
        {
            throw new UsageException($"--data '{text}': write it as (=(key=value)(key=value))");
        }

        var at = 2;
        while (at < text.Length - 1)
        {
            if (text[at] != '(')
            {
                throw new UsageException($"--data: there is '{text[at]}' at position {at} where a '(' should be");
            }

            var entry = TakeEntry(text, ref at);
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"--data: '({entry})' has no key: write it as (key=value)");
            }

            package[entry[..equals]] = entry[(equals + 1)..];
        }

        return package;
    }

    /// <summary>The text that reads back as <paramref name="package"/>.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, string>> package)
    {
        var text = new StringBuilder("(=");
        foreach (var (key, value) in package)
        {
            text.Append('(').Append(key).Append('=');
            foreach (var c in value)
            {
                text.Append(c is '(' or ')' or '\\' ? "\\" : "").Append(c);
            }

            text.Append(')');
        }

        return text.Append(')').ToString();
    }

    private static string TakeEntry(string text, ref int at)
    {
        var entry = new StringBuilder();
        for (at++; at < text.Length - 1; at++)
        {
            // A backslash before anything else is itself: paths of Windows come unescaped.
            if (text[at] == '\\' && text[at + 1] is '(' or ')' or '\\')
            {
                entry.Append(text[++at]);
            }
            else if (text[at] == ')')
            {
                at++;
                return entry.ToString();
            }
            else
            {
                entry.Append(text[at]);
            }
        }

        throw new UsageException("--data: an entry has no closing parenthesis");
    }
}
