using System.Globalization;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbhist: what happened to a job, oldest first, in the lines of Qube's history (reference, jobs 17.2).</summary>
internal static class HistoryCommand
{
    public static Command Make() => new(
        "qbhist", "[options] ID...", "Shows the history of jobs.", [new("xml", null, "Prints XML."), Command.Json, Command.State, Command.Help, Command.Version], ["qbhist 12"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name the jobs whose history is wanted");
        }

        if (options.Has("xml"))
        {
            return await PrintXmlAsync(options, token).ConfigureAwait(false);
        }

        using var client = FarmClient.Find(options.Text("state"));
        foreach (var word in options.Words)
        {
            var id = Id(word);
            long after = 0;
            while (await client.HistoryAsync(id, after, token).ConfigureAwait(false) is { Count: > 0 } events)
            {
                Print(events, options.Has("json"));
                after = events[^1].Sequence;
            }
        }

        return ExitCode.Done;
    }

    private static long Id(string word)
        => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new UsageException($"'{word}' is not a job id");

    /// <summary>One list for all jobs that were named.</summary>
    private static async Task<int> PrintXmlAsync(ParsedOptions options, CancellationToken token)
    {
        using var client = FarmClient.Find(options.Text("state"));
        var all = new List<EventView>();
        foreach (var id in options.Words.Select(Id).ToList())
        {
            long after = 0;
            while (await client.HistoryAsync(id, after, token).ConfigureAwait(false) is { Count: > 0 } events)
            {
                all.AddRange(events);
                after = events[^1].Sequence;
            }
        }

        XmlListing.Write(Console.Out, "history", all.Select(happening => (IEnumerable<(string, string)>)
        [
            ("jobid", $"{happening.Job}"), ("subid", $"{happening.Sub}"), ("workid", happening.Work.Length == 0 ? "-1" : happening.Work),
            ("timestamp", $"{happening.Time / 1000}"), ("comment", $"{happening.Who}@{happening.From} {happening.Comment}"),
        ]));
        return ExitCode.Done;
    }

    private static void Print(IReadOnlyList<EventView> events, bool isJson)
    {
        if (isJson)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new EventList { Events = events }, ApiJson.Default.EventList));
            return;
        }

        foreach (var happening in events)
        {
            Console.Out.WriteLine(Line(happening));
        }
    }

    internal static string Line(EventView happening)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(happening.Time).ToLocalTime().ToString("MMM d, yyyy HH:mm:ss", CultureInfo.InvariantCulture);
        var what = happening.Work.Length > 0 ? $"{happening.Job}:{happening.Work}" : happening.Sub >= 0 ? $"{happening.Job}.{happening.Sub}" : $"{happening.Job}";
        return TextTable.Clean($"[{time}] {what} - {happening.Who}@{happening.From} {happening.Comment}");
    }
}
