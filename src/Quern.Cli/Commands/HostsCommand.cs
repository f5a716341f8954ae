using System.Text.Json;
using Quern.Cli.Listing;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbhosts: workers (reference, clients 2.3).</summary>
internal static class HostsCommand
{
    public static Command Make() => new(
        "qbhosts", "[options] [HOST...]", "Lists hosts.",
        [
            .. HostSelection.Options, new("long", null, "Shows every property."), new("delimit", "C", "Separates columns by this."),
            new("xml", null, "Prints XML."), Command.Json, Command.State, Command.Help, Command.Version,
        ],
        ["qbhosts", "qbhosts --active --long", "qbhosts --resources \"memory.avail > 4000 && os=linux\""], RunAsync);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        using var client = FarmClient.Find(options.Text("state"));
        var hosts = await client.HostsAsync(HostSelection.Query(options), token).ConfigureAwait(false);
        Print(Console.Out, hosts, options);
        return ExitCode.Done;
    }

    internal static void Print(TextWriter to, IReadOnlyList<HostView> hosts, ParsedOptions options)
    {
        if (options.Has("json"))
        {
            to.WriteLine(JsonSerializer.Serialize(new HostList { Hosts = hosts }, ApiJson.Default.HostList));
        }
        else if (options.Has("xml"))
        {
            XmlListing.Write(to, "host", hosts.Select(Pairs));
        }
        else if (options.Has("long"))
        {
            foreach (var host in hosts)
            {
                foreach (var (name, value) in Pairs(host).Concat(host.Properties.Concat(host.Resources).Select(pair => ("host." + pair.Key, pair.Value))))
                {
                    to.WriteLine(TextTable.Clean($"{name}={value}"));
                }

                to.WriteLine();
            }
        }
        else
        {
            var rows = hosts.Select(host => (IReadOnlyList<string>)[host.Name, host.Properties.GetValueOrDefault("macaddress") ?? "", host.Address, host.State, $"{host.SlotsUsed}/{host.SlotsTotal}", host.Cluster, host.Groups, Mode(host), host.Locked ? "locked" : ""]).ToList();
            TextTable.Print(to, $"total: {hosts.Sum(host => host.SlotsUsed)}/{hosts.Where(host => host.State == "active").Sum(host => host.SlotsTotal)} slot(s)", ["name", "macaddress", "address", "state", "slots", "cluster", "groups", "mode", "lock"], rows, options.Text("delimit"));
        }
    }

    private static string Mode(HostView host)
        => $"{host.Properties.GetValueOrDefault("worker_mode")}/{host.Properties.GetValueOrDefault("proxy_mode")}";

    private static IEnumerable<(string Name, string Value)> Pairs(HostView host) =>
    [
        ("name", host.Name), ("id", host.Id.ToString()), ("address", host.Address), ("state", host.State), ("cluster", host.Cluster), ("groups", host.Groups), ("restrictions", host.Restrictions),
        ("resources", string.Join(",", host.Resources.Select(pair => $"host.{pair.Key}={pair.Value}"))), ("locked", host.Locked ? "1" : "0"), ("reason", host.Reason),
        ("subjobs", string.Join(",", host.Subjobs)), ("lastcontact", (host.LastContact / 1000).ToString()),
    ];
}
