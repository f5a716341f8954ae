using System.Text.Json;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>New values for jobs that are not over. Source: PipelineFX/docs: command line reference, qbmodify (reference, clients 2.2).</summary>
internal static class ModifyCommand
{
    private static readonly string[] States = ["running", "pending", "blocked", "suspended", "active"];
    private static readonly string[] Afterwards = ["interrupt", "preempt", "block"];
    private static readonly string[] Tags = ["show", "shot", "seq", "client", "dept", "custom1", "custom2", "custom3", "custom4", "custom5"];

    private static readonly IReadOnlyList<Option> NewValues =
    [
        New("name", "TEXT", "name"), New("priority", "N", "priority, 1 goes first"), New("requirements", "EXPRESSION", "condition on hosts"), New("restrictions", "EXPRESSION", "clusters it may run in"),
        New("reservations", "LIST", "reservations of an instance, from its next start"), New("cluster", "PATH", "cluster"), New("cpus", "N", "number of instances; of fewer the last ones retire"),
        New("max_cpus", "N|*", "most instances with those that fill idle slots"), New("groups", "LIST", "host groups"), New("hosts", "LIST", "hosts"), New("hostorder", "LIST", "order of hosts"),
        New("timeout", "SECONDS", "time after which an instance raises the event timeout"), New("agenda_timeout", "SECONDS", "time after which an item raises it"),
        New("retrysubjob", "N", "automatic restarts of an instance"), New("retrywork", "N", "automatic retries of an item"), New("retrywork_delay", "SECONDS", "delay before those"),
        New("mailaddress", "LIST", "recipients of mail"), New("notes", "TEXT", "notes"), New("pgrp", "N", "process group"),
        .. Tags.Select(tag => New("prod_" + tag, "TEXT", "tag prod_" + tag)),
        .. Ours("omithosts", "LIST", "hosts never to be used"), .. Ours("omitgroups", "LIST", "host groups never to be used"), .. Ours("kind", "TEXT", "kind"), .. Ours("account", "TEXT", "account"),
        .. Ours("timelimit", "SECONDS", "time an instance may run, from its next start"), .. Ours("agenda_timelimit", "SECONDS", "time an item may run, from the next start of its instance"),
        .. Ours("preflights", "LIST", "checks before an instance"), .. Ours("postflights", "LIST", "checks after an instance"),
        .. Ours("agenda_preflights", "LIST", "checks before an item"), .. Ours("agenda_postflights", "LIST", "checks after an item"),
    ];

    public static Command Make() => new(
        "qbmodify", "[options] ID|pgrp:ID|0...", "Changes jobs that are not over; what runs goes on as it was started.",
        [
            .. NewValues, .. States.Select(state => new Option(state, null, $"Only jobs that are {state}.")),
            .. Afterwards.Select(verb => new Option("q" + verb, null, $"Then {verb} the jobs that were modified.")),
            new("status", "STATUS", "Jobs in this status."), .. JobSelection.Options, Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qbmodify --mpriority 10 12", "qbmodify --mhosts render1,render2 --qinterrupt 12", "qbmodify --pending --mcluster /show --name 'shot10*' 0", "qbmodify --mrequirements '' 12"],
        RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var (request, then) = (Read(options), Then(options));
        using var client = FarmClient.Find(options.Text("state"));
        var reply = await client.ActAsync(request, token).ConfigureAwait(false);
        var code = await ActionCommands.TellAsync("modify", reply, options).ConfigureAwait(false);
        if (then is null || reply.Affected.Count == 0)
        {
            return code;
        }

        // Those that have nothing to interrupt or preempt are modified all the same.
        var after = await client.ActAsync(new ActionRequest { Action = then, Targets = reply.Affected, Statuses = then == "block" ? [] : ["running"] }, token).ConfigureAwait(false);
        foreach (var refusal in after.Refused)
        {
            await Console.Error.WriteLineAsync($"qbmodify: {Listing.TextTable.Clean(refusal)}").ConfigureAwait(false);
        }

        return after.Refused.Count > 0 ? ExitCode.Refused : code;
    }

    /// <exception cref="UsageException">No job or no new value is named.</exception>
    public static ActionRequest Read(ParsedOptions options)
    {
        if (options.Words.Count == 0)
        {
            throw new UsageException("name the jobs: ids such as 12, or 0 for all of yours that the options select");
        }

        var changes = NewValues.Where(option => options.Has(option.Name)).ToDictionary(option => option.Name[1..], option => JsonSerializer.SerializeToElement(options.Text(option.Name)!, ApiJson.Default.String));
        return changes.Count == 0
            ? throw new UsageException("say what is to change: an option that begins with --m, such as --mpriority 10; --help lists them")
            : new ActionRequest
            {
                Action = "modify", Targets = options.Words, Filter = JobSelection.Read(options) with { Status = options.Text("status") },
                Statuses = [.. States.Where(options.Has)], Changes = changes,
            };
    }

    /// <exception cref="UsageException">They exclude each other.</exception>
    private static string? Then(ParsedOptions options)
    {
        var given = Afterwards.Where(verb => options.Has("q" + verb)).ToList();
        return given.Count > 1 ? throw new UsageException($"--q{given[0]} and --q{given[1]} exclude each other: give one of them") : given.FirstOrDefault();
    }

    private static Option New(string attribute, string value, string help) => new("m" + attribute, value, $"New {help}.");

    private static Option[] Ours(string attribute, string value, string help) => [New(attribute, value, help) with { IsOurs = true }];
}
