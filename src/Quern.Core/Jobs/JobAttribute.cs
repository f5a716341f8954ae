namespace Quern.Core.Jobs;

/// <summary>
/// An attribute of a job that may be modified while the job is not over. What places instances counts for those that are placed from now on; what an instance is started with
/// (package, environment, limits of time, flight checks) counts from its next start; anything else counts at once. Source: reference, clients 2.2 and 4.4.
/// </summary>
public sealed class JobAttribute
{
    private const int LongestShown = 120;
    private readonly Func<JobSpec, string> _show;
    private readonly Func<JobSpec, JobSpec, JobSpec> _take;

    private JobAttribute(string name, Func<JobSpec, string> show, Func<JobSpec, JobSpec, JobSpec> take) => (Name, _show, _take) = (name, show, take);

    public static IReadOnlyList<JobAttribute> All { get; } =
    [
        new("name", spec => spec.Name, (to, from) => to with { Name = from.Name }),
        new("priority", spec => $"{spec.Priority}", (to, from) => to with { Priority = from.Priority }),
        new("cpus", spec => $"{spec.Cpus}", (to, from) => to with { Cpus = from.Cpus }),
        new("max_cpus", spec => $"{spec.MaxCpus}", (to, from) => to with { MaxCpus = from.MaxCpus }),
        new("cluster", spec => spec.Cluster, (to, from) => to with { Cluster = from.Cluster }),
        new("restrictions", spec => spec.Restrictions, (to, from) => to with { Restrictions = from.Restrictions }),
        new("requirements", spec => spec.Requirements, (to, from) => to with { Requirements = from.Requirements }),
        new("reservations", spec => spec.Reservations, (to, from) => to with { Reservations = from.Reservations, Processors = from.Processors }),
        new("hosts", spec => spec.Hosts, (to, from) => to with { Hosts = from.Hosts }),
        new("omithosts", spec => spec.OmitHosts, (to, from) => to with { OmitHosts = from.OmitHosts }),
        new("groups", spec => spec.Groups, (to, from) => to with { Groups = from.Groups }),
        new("omitgroups", spec => spec.OmitGroups, (to, from) => to with { OmitGroups = from.OmitGroups }),
        new("hostorder", spec => spec.HostOrder, (to, from) => to with { HostOrder = from.HostOrder }),
        new("timeout", spec => $"{spec.TimeoutSeconds}", (to, from) => to with { TimeoutSeconds = from.TimeoutSeconds }),
        new("agenda_timeout", spec => $"{spec.ItemTimeoutSeconds}", (to, from) => to with { ItemTimeoutSeconds = from.ItemTimeoutSeconds }),
        new("timelimit", spec => $"{spec.TimeLimitSeconds}", (to, from) => to with { TimeLimitSeconds = from.TimeLimitSeconds }),
        new("agenda_timelimit", spec => $"{spec.ItemTimeLimitSeconds}", (to, from) => to with { ItemTimeLimitSeconds = from.ItemTimeLimitSeconds }),
        new("retrysubjob", spec => $"{spec.RetrySubjob}", (to, from) => to with { RetrySubjob = from.RetrySubjob }),
        new("retrywork", spec => $"{spec.RetryWork}", (to, from) => to with { RetryWork = from.RetryWork }),
        new("retrywork_delay", spec => $"{spec.RetryWorkDelaySeconds}", (to, from) => to with { RetryWorkDelaySeconds = from.RetryWorkDelaySeconds }),
        new("mailaddress", spec => spec.MailAddress, (to, from) => to with { MailAddress = from.MailAddress }),
        new("notes", spec => spec.Notes, (to, from) => to with { Notes = from.Notes }),
        new("kind", spec => spec.Kind, (to, from) => to with { Kind = from.Kind }),
        new("account", spec => spec.Account, (to, from) => to with { Account = from.Account }),
        new("preflights", spec => spec.PreFlights, (to, from) => to with { PreFlights = from.PreFlights }),
        new("postflights", spec => spec.PostFlights, (to, from) => to with { PostFlights = from.PostFlights }),
        new("agenda_preflights", spec => spec.AgendaPreFlights, (to, from) => to with { AgendaPreFlights = from.AgendaPreFlights }),
        new("agenda_postflights", spec => spec.AgendaPostFlights, (to, from) => to with { AgendaPostFlights = from.AgendaPostFlights }),
        new("package", spec => spec.Package.Json, (to, from) => to with { Package = from.Package }),
        new("env", spec => $"{spec.Env.Count} variables", (to, from) => to with { Env = from.Env }),
        new("pgrp", spec => $"{spec.Pgrp}", (to, from) => to with { Pgrp = from.Pgrp }),
        .. JobTags.Names.Select(tag => new JobAttribute(tag, spec => spec.Tags.GetValueOrDefault(tag, ""), (to, from) => to with { Tags = Tagged(to, tag, from.Tags.GetValueOrDefault(tag, "")) })),
    ];

    /// <summary>Qube's: <c>retrywork_delay</c>.</summary>
    public string Name { get; }

    /// <summary>Names of all, for a sentence.</summary>
    public static string Names { get; } = string.Join(", ", All.Select(attribute => attribute.Name));

    /// <summary>The attribute a client means: without regard to case and underscores, <c>data</c> being the package. Null when it cannot be modified.</summary>
    public static JobAttribute? Find(string name)
    {
        var bare = Bare(name) is "data" ? "package" : Bare(name);
        return All.FirstOrDefault(attribute => Bare(attribute.Name) == bare);
    }

    /// <summary><paramref name="to"/> with the value that <paramref name="from"/> has.</summary>
    internal JobSpec Take(JobSpec to, JobSpec from) => _take(to, from);

    /// <summary>For history: <c>priority 9999 -> 100</c>; of what may be secret only the names. Null when both are the same.</summary>
    internal string? Tell(JobSpec before, JobSpec after) => Name switch
    {
        "env" => TellEnv(before.Env, after.Env),
        "package" when before.Package.Equals(after.Package) => null,
        "package" => string.Join(", ", before.Package.Values().Keys.Union(after.Package.Values().Keys).Select(key => Tell($"package.{key}", Entry(before.Package, key), Entry(after.Package, key))).OfType<string>()),
        _ => Tell(Name, _show(before), _show(after)),
    };

    private static string? Tell(string name, string before, string after) => before == after ? null : $"{name} {Shown(before)} -> {Shown(after)}";

    private static string? TellEnv(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after)
    {
        var changed = before.Keys.Union(after.Keys).Where(name => before.GetValueOrDefault(name) != after.GetValueOrDefault(name)).Order(StringComparer.Ordinal).ToList();
        return changed.Count == 0 ? null : $"env: {Shortened(string.Join(" ", changed))}";
    }

    private static string Entry(Package package, string key) => package.Values().TryGetValue(key, out var value) ? package.Text(key) ?? value.GetRawText() : "";

    private static string Shown(string text) => Shortened(text) is var shown && (shown.Length == 0 || shown.Contains(' ', StringComparison.Ordinal)) ? $"'{shown}'" : shown;

    private static string Shortened(string text) => string.Concat((text.Length > LongestShown ? text[..LongestShown] + "..." : text).Select(c => char.IsControl(c) ? ' ' : c));

    private static Dictionary<string, string> Tagged(JobSpec spec, string tag, string value)
    {
        var tags = new Dictionary<string, string>(spec.Tags);
        tags.Remove(tag);
        if (value.Length > 0)
        {
            tags[tag] = value;
        }

        return tags;
    }

    private static string Bare(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}

/// <summary>What a job is to be from now on: of <paramref name="Values"/> only the named attributes.</summary>
public sealed record JobChanges(JobSpec Values, IReadOnlyList<JobAttribute> Attributes)
{
    internal JobSpec ApplyTo(JobSpec spec) => Attributes.Aggregate(spec, (sum, attribute) => attribute.Take(sum, Values));

    internal IEnumerable<string> Tell(JobSpec before, JobSpec after) => Attributes.Select(attribute => attribute.Tell(before, after)).OfType<string>();
}
