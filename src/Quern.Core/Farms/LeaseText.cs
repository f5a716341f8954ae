using System.Globalization;
using System.Text;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>
/// The items a run holds as one text of its instance's row: <c>17@2+1732550000000 18-90@1</c>, in order; <c>+</c> marks the one that is running
/// and since when (Unix ms). Neighbours of the same attempt are one entry.
/// </summary>
internal static class LeaseText
{
    public static string Write(Instance instance)
    {
        var leases = instance.Leases;
        var text = new StringBuilder();
        for (var at = 0; at < leases.Count;)
        {
            var first = leases[at++];
            var last = first;
            if (first.Item != instance.CurrentItem)
            {
                while (at < leases.Count && leases[at].Item == last.Item + 1 && leases[at].Attempt == first.Attempt && leases[at].Item != instance.CurrentItem)
                {
                    last = leases[at++];
                }
            }

            text.Append(text.Length > 0 ? " " : "").Append(first.Item);
            if (last.Item != first.Item)
            {
                text.Append('-').Append(last.Item);
            }

            text.Append('@').Append(first.Attempt);
            if (first.Item == instance.CurrentItem)
            {
                text.Append('+').Append(instance.CurrentStartedMs);
            }
        }

        return text.ToString();
    }

    public static void Read(string text, Instance instance)
    {
        foreach (var entry in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = entry.IndexOf('@');
            var plus = entry.IndexOf('+');
            var dash = entry.IndexOf('-');
            var attempt = Number(plus < 0 ? entry[(at + 1)..] : entry[(at + 1)..plus]);
            var first = Number(dash < 0 ? entry[..at] : entry[..dash]);
            var last = dash < 0 ? first : Number(entry[(dash + 1)..at]);
            for (var item = first; item <= last; item++)
            {
                instance.Leases.Add(new Lease { Item = item, Attempt = attempt });
            }

            if (plus >= 0)
            {
                instance.CurrentItem = first;
                instance.CurrentStartedMs = long.Parse(entry[(plus + 1)..], CultureInfo.InvariantCulture);
            }
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
