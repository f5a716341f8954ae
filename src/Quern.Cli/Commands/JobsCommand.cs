using System.Globalization;
using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbjobs: jobs, with instances and items when asked (reference, clients 2.3).</summary>
internal static class JobsCommand
{
    private static readonly string[] States = ["waiting", "pending", "suspended", "blocked", "running", "failed", "killed", "complete", "done", "active", "badlogin"];

    public static Command Make() => new(
        "qbjobs", "[options] [ID...|0]", "Lists jobs; yours when no id is given.",
        [
            .. States.Select(state => new Option(state, null, $"Jobs that are {state}.")), .. JobSelection.Options,
            new("flags", "LIST", "Jobs with these flags."), new("expression", "EXPR", "Jobs for which this holds: priority <= 100 && (status=failed || status=killed)."), new("status", null, "Shows the instances and items of each job."),
            new("times", null, "Shows when each job was submitted, started and ended."), new("long", null, "Shows every attribute.", "l"),
            new("data", null, "Shows the package."), new("password", null, "Accepted as Qube has it; there are none to show."), new("sortby", "FIELD", "Sorts by this column."), new("reverse", null, "Sorts downwards."),
            new("fields", "LIST", "Only these columns."), new("delimit", "C", "Separates columns by this."), new("xml", null, "Prints XML."),
            Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qbjobs", "qbjobs --user all --running", "qbjobs --long 12", "qbjobs --status 12", "qbjobs --fields id,status,reason --delimit , 0"], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var query = Query(options);
        using var client = FarmClient.Find(options.Text("state"));
        var jobs = await client.JobsAsync(query, token).ConfigureAwait(false);
        Print(Console.Out, Sorted(jobs, options), options);
        var missing = query.Ids.Where(id => jobs.All(job => job.Id != id)).ToList();
        foreach (var id in missing)
        {
            await Console.Error.WriteLineAsync($"qbjobs: there is no job {id} among those selected; list all with qbjobs --user all").ConfigureAwait(false);
        }

        return missing.Count > 0 ? ExitCode.Refused : ExitCode.Done;
    }

    internal static JobQuery Query(ParsedOptions options)
    {
        var isDeep = options.Has("status") || options.Has("long");
        var filter = JobSelection.Read(options);
        return new JobQuery
        {
            // Scripts write --user "" for everybody (reference, clients 1).
            Ids = [.. options.Words.Where(word => word != "0").Select(Id)], Filter = filter.User is "" ? filter with { User = "all" } : filter, Statuses = [.. States.Where(options.Has)],
            Flags = options.Text("flags"), Expression = options.Text("expression"), WithInstances = isDeep, WithItems = isDeep,
        };
    }

    private static long Id(string word)
        => long.TryParse(word.Split('.', ':')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : throw new UsageException($"'{word}' is not a job id");

    private static IReadOnlyList<JobView> Sorted(IReadOnlyList<JobView> jobs, ParsedOptions options)
    {
        var field = options.Text("sortby") ?? "id";
        var column = JobColumns.Find(field) ?? throw new UsageException($"--sortby {field}: there is no such column; there are {string.Join(", ", JobColumns.Names)}");
        var sorted = jobs.OrderBy(job => long.TryParse(column(job), out var number) ? number : long.MaxValue).ThenBy(column, StringComparer.Ordinal).ToList();
        if (options.Has("reverse"))
        {
            sorted.Reverse();
        }

        return sorted;
    }

    internal static void Print(TextWriter to, IReadOnlyList<JobView> jobs, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            to.WriteLine(JsonSerializer.Serialize(new JobList { Jobs = jobs }, ApiJson.Default.JobList));
            return;
        }

        if (options.Has("xml"))
        {
            XmlListing.Write(to, "job", jobs.Select(job => (IEnumerable<(string, string)>)JobColumns.Names.Where(name => name != "%").Select(name => (name, JobColumns.Find(name)!(job)))));
            return;
        }

        if (options.Has("long"))
        {
            jobs.ToList().ForEach(job => PrintLong(to, job));
            return;
        }

        PrintTable(to, jobs, options);
        if (options.Has("status"))
        {
            jobs.ToList().ForEach(job => PrintParts(to, job));
        }
    }

    private static void PrintTable(TextWriter to, IReadOnlyList<JobView> jobs, ParsedOptions options)
    {
        var fields = options.Text("fields")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? JobColumns.Standard;
        if (options.Has("times"))
        {
            fields = [.. fields, "timesubmit", "timestart", "timecomplete"];
        }

        var columns = fields.Select(field => JobColumns.Find(field) ?? throw new UsageException($"--fields {field}: there is no such column; there are {string.Join(", ", JobColumns.Names)}")).ToList();
        var total = $"total: {jobs.Sum(job => job.Cpustally.Running)}/{jobs.Sum(job => job.Cpus)} cpu(s)\t{jobs.Sum(job => job.Todotally.Running)}/{jobs.Sum(job => job.Todo)} work";
        TextTable.Print(to, total, [.. fields], [.. jobs.Select(job => columns.Select(column => column(job)).ToList())], options.Text("delimit"));
        if (options.Has("data"))
        {
            foreach (var job in jobs)
            {
                to.WriteLine($"{job.Id} {TextTable.Clean(PackageText.Write(job.Package))}");
            }
        }
    }

    private static void PrintParts(TextWriter to, JobView job)
    {
        to.WriteLine();
        foreach (var instance in job.Subjobs ?? [])
        {
            to.WriteLine($"  {instance.Id,-12} {instance.Status,-10} {instance.Host,-16} {instance.Account,-12} {TextTable.Clean(instance.Reason)}".TrimEnd());
        }

        foreach (var item in job.Agenda ?? [])
        {
            to.WriteLine($"  {job.Id + ":" + TextTable.Clean(item.Name),-12} {item.Status,-10} {item.Host,-16} {TextTable.Clean(item.Reason)}".TrimEnd());
        }

        if (job.Agenda is { Count: > 0 } shown && shown.Count < job.Todo)
        {
            to.WriteLine($"  ... {job.Todo - shown.Count} more items");
        }
    }

    private static void PrintLong(TextWriter to, JobView job)
    {
        foreach (var name in JobColumns.Names.Where(name => name is not ("%" or "type")))
        {
            to.WriteLine($"{name} = {TextTable.Clean(JobColumns.Find(name)!(job))}");
        }

        foreach (var (key, value) in job.Package)
        {
            to.WriteLine(TextTable.Clean($"package.{key} = {(value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText())}"));
        }

        foreach (var (key, value) in job.Env)
        {
            to.WriteLine(TextTable.Clean($"env.{key} = {value}"));
        }

        foreach (var (key, value) in job.Other ?? new Dictionary<string, JsonElement>())
        {
            to.WriteLine(TextTable.Clean($"{key} = {value}"));
        }

        PrintParts(to, job);
        to.WriteLine();
    }
}
