using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>The commands of <see cref="ActionTable"/>: which jobs, what of them, and the affected ids, one a line.</summary>
internal static class ActionCommands
{
    private const string Finish = "finish";
    private const string Purge = "purge";

    public static Command Make(string name)
    {
        var row = ActionTable.Find(name);
        List<Option> options = row.HasParts ? [new("work", null, "Agenda items only."), new("subjob", null, "Instances only.")] : [];
        options.AddRange(row.Plain.Select(status => new Option(status, null, row.IsForWholeJobs ? $"Only jobs that are {status}." : $"Only what is {status}.")));
        options.AddRange(row.Work.Select(status => new Option("work" + status, null, $"Only items that are {status}.")));
        options.AddRange(row.Subjob.Select(status => new Option("subjob" + status, null, $"Only instances that are {status}.")));
        if (row.Verb == "block")
        {
            options.Add(new Option(Finish, null, "What runs finishes its current item first.") { IsOurs = true });
            options.Add(new Option(Purge, null, "What runs is ended at once; the default.") { IsOurs = true });
        }

        return new Command(
            name, row.IsForWholeJobs ? "[options] ID|pgrp:ID|0..." : "[options] ID[.INSTANCE|:ITEMS]|pgrp:ID|0...", row.Summary,
            [.. options, new("status", "STATUS", "Jobs in this status."), .. JobSelection.Options, Command.Json, Command.State, Command.Help, Command.Version],
            row.IsForWholeJobs ? [$"{name} 12", $"{name} --{row.Plain[0]} 0"] : [$"{name} 12", $"{name} 12.0 12:25-29", $"{name} --name 'shot10*' 0", $"{name} pgrp:12"],
            (parsed, token) => RunAsync(row, parsed, token));
    }

    private static async Task<int> RunAsync(ActionRow row, ParsedOptions options, CancellationToken token)
    {
        var request = Read(row, options);
        using var client = FarmClient.Find(options.Text("state"));
        return await TellAsync(row.Verb, await client.ActAsync(request, token).ConfigureAwait(false), options).ConfigureAwait(false);
    }

    /// <exception cref="UsageException">No job is named, or options exclude each other.</exception>
    public static ActionRequest Read(ActionRow row, ParsedOptions options)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name the jobs: ids such as 12, 12.0 or 12:37, or 0 for all of yours that the options select");
        }

        if (options.Has(Finish) && options.Has(Purge))
        {
            throw new UsageException("--finish and --purge exclude each other: what runs ends after its current item or at once");
        }

        List<string> work = [.. row.Work.Where(status => options.Has("work" + status))];
        List<string> subjob = [.. row.Subjob.Where(status => options.Has("subjob" + status))];
        var items = options.Has("work") || work.Count > 0;
        var instances = options.Has("subjob") || subjob.Count > 0;
        return new ActionRequest
        {
            Action = row.Verb, Targets = options.Words, Filter = JobSelection.Read(options) with { Status = options.Text("status") },
            Statuses = [.. row.Plain.Where(options.Has)], ItemStatuses = work, InstanceStatuses = subjob,
            InstancesOnly = instances && !items, ItemsOnly = items && !instances, Finish = options.Has(Finish),
        };
    }

    /// <summary>Prints what was affected, an id a line, and on standard error what was refused.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> TellAsync(string verb, ActionReply reply, ParsedOptions options) => TellAsync(verb, verb, reply, options);

    /// <param name="command">Its name without qb.</param>
    /// <param name="verb">What there may have been nothing to.</param>
    public static async Task<int> TellAsync(string command, string verb, ActionReply reply, ParsedOptions options)
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

        foreach (var warning in reply.Warnings ?? [])
        {
            await Console.Error.WriteLineAsync($"qb{verb}: {TextTable.Clean(warning)}").ConfigureAwait(false);
        }

        foreach (var refusal in reply.Refused)
        {
            await Console.Error.WriteLineAsync($"qb{command}: {TextTable.Clean(refusal)}").ConfigureAwait(false);
        }

        return reply.Refused.Count > 0 ? ExitCode.Refused : ExitCode.Done;
    }
}
