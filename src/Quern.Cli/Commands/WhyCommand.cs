using System.Globalization;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>quern why: what keeps a job, an instance or an item waiting, and what would let it run. Qube has no such command.</summary>
internal static class WhyCommand
{
    public static Command Make() => new(
        "why", "[options] JOB[.INSTANCE|:ITEM]...", "Says why something waits, and what would let it run.",
        [new("host", "NAME", "Only what this host says.") { IsOurs = true }, new("xml", null, "Prints XML."), Command.Json, Command.State, Command.Help, Command.Version],
        ["quern why 12", "quern why 12:37", "quern why --host node7 12", "qbsub --why --reservations host.processors=16 render scene.pov"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name a job, an instance or an item, as in 12, 12.0 or 12:37");
        }

        using var client = FarmClient.Find(options.Text("state"));
        var reports = new List<WhyView>();
        foreach (var word in options.Words)
        {
            reports.AddRange(await client.WhyAsync(word, options.Text("host"), token).ConfigureAwait(false));
        }

        Print(Console.Out, reports, options, TimeProvider.System.GetLocalNow());
        return ExitCode.Done;
    }

    internal static void Print(TextWriter to, IReadOnlyList<WhyView> reports, ParsedOptions options, DateTimeOffset now)
    {
        if (options.Has("json"))
        {
            to.WriteLine(JsonSerializer.Serialize(new WhyReply { Reports = reports }, ApiJson.Default.WhyReply));
        }
        else if (options.Has("xml"))
        {
            XmlListing.Write(to, "why", reports.SelectMany(Rows));
        }
        else
        {
            foreach (var report in reports)
            {
                Print(to, report, now);
            }
        }
    }

    private static void Print(TextWriter to, WhyView report, DateTimeOffset now)
    {
        Line(to, $"{report.Subject}: {report.Reason}");
        if (report.Remedy.Length > 0)
        {
            Line(to, $"  what lets it run: {report.Remedy}");
        }

        if (report.JobsBefore is { } before)
        {
            Line(to, $"  jobs before it in line: {before}");
        }

        if (report.Eta is { } eta)
        {
            Line(to, $"  estimated end: {TimeOf(eta, now)}");
        }

        foreach (var hosts in report.Hosts)
        {
            Line(to, $"  {(hosts.Count == 1 ? "1 host" : $"{hosts.Count} hosts")}, {hosts.Dimension}: {hosts.Reason}{More(hosts)}");
            if (hosts.Remedy.Length > 0)
            {
                Line(to, $"    {hosts.Remedy}");
            }
        }
    }

    private static string More(WhyHostsView hosts) => hosts.Count == 1 ? "" : $" ({string.Join(", ", hosts.Examples)}{(hosts.Count > hosts.Examples.Count ? ", ..." : "")})";

    private static void Line(TextWriter to, string text) => to.WriteLine(TextTable.Clean(text));

    private static string TimeOf(long unixMs, DateTimeOffset now)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToOffset(now.Offset);
        return time.ToString(time.Date == now.Date ? "HH:mm" : "MMM d, HH:mm", CultureInfo.InvariantCulture);
    }

    /// <summary>The whole first, then a row for each reason of hosts.</summary>
    private static IEnumerable<IEnumerable<(string Name, string Value)>> Rows(WhyView report) => report.Hosts.Select(hosts => (IEnumerable<(string, string)>)
        [
            ("subject", report.Subject), ("dimension", hosts.Dimension), ("hosts", $"{hosts.Count}"), ("names", string.Join(",", hosts.Examples)), ("reason", hosts.Reason), ("remedy", hosts.Remedy),
        ]).Prepend(
        [
            ("subject", report.Subject), ("waiting", report.Waiting ? "1" : "0"), ("reason", report.Reason), ("remedy", report.Remedy),
            ("jobsbefore", $"{report.JobsBefore ?? -1}"), ("eta", $"{(report.Eta ?? 0) / 1000}"),
        ]);
}
