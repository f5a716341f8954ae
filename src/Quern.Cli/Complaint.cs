using Quern.Client;

namespace Quern.Cli;

/// <summary>What goes wrong, as a terminal shows it.</summary>
internal static class Complaint
{
    /// <summary>One line; the lines below it that show an expression with a mark under the place stay lines of their own.</summary>
    public static string Of(string message)
    {
        var lines = message.ReplaceLineEndings("\n").Split('\n');
        var sentence = lines.TakeWhile(line => !line.StartsWith(FarmException.Excerpt, StringComparison.Ordinal)).ToList();
        return string.Join('\n', lines.Skip(sentence.Count).Prepend(string.Join(' ', sentence)));
    }
}
