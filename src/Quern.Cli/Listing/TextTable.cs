namespace Quern.Cli.Listing;

/// <summary>
/// Columns for people, or separated by one character for scripts. In both the first line is the total and the second the header, as public scripts
/// expect (reference, clients 1).
/// </summary>
internal static class TextTable
{
    public static void Print(TextWriter to, string total, IReadOnlyList<string> header, IReadOnlyList<IReadOnlyList<string>> rows, string? delimiter)
    {
        to.WriteLine(total);
        if (delimiter is not null)
        {
            to.WriteLine(string.Join(delimiter, header));
            foreach (var row in rows)
            {
                to.WriteLine(string.Join(delimiter, row.Select(Clean)));
            }

            return;
        }

        var widths = header.Select((name, at) => Math.Max(name.Length, rows.Count == 0 ? 0 : rows.Max(row => Math.Max(1, row[at].Length)))).ToArray();
        to.WriteLine(Line(header, widths));
        foreach (var row in rows)
        {
            to.WriteLine(Line(row, widths));
        }
    }

    /// <summary>Text of a stranger for a terminal: a control character would be obeyed by it, and a line break would make a second row.</summary>
    public static string Clean(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;

    private static string Line(IReadOnlyList<string> row, int[] widths)
        => string.Join("  ", row.Select((cell, at) => (cell.Length == 0 ? "-" : Clean(cell)).PadRight(widths[at]))).TrimEnd();
}
