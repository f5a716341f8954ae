using System.Globalization;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Administration;

/// <summary>qbstats: what jobs and their instances took (reference, clients 2.3). Qube does not say what its text holds; this is ours.</summary>
internal static class StatsCommand
{
    public static Command Make() => new(
        "qbstats", "[options] ID[.INSTANCE]...", "Shows what jobs and each of their instances took.",
        [new("xml", null, "Prints XML."), Command.Json, Command.State, Command.Help, Command.Version], ["qbstats 12", "qbstats 12.0 12.3"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name the jobs or instances: 12 or 12.0");
        }

        using var client = FarmClient.Find(options.Text("state"));
        var all = new List<StatsView>();
        foreach (var word in options.Words)
        {
            all.AddRange(await client.StatsAsync(word, token).ConfigureAwait(false));
        }

        Print(Console.Out, all, options);
        return ExitCode.Done;
    }

    internal static void Print(TextWriter to, IReadOnlyList<StatsView> stats, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            to.WriteLine(JsonSerializer.Serialize(new StatsList { Stats = stats }, ApiJson.Default.StatsList));
            return;
        }

        if (options.Has("xml"))
        {
            XmlListing.Write(to, "stats", stats.Select(one => Pairs(one).Prepend(("subid", Number(one.Sub))).Prepend(("jobid", Number(one.Job)))));
            return;
        }

        foreach (var one in stats)
        {
            to.WriteLine(one.Sub < 0 ? Number(one.Job) : $"{one.Job}.{one.Sub}");
            foreach (var (name, value) in Pairs(one).Where(pair => pair.Value.Length > 0))
            {
                to.WriteLine($"  {name} = {TextTable.Clean(value)}");
            }
        }
    }

    private static IEnumerable<(string Name, string Value)> Pairs(StatsView one) =>
    [
        ("status", one.Status), ("host", one.Host), ("account", one.Account), ("runs", Number(one.Runs)), ("retries", Number(one.Retries)),
        ("timestart", Number(one.TimeStart / 1000)), ("timecomplete", Number(one.TimeComplete / 1000)), ("complete", Number(one.Complete)), ("failed", Number(one.Failed)), ("killed", Number(one.Killed)),
        ("wall_seconds", Seconds(one.WallMs)), ("least_seconds", Seconds(one.LeastMs)), ("most_seconds", Seconds(one.MostMs)), ("cpu_seconds", Seconds(one.CpuMs)),
        ("peak_memory_kb", Number(one.PeakMemoryKb)), ("read_kb", Number(one.ReadKb)), ("written_kb", Number(one.WrittenKb)),
    ];

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(long milliseconds) => (milliseconds / 1000.0).ToString("0.000", CultureInfo.InvariantCulture);
}
