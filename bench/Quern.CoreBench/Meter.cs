using System.Diagnostics;
using System.Globalization;

namespace Quern.CoreBench;

/// <summary>Durations of one kind of thing, and lines for people: <c>name value unit</c>.</summary>
internal sealed class Meter
{
    private readonly List<double> _ms = [];
    private Reading _total;

    public double TotalSeconds => _total.Seconds;

    /// <summary>Processor time of the whole process, with what the runtime does beside: on a busy machine it says more than <see cref="TotalSeconds"/>.</summary>
    public double CpuSeconds => (double)_total.Cpu / TimeSpan.TicksPerSecond;

    /// <summary>Of <see cref="TotalSeconds"/>, in which memory was collected.</summary>
    public double PauseSeconds => (double)_total.Pause / TimeSpan.TicksPerSecond;

    public long AllocatedBytes => _total.Allocated;

    public int Count => _ms.Count;

    public double MostMs => _ms.Count == 0 ? 0 : _ms.Max();

    public static Reading Read() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime.Ticks, GC.GetTotalPauseDuration().Ticks, GC.GetAllocatedBytesForCurrentThread());

    /// <param name="started">Of <see cref="Read"/>.</param>
    /// <param name="more">What belongs to it and was measured before.</param>
    public void Add(Reading started, Reading more = default)
    {
        var took = Read() - started + more;
        _ms.Add(took.Seconds * 1000);
        _total += took;
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

/// <summary>Of all clocks, or what went by on each between two readings.</summary>
/// <param name="Wall">Ticks of the stopwatch.</param>
/// <param name="Cpu">Of the process; it and <paramref name="Pause"/> in ticks of a time span.</param>
/// <param name="Allocated">Bytes, by this thread.</param>
internal readonly record struct Reading(long Wall, long Cpu, long Pause, long Allocated)
{
    public double Seconds => (double)Wall / Stopwatch.Frequency;

    public static Reading operator +(Reading a, Reading b) => new(a.Wall + b.Wall, a.Cpu + b.Cpu, a.Pause + b.Pause, a.Allocated + b.Allocated);

    public static Reading operator -(Reading a, Reading b) => new(a.Wall - b.Wall, a.Cpu - b.Cpu, a.Pause - b.Pause, a.Allocated - b.Allocated);
}
