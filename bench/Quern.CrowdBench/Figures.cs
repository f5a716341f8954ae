using System.Globalization;

namespace Quern.CrowdBench;

/// <summary>Lines for people: <c>name value unit</c>.</summary>
internal static class Figures
{
    public static void Say(string name, double value, string unit) =>
        Console.WriteLine($"{name,-28} {value.ToString(Math.Abs(value) >= 100 ? "0" : "0.###", CultureInfo.InvariantCulture)} {unit}");

    /// <param name="share">0.5 = median.</param>
    public static double Percentile(IReadOnlyCollection<double> values, double share)
    {
        var ordered = values.Order().ToList();
        return ordered.Count == 0 ? 0 : ordered[(int)Math.Round(share * (ordered.Count - 1))];
    }
}
