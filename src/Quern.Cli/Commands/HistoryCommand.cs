using System.Globalization;
using System.Text.Json;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbhist: what happened to a job, oldest first, in the lines of Qube's history (reference, jobs 17.2).</summary>
internal static class HistoryCommand
{
    public static Command Make() => new(
        "qbhist", "[options] ID...", "Shows the history of jobs.", [Command.Json, Command.State, Command.Help, Command.Version], ["qbhist 12"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name the jobs whose history is wanted");
        }

        using var client = FarmClient.Find(options.Text("state"));
        foreach (var word in options.Words)
        {
            var id = long.TryParse(word, out var number) ? number : throw new UsageException($"'{word}' is not a job id");
            long after = 0;
            while (await client.HistoryAsync(id, after, token).ConfigureAwait(false) is { Count: > 0 } events)
            {
                Print(events, options.Has("json"));
                after = events[^1].Sequence;
            }
        }

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
        return $"[{time}] {what} - {happening.Who}@{happening.From} {happening.Comment}";
    }
}
