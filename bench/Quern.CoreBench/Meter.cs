using System.Globalization;
using System.Runtime.InteropServices;

namespace Quern.CoreBench;

/// <summary>Durations of one kind of thing, in processor time of this thread, so that whatever else the machine does is not counted; and lines for people: <c>name value unit</c>.</summary>
internal sealed partial class Meter
{
    private readonly List<double> _ms = [];

    public double TotalSeconds { get; private set; }

    public int Count => _ms.Count;

    public double MostMs => _ms.Count == 0 ? 0 : _ms.Max();

    /// <summary>This thread's processor time, ns.</summary>
    public static long Clock()
    {
        const int ThreadCpuTime = 3;
        Marshal.ThrowExceptionForHR(GetTime(ThreadCpuTime, out var time) == 0 ? 0 : -1);
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    /// <param name="startedNs">Of <see cref="Clock"/>.</param>
    /// <param name="moreNs">What belongs to it and was measured before.</param>
    public void Add(long startedNs, long moreNs = 0)
    {
        var ms = (Clock() - startedNs + moreNs) / 1e6;
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

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
