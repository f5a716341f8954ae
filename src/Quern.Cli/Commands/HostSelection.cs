using Quern.Cli.Options;

namespace Quern.Cli.Commands;

/// <summary>Which hosts a command is about: the options that the host commands share.</summary>
internal static class HostSelection
{
    private static readonly string[] States = ["active", "down", "panic"];
    private static readonly (string Option, string Key)[] Filters = [("cluster", "cluster"), ("group", "group"), ("flags", "flags"), ("resources", "expression")];

    public static IEnumerable<Option> Options =>
    [
        .. States.Select(state => new Option(state, null, $"Hosts that are {state}.")), new("cluster", "PATH", "Hosts of this cluster; /a/* those below it, /a/+ it and all below."),
        new("group", "NAME", "Hosts of this group; * or % and ~ begin a pattern."), new("flags", "LIST", "Hosts with all of these flags."),
        new("resources", "EXPR", "Hosts for which this holds: processors.avail >= 4 && os=linux."),
    ];

    public static bool IsUsed(ParsedOptions options) => States.Any(options.Has) || Filters.Any(filter => options.Has(filter.Option));

    /// <summary>What the supervisor is asked for: hosts that are named, in one of the states, and pass every filter.</summary>
    public static string Query(ParsedOptions options)
    {
        var pairs = States.Where(options.Has).Select(state => ("state", state)).Concat(options.Words.Select(name => ("name", name)))
            .Concat(Filters.Where(filter => options.Has(filter.Option)).Select(filter => (filter.Key, options.Text(filter.Option)!)));
        var text = string.Join('&', pairs.Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2)}"));
        return text.Length == 0 ? "" : "?" + text;
    }
}
