using System.Globalization;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qblock, qbunlock: withdraws slots of hosts from dispatch, or gives them back (reference, clients 2.3).</summary>
internal static class LockCommand
{
    public static Command Make(string name)
    {
        var isLock = name == "qblock";
        List<Option> options =
        [
            new("all", null, "All hosts that the other options select."), .. HostSelection.Options,
            new("range", "LIST", "Only these slots, as in 0,1 or 0-3."),
        ];
        if (isLock)
        {
            options.AddRange([new("purge", null, "Ends what runs there at once; it runs elsewhere."), new("value", "LOCK", "A whole lock, as in host.processor_all=weekcalendar { ... }."), new("file", "FILE", "The same, from a file.")]);
        }

        return new Command(
            name, "[options] HOST...", isLock ? "Withdraws hosts, or slots of them, from dispatch." : "Gives hosts, or slots of them, back to dispatch.",
            [.. options, Command.Json, Command.State, Command.Help, Command.Version],
            isLock ? ["qblock node1", "qblock --range 0,1 --purge node1 node2"] : ["qbunlock node1", "qbunlock --all"],
            (parsed, token) => RunAsync(isLock, parsed, token));
    }

    private static async Task<int> RunAsync(bool isLock, ParsedOptions options, CancellationToken token)
    {
        if (options.Words.Count == 0 && !options.Has("all") && !HostSelection.IsUsed(options))
        {
            throw new UsageException("name the hosts, or --all for every one of them");
        }

        using var client = FarmClient.Find(options.Text("state"));
        var hosts = options.Words;
        if (hosts.Count == 0 || HostSelection.IsUsed(options))
        {
            hosts = [.. (await client.HostsAsync(HostSelection.Query(options), token).ConfigureAwait(false)).Select(host => host.Name)];
        }

        var reply = hosts.Count == 0
            ? new ActionReply { Affected = [], Refused = [] }
            : await client.LockAsync(new LockRequest { Hosts = hosts, Lock = isLock, Slots = Slots(options.Text("range")), Purge = options.Has("purge"), Value = Value(options) }, token).ConfigureAwait(false);
        return await ActionCommands.TellAsync(isLock ? "lock" : "unlock", reply, options).ConfigureAwait(false);
    }

    private static string? Value(ParsedOptions options) => options.Text("file") is { } path ? File.ReadAllText(path) : options.Text("value");

    /// <summary>0,2-4 as numbers; empty = all.</summary>
    internal static List<int> Slots(string? text)
    {
        var slots = new List<int>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first)
            {
                throw new UsageException($"--range {text}: write numbers of slots from 0 to 4095, as in 0,1 or 0-3");
            }

            slots.AddRange(Enumerable.Range(first, last - first + 1));
        }

        return slots;
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 4096;
}
