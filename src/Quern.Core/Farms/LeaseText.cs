using System.Globalization;
using System.Runtime.CompilerServices;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>
/// The items a run holds as one text of its instance's row: <c>17@2+1732550000000 18-90@1</c>, in order; <c>+</c> marks the one that is running
/// and since when (Unix ms). Neighbours of the same attempt are one entry.
/// </summary>
internal static class LeaseText
{
    private const int UsualLength = 128;

    public static string Write(Instance instance)
    {
        var leases = instance.Leases;
        var text = new DefaultInterpolatedStringHandler(0, 0, CultureInfo.InvariantCulture, stackalloc char[UsualLength]);
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

            text.AppendLiteral(text.Text.IsEmpty ? "" : " ");
            text.AppendFormatted(first.Item);
            if (last.Item != first.Item)
            {
                text.AppendLiteral("-");
                text.AppendFormatted(last.Item);
            }

            text.AppendLiteral("@");
            text.AppendFormatted(first.Attempt);
            if (first.Item == instance.CurrentItem)
            {
                text.AppendLiteral("+");
                text.AppendFormatted(instance.CurrentStartedMs);
            }
        }

        return text.ToStringAndClear();
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
