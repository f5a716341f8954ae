using System.Globalization;

namespace Quern.Core.Agendas;

/// <summary>
/// <paramref name="Count"/> numbers from <paramref name="Start"/> on, <paramref name="Step"/> apart (negative = counting down, 0 only for one number).
/// First and last number fit in a long, so the arithmetic between them may wrap but always arrives.
/// </summary>
internal readonly record struct RangeRun(long Start, long Step, long Count)
{
    public long Last => unchecked(Start + Step * (Count - 1));
    public long Min => Math.Min(Start, Last);
    public long Max => Math.Max(Start, Last);
    public ulong Stride => Step < 0 ? unchecked((ulong)-Step) : (ulong)Step;

    public long At(long position) => unchecked(Start + Step * position);

    public RangeRun Slice(long from, long count) => new(At(from), count == 1 ? 0 : Step, count);

    /// <summary>Where <paramref name="number"/> stands in the run; -1 = nowhere.</summary>
    public long PositionOf(long number)
    {
        if (number < Min || number > Max)
        {
            return -1;
        }
        if (Count == 1)
        {
            return 0;
        }
        var distance = Step > 0 ? unchecked((ulong)number - (ulong)Start) : unchecked((ulong)Start - (ulong)number);
        return distance % Stride == 0 ? (long)(distance / Stride) : -1;
    }

    public override string ToString()
    {
        var start = Start.ToString(CultureInfo.InvariantCulture);
        if (Count == 1)
        {
            return start;
        }
        var span = $"{start}-{Last.ToString(CultureInfo.InvariantCulture)}";
        return Stride == 1 ? span : $"{span}x{Stride.ToString(CultureInfo.InvariantCulture)}";
    }
}
