using System.Globalization;

namespace Quern.Core.Agendas;

/// <summary>
/// The few frames of a job that somebody wants to see first; they become a job of their own. Source: reference, qube-jobs 6.3.
/// </summary>
public static class PosterItems
{
    /// <summary>First, last and middle of a range, the middle as the binary order has it: 1-20 gives 1, 20 and 10.</summary>
    public static IReadOnlyList<string> UsualOf(string range, int limit) =>
        Agenda.Parse(range, AgendaSplit.Frames, 1, AgendaOrder.Binary, limit).Agenda is { } frames ? [.. Enumerable.Range(0, Math.Min(3, frames.Count)).Select(index => frames[index].Name)] : [];

    /// <summary>The same of a list, by index.</summary>
    public static IReadOnlyList<int> UsualOf(int count) => [.. new[] { 0, count - 1, 1 + ((count - 3) / 2) }.Where(index => index >= 0 && index < count).Distinct()];

    /// <summary>The range without these items; empty when none is left.</summary>
    public static string Without(string range, IReadOnlySet<string> items)
    {
        if (RangeText.Read(range, out var text) is not null)
        {
            return range;
        }

        var numbers = items.Select(item => long.TryParse(item, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : (long?)null).OfType<long>().ToList();
        var left = new List<string>();
        var literal = 0;
        long before = 0;
        foreach (var run in text.Runs)
        {
            var done = 0L;
            while (done < run.Count)
            {
                AddLiterals(before + done);
                var end = literal < text.Literals.Count ? Math.Min(run.Count, text.Before[literal] - before) : run.Count;
                left.AddRange(Pieces(run.Slice(done, end - done), numbers));
                done = end;
            }

            before += run.Count;
        }

        AddLiterals(before);
        return string.Join(',', left);

        void AddLiterals(long at)
        {
            for (; literal < text.Literals.Count && text.Before[literal] <= at; literal++)
            {
                if (!items.Contains(text.Literals[literal]))
                {
                    left.Add(text.Literals[literal]);
                }
            }
        }
    }

    /// <summary>What is left of a run when numbers are taken out.</summary>
    private static IEnumerable<string> Pieces(RangeRun run, List<long> numbers)
    {
        var from = 0L;
        foreach (var taken in numbers.Select(run.PositionOf).Where(position => position >= 0).Order().Append(run.Count))
        {
            if (taken > from)
            {
                yield return run.Slice(from, taken - from).ToString();
            }

            from = taken + 1;
        }
    }
}
