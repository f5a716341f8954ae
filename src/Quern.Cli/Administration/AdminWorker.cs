using System.Globalization;
using System.Text.Json;
using Quern.Cli.Commands;
using Quern.Cli.Listing;
using Quern.Cli.Local;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Administration;

/// <summary>qbadmin worker, and what qbadmin shows of this machine.</summary>
internal static class AdminWorker
{
    public static async Task<int> RunAsync(string task, ParsedOptions options, CancellationToken token)
    {
        Check(task, options.Words);
        if (task == "reconfigure")
        {
            return await ConfigCommand.ChangeAsync(new ConfigPushRequest { Reread = true }, options, token).ConfigureAwait(false);
        }

        using var client = FarmClient.Find(options.Text("state"));
        switch (task)
        {
            case "remove" or "unremove" or "clearbanned":
                var change = new HostRemovalRequest { Action = task == "clearbanned" ? "clear" : task, Hosts = options.Words };
                return await ActionCommands.TellAsync("admin", task == "remove" ? "remove" : "let back", await client.ChangeHostsAsync(change, token).ConfigureAwait(false), options).ConfigureAwait(false);
            case "refresh":
                return await ActionCommands.TellAsync("admin", "refresh", await client.RefreshHostsAsync(new HostRefreshRequest { Hosts = options.Words }, token).ConfigureAwait(false), options).ConfigureAwait(false);
            case "update" or "take":
                var words = new HostWordsRequest { Hosts = options.Words, Set = Joined(options, "update"), Take = Joined(options, "take") };
                return await ActionCommands.TellAsync("admin", "update", await client.SayOfHostsAsync(words, token).ConfigureAwait(false), options).ConfigureAwait(false);
            case "banned":
                Print(Console.Out, await client.RemovedHostsAsync(token).ConfigureAwait(false), options.Has("json"), TimeZoneInfo.Local);
                return ExitCode.Done;
            case "assignments":
                return await ShowAssignmentsAsync(client, options, token).ConfigureAwait(false);
            default:
                ConfigExplain.Print(Console.Out, await client.ConfigHostAsync(options.Words[0], token).ConfigureAwait(false), null, all: true, options.Has("json"));
                return ExitCode.Done;
        }
    }

    /// <summary>qbadmin local --configuration.</summary>
    public static Task<int> ShowLocalAsync(ParsedOptions options)
    {
        ConfigExplain.Print(Console.Out, ConfigExplain.OfThisMachine(options), null, all: true, options.Has("json"));
        return Task.FromResult(ExitCode.Done);
    }

    /// <exception cref="UsageException">Hosts are missing, or there are too many.</exception>
    internal static void Check(string task, IReadOnlyList<string> hosts)
    {
        var (least, most) = task switch
        {
            "remove" or "unremove" or "refresh" or "update" or "take" => (1, int.MaxValue),
            "configuration" or "assignments" => (1, 1),
            _ => (0, 0),
        };
        if (hosts.Count < least)
        {
            throw new UsageException($"name the host: qbadmin worker --{task} HOST");
        }

        if (hosts.Count > most)
        {
            throw new UsageException(most == 0 ? $"--{task} is for the whole farm: leave '{hosts[0]}' out" : $"--{task} shows one host: leave '{hosts[1]}' out");
        }
    }

    internal static void Print(TextWriter to, IReadOnlyList<RemovedHostView> hosts, bool isJson, TimeZoneInfo zone)
    {
        if (isJson)
        {
            to.WriteLine(JsonSerializer.Serialize(new RemovedHostList { Hosts = hosts }, ApiJson.Default.RemovedHostList));
            return;
        }

        var rows = hosts.Select(host => (IReadOnlyList<string>)
            [host.Name, host.Address, host.By, TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(host.Time), zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)]).ToList();
        TextTable.Print(to, $"total: {hosts.Count} removed host(s)", ["name", "address", "by", "removed"], rows, null);
    }

    private static async Task<int> ShowAssignmentsAsync(FarmClient client, ParsedOptions options, CancellationToken token)
    {
        var name = options.Words[0];
        var hosts = (await client.HostsAsync("", token).ConfigureAwait(false)).Where(host => host.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (hosts.Count == 0)
        {
            throw new FarmException($"there is no host '{name}'; list them with qbhosts", true);
        }

        var subjobs = hosts.SelectMany(host => host.Subjobs).ToList();
        var ids = subjobs.Select(JobOf).Distinct().ToList();
        var jobs = ids.Count == 0 ? [] : (await client.JobsAsync(new JobQuery { Ids = ids }, token).ConfigureAwait(false)).ToDictionary(job => job.Id);
        if (options.Has("json"))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new JobList { Jobs = [.. jobs.Values] }, ApiJson.Default.JobList));
            return ExitCode.Done;
        }

        var rows = subjobs.Select(id => (Id: id, Job: jobs.GetValueOrDefault(JobOf(id)))).Select(pair => (IReadOnlyList<string>)[pair.Id, pair.Job?.User ?? "", pair.Job?.Name ?? "", pair.Job?.Status ?? ""]).ToList();
        TextTable.Print(Console.Out, $"total: {subjobs.Count} instance(s)", ["id", "user", "name", "job"], rows, null);
        return ExitCode.Done;
    }

    private static string? Joined(ParsedOptions options, string name) => options.Has(name) ? string.Join(',', options.All(name)) : null;

    private static long JobOf(string subjob) => long.Parse(subjob.Split('.')[0], CultureInfo.InvariantCulture);
}
