namespace Quern.Core.Expressions;

/// <summary>Finds what a mistyped word was meant to be.</summary>
internal static class Spelling
{
    private const int LongestWord = 100;

    /// <returns><c>, did you mean 'x'?</c>, or nothing when no candidate is near.</returns>
    internal static string Hint(string word, IEnumerable<string> candidates) => Nearest(word, candidates) is { } meant ? $", did you mean '{meant}'?" : "";

    internal static string? Nearest(string word, IEnumerable<string> candidates)
    {
        if (word.Length > LongestWord)
        {
            return null;
        }

        var best = (Distance: Math.Max(1, word.Length / 4) + 1, Word: (string?)null);
        foreach (var candidate in candidates)
        {
            var distance = Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < best.Distance)
            {
                best = (distance, candidate);
            }
        }

        return best.Word;
    }

    /// <summary>Letters to add, drop, change, or swap with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        int[] beforeLast = [], last = [.. Enumerable.Range(0, b.Length + 1)];
        for (var i = 1; i <= a.Length; i++)
        {
            var row = new int[b.Length + 1];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
                }
            }

            (beforeLast, last) = (last, row);
        }

        return last[b.Length];
    }
}
