using System.Globalization;
using System.Text.Json;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbtrigger: an event of one's own name happens (reference, jobs 9.4, clients 4.6).</summary>
internal static class TriggerCommand
{
    public static Command Make() => new(
        "qbtrigger", "[options] NAME [JOB]", "Fires an event of your own name, for those callbacks that wait for it; with JOB only for those of that job.",
        [Command.Json, Command.State, Command.Help, Command.Version], ["qbtrigger textures_ready", "qbtrigger approved 12"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var request = Read(options);
        using var client = FarmClient.Find(options.Text("state"));
        var reply = await client.FireAsync(request, token).ConfigureAwait(false);
        Console.Out.WriteLine(options.Has("json")
            ? JsonSerializer.Serialize(reply, ApiJson.Default.TriggerReply)
            : reply.Heard == 0 ? "nothing waits for it" : $"heard by {reply.Heard} callback{(reply.Heard == 1 ? "" : "s")}");
        return ExitCode.Done;
    }

    /// <exception cref="UsageException">There is no name, or what follows it is no job.</exception>
    public static TriggerRequest Read(ParsedOptions options) => options.Words switch
    {
        [var name] => new TriggerRequest { Name = name },
        [var name, var job] when long.TryParse(job, NumberStyles.None, CultureInfo.InvariantCulture, out var id) => new TriggerRequest { Name = name, Job = id },
        [_, var job] => throw new UsageException($"'{job}' is not a job id"),
        _ => throw new UsageException("name one event, as in qbtrigger textures_ready"),
    };
}
