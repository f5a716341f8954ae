using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbjoborder: the jobs that wait, in the order in which a host would take them (reference, clients 2.3).</summary>
internal static class JobOrderCommand
{
    public static Command Make() => new(
        "qbjoborder", "[options] HOST", "Lists the jobs that wait in the order in which a host would take them.",
        [new("delimit", "C", "Separates columns by this.") { IsOurs = true }, new("limit", "N", "At most so many jobs.") { IsOurs = true }, new("xml", null, "Prints XML."), Command.Json, Command.State, Command.Help, Command.Version],
        ["qbjoborder node7"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count != 1)
        {
            throw new UsageException("name one host, as qbhosts lists it");
        }

        using var client = FarmClient.Find(options.Text("state"));
        var reply = await client.JobOrderAsync(options.Words[0], options.Int("limit"), token).ConfigureAwait(false);
        Print(Console.Out, reply, options);
        if (reply.More)
        {
            await Console.Error.WriteLineAsync($"qbjoborder: there are more than these {reply.Jobs.Count} jobs").ConfigureAwait(false);
        }

        return ExitCode.Done;
    }

    internal static void Print(TextWriter to, JobOrderReply reply, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            to.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.JobOrderReply));
        }
        else if (options.Has("xml"))
        {
            XmlListing.Write(to, "job", reply.Jobs.Select((job, at) => Columns(job, at).Select(column => (column.Name, column.Value))));
        }
        else
        {
            var header = Columns(new JobOrderView { Id = 0, Name = "", User = "", Priority = 0, Cluster = "", Rank = 0, Pending = 0, Dimension = "" }, 0).Select(column => column.Name).ToList();
            var rows = reply.Jobs.Select((job, at) => (IReadOnlyList<string>)[.. Columns(job, at).Select(column => column.Value)]).ToList();
            TextTable.Print(to, $"total: {reply.Jobs.Count}{(reply.More ? "+" : "")} job(s) for {TextTable.Clean(reply.Host)}", header, rows, options.Text("delimit"));
        }
    }

    private static (string Name, string Value)[] Columns(JobOrderView job, int at) =>
    [
        ("order", $"{at + 1}"), ("id", $"{job.Id}"), ("priority", $"{job.Priority}"), ("cluster", job.Cluster), ("rank", job.Rank == 0 ? "" : $"{job.Rank}"),
        ("pending", $"{job.Pending}"), ("user", job.User), ("name", job.Name), ("held", job.Dimension == "fits" ? "" : job.Dimension),
    ];
}
