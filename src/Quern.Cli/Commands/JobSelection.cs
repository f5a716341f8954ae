using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>The options by which every job command selects jobs. Source: PipelineFX/docs: command line reference (reference, clients 1.1).</summary>
internal static class JobSelection
{
    public static readonly IReadOnlyList<Option> Options =
    [
        new("user", "USER", "Jobs of this user; all = of everybody."), new("name", "NAME", "Jobs of this name; * or % and ~ begin a pattern."),
        new("prototype", "TYPE", "Jobs of this type.", "type"), new("kind", "KIND", "Jobs of this kind."), new("cluster", "PATH", "Jobs of this cluster."),
        new("label", "LABEL", "Jobs with this label."), new("priority", "N", "Jobs of this priority."), new("pgrp", "N", "Jobs of this process group."),
        new("pid", "N", "Jobs of this parent."), new("cpus", "N", "Jobs that asked for this many instances."),
    ];

    public static JobFilter Read(ParsedOptions options) => new()
    {
        User = options.Text("user"), Name = options.Text("name"), Prototype = options.Text("prototype"), Kind = options.Text("kind"),
        Cluster = options.Text("cluster"), Label = options.Text("label"), Priority = options.Int("priority"), Pgrp = options.Long("pgrp"),
        Pid = options.Long("pid"), Cpus = options.Int("cpus"),
    };
}
