using System.Diagnostics;
using System.Text.Json;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbping: one line on the supervisor, or that it does not answer.</summary>
internal static class PingCommand
{
    public static Command Make() => new(
        "qbping", "[options]", "Asks the supervisor if it is there.",
        [
            new("time", null, "Shows how long the answer took and the difference of the clocks."), new("timeout", "S", "Give up after so many seconds (10)."),
            new("sleep", "S", "Wait so many seconds first."), new("supervisor", "HOST", "The supervisor meant; QB_SUPERVISOR."), Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qbping", "qbping --time"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        await Task.Delay(TimeSpan.FromSeconds(options.Int("sleep") ?? 0), token).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Int("timeout") ?? 10));
        using var client = FarmClient.Find(options.Text("state"), options.Text("supervisor"));
        var watch = Stopwatch.StartNew();
        try
        {
            var reply = await client.PingAsync(limit.Token).ConfigureAwait(false);
            Console.Out.WriteLine(options.Has("json") ? JsonSerializer.Serialize(reply, ApiJson.Default.PingReply)
                : $"{reply.Address} {reply.Name} {reply.Version} {reply.Os} {reply.Role} port {reply.Port}, you are {reply.User}, jobs {reply.Jobs}, workers {reply.Workers}, running {reply.Running}");
            if (options.Has("time"))
            {
                Console.Out.WriteLine($"answer in {watch.Elapsed.TotalMilliseconds:0.0} ms, clocks differ by {reply.Time - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} ms");
            }

            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            throw new FarmException($"no answer within {options.Int("timeout") ?? 10} s: is the supervisor busy or its host down?", false);
        }
    }
}
