using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>Which hosts a command is about: the options that the host commands share.</summary>
internal static class HostSelection
{
    private static readonly string[] States = ["active", "down", "panic"];

    public static IEnumerable<Option> Options =>
    [
        .. States.Select(state => new Option(state, null, $"Hosts that are {state}.")), new("cluster", "PATH", "Hosts of this cluster."),
        new("group", "NAME", "Hosts of this group."), new("flags", "LIST", "Hosts with these flags."),
    ];

    public static bool IsUsed(ParsedOptions options) => States.Any(options.Has) || options.Has("cluster") || options.Has("group") || options.Has("flags");

    public static bool Passes(HostView host, ParsedOptions options)
    {
        var states = States.Where(options.Has).ToList();
        return (states.Count == 0 || states.Contains(host.State))
            && (options.Words.Count == 0 || options.Words.Contains(host.Name, StringComparer.OrdinalIgnoreCase))
            && (options.Text("flags") is not { } flags || flags.Split(',').All(flag => (host.Properties.GetValueOrDefault("flags") ?? "").Split(',').Contains(flag)))
            && (options.Text("cluster") is not { } cluster || host.Cluster == cluster)
            && (options.Text("group") is not { } group || host.Groups.Split(',').Contains(group));
    }
}
