using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbkill, qbretry, qbblock, qbunblock, qbsuspend, qbresume, qbremove: which jobs, what of them, and the affected ids, one a line.</summary>
internal static class ActionCommands
{
    private static readonly string[] Pending = ["pending", "running", "blocked", "suspended"];

    public static Command Make(string name)
    {
        var (verb, summary, statuses) = name switch
        {
            "qbkill" => ("kill", "Ends jobs, instances or items for good.", [.. Pending, "badlogin"]),
            "qbretry" => ("retry", "Runs jobs, instances or items that are over once more.", new[] { "complete", "failed", "killed", "done" }),
            "qbblock" => ("block", "Stops what runs and holds what waits.", ["pending", "running"]),
            "qbsuspend" => ("suspend", "Stops the processes of what runs where it stands, to go on later; Linux workers.", ["running"]),
            "qbresume" => ("resume", "Lets what is suspended go on.", ["suspended"]),
            "qbunblock" => ("unblock", "Lets what is blocked go on.", ["blocked"]),
            _ => ("remove", "Deletes jobs that are over, with their output.", ["complete", "failed", "killed", "done", "pending", "running", "blocked", "active"]),
        };
        List<Option> options = verb == "remove" ? [] : [new("work", null, "Agenda items only."), new("subjob", null, "Instances only.")];
        foreach (var status in statuses)
        {
            options.Add(new Option(status, null, $"Only what is {status}."));
            if (verb != "remove")
            {
                options.Add(new Option("work" + status, null, $"Only items that are {status}."));
                options.Add(new Option("subjob" + status, null, $"Only instances that are {status}."));
            }
        }

        var ids = verb == "remove" ? "ID..." : "ID[.INSTANCE|:ITEMS]...";
        return new Command(
            name, $"[options] {ids}", summary, [.. options, new("status", "STATUS", "Jobs in this status."), .. JobSelection.Options, Command.Json, Command.State, Command.Help, Command.Version],
            verb == "remove" ? ["qbremove 12", "qbremove --failed 0"] : [$"{name} 12", $"{name} 12.0 12:25-29", $"{name} --name 'shot10*' 0"],
            (parsed, token) => RunAsync(verb, statuses, parsed, token));
    }

    private static async Task<int> RunAsync(string verb, string[] known, ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name the jobs: ids such as 12, 12.0 or 12:37, or 0 for all of yours that the options select");
        }

        var (statuses, instances, items) = Statuses(known, options);
        using var client = FarmClient.Find(options.Text("state"));
        var reply = await client.ActAsync(
            new ActionRequest
            {
                Action = verb, Targets = options.Words, Filter = JobSelection.Read(options) with { Status = options.Text("status") }, Statuses = statuses,
                InstancesOnly = instances && !items, ItemsOnly = items && !instances,
            },
            token).ConfigureAwait(false);
        return await TellAsync(verb, reply, options).ConfigureAwait(false);
    }

    /// <summary>Prints what was affected, an id a line, and on standard error what was refused.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> TellAsync(string verb, ActionReply reply, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.ActionReply));
        }
        else
        {
            foreach (var id in reply.Affected)
            {
                Console.Out.WriteLine(id);
            }

            if (reply.Affected.Count == 0)
            {
                Console.Out.WriteLine($"nothing to {verb}");
            }
        }

        foreach (var refusal in reply.Refused)
        {
            await Console.Error.WriteLineAsync($"qb{verb}: {TextTable.Clean(refusal)}").ConfigureAwait(false);
        }

        return reply.Refused.Count > 0 ? ExitCode.Refused : ExitCode.Done;
    }

    private static (List<string> Statuses, bool Instances, bool Items) Statuses(string[] known, ParsedOptions options)
    {
        var statuses = new List<string>();
        var instances = options.Has("subjob");
        var items = options.Has("work");
        foreach (var status in known)
        {
            var isInstance = options.Has("subjob" + status);
            var isItem = options.Has("work" + status);
            instances |= isInstance;
            items |= isItem;
            if (isInstance || isItem || options.Has(status))
            {
                statuses.Add(status);
            }
        }

        return (statuses, instances, items);
    }
}
