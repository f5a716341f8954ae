using System.Text;

namespace Quern.Execution.Windows;

/// <summary>Windows hands a program one line; these are the rules by which it becomes words again.</summary>
internal static class CommandLine
{
    /// <summary>
    /// Words as one line that <c>CommandLineToArgvW</c> and the C runtime take apart into the same words (Source: Parsing C command-line arguments,
    /// Microsoft C++ documentation): backslashes count only before a quotation mark, and are doubled there.
    /// </summary>
    internal static string Of(params ReadOnlySpan<string> words)
    {
        var line = new StringBuilder();
        foreach (var word in words)
        {
            if (line.Length > 0)
            {
                line.Append(' ');
            }

            Append(line, word);
        }

        return line.ToString();
    }

    private static void Append(StringBuilder line, string word)
    {
        if (word.Length > 0 && !word.AsSpan().ContainsAny(" \t\n\v\""))
        {
            line.Append(word);
            return;
        }

        line.Append('"');
        var backslashes = 0;
        foreach (var c in word)
        {
            if (c == '\\')
            {
                backslashes++;
                continue;
            }

            line.Append('\\', c == '"' ? (backslashes * 2) + 1 : backslashes).Append(c);
            backslashes = 0;
        }

        line.Append('\\', backslashes * 2).Append('"');
    }
}
