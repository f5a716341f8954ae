using System.Diagnostics;
using System.Globalization;

namespace Quern.CoreBench;

/// <summary>Durations of one kind of thing, and lines for people: <c>name value unit</c>.</summary>
internal sealed class Meter
{
    private readonly List<double> _ms = [];

    public double TotalSeconds { get; private set; }

    public int Count => _ms.Count;

    public double MostMs => _ms.Count == 0 ? 0 : _ms.Max();

    public static long Clock() => Stopwatch.GetTimestamp();

    /// <param name="started">Of <see cref="Clock"/>.</param>
    /// <param name="more">What belongs to it and was measured before.</param>
    public void Add(long started, long more = 0)
    {
        var ms = (Clock() - started + more) * 1000.0 / Stopwatch.Frequency;
        _ms.Add(ms);
        TotalSeconds += ms / 1000;
    }

    /// <param name="share">0.5 = median.</param>
    public double Percentile(double share)
    {
        if (_ms.Count == 0)
        {
            return 0;
        }

        var ordered = _ms.Order().ToList();
        return ordered[(int)Math.Round(share * (ordered.Count - 1))];
    }

    public static void Say(string name, double value, string unit) =>
        Console.WriteLine($"{name,-28} {value.ToString(Math.Abs(value) >= 100 ? "0" : "0.###", CultureInfo.InvariantCulture)} {unit}");
}
