namespace Quern.Client.Archives;

/// <summary>The elements of a job in Qube's XML and what the API calls them.</summary>
internal static class ArchiveNames
{
    public const string Agenda = "agenda";
    public const string Posters = "p_agenda";
    public const string Callbacks = "callbacks";
    public const string Status = "status";
    public const string Env = "env";
    public const string PathMap = "path_map";

    /// <summary>Under which a value that is no text is kept in XML: its JSON.</summary>
    public const string Json = "json";

    /// <summary>Under which an element that nobody knows is kept in JSON: its XML.</summary>
    public const string Xml = "xml";

    /// <summary>Those that are written, in Qube's order, then ours. Source: reference, qube-jobs 17.3.</summary>
    public static readonly IReadOnlyList<string> Order =
    [
        "id", "pid", "priority", "pgrp", "user", "domain", Status, "name", "cpus", "max_cpus", "cluster", Agenda, Callbacks, "requirements", "reservations", "restrictions", "groups", "hosts", "host_order", "data", "prototype",
        "time_submit", "time_start", "time_complete", "flags", "label", "account", Env, "kind", "last_update", "timeout", PathMap, "retry_subjob", "retry_work", "omit_hosts", "omit_groups", "dependency", "deadline",
        "mail_address", "notes", "range", "agenda_timeout", "retrywork_delay", Posters, "p_agenda_priority", "p_agenda_cpus", "prod_show", "prod_shot", "prod_seq", "prod_client", "prod_dept", "prod_custom1",
        "prod_custom2", "prod_custom3", "prod_custom4", "prod_custom5", "preflights", "postflights", "agenda_preflights", "agenda_postflights", PosterRange,
    ];

    /// <summary>Elements whose text is the attribute's value, and what stands there when there is none.</summary>
    public static readonly IReadOnlyList<(string Element, string Attribute, string Otherwise)> Texts =
    [
        ("priority", "priority", "9999"), ("pgrp", "pgrp", "0"), ("user", "user", ""), ("domain", "domain", "."), ("name", "name", ""), ("cpus", "cpus", "1"), ("max_cpus", "maxCpus", ""), ("cluster", "cluster", ""),
        ("requirements", "requirements", ""), ("reservations", "reservations", ""), ("restrictions", "restrictions", ""), ("groups", "groups", ""), ("hosts", "hosts", ""), ("host_order", "hostorder", ""),
        ("data", "data", ""), ("prototype", "prototype", ""), ("label", "label", ""), ("account", "account", ""), ("kind", "kind", ""), ("timeout", "timeout", "-1"),
        ("retry_subjob", "retrysubjob", "-1"), ("retry_work", "retrywork", "-1"), ("omit_hosts", "omithosts", ""), ("omit_groups", "omitgroups", ""), ("dependency", "dependency", ""), ("deadline", "deadline", "0"),
        ("mail_address", "mailaddress", ""), ("notes", "notes", ""), ("range", "range", ""), (PosterRange, "pAgenda", ""), ("agenda_timeout", "agendaTimeout", "-1"), ("retrywork_delay", "retryworkDelay", "0"),
        ("p_agenda_priority", "pAgendaPriority", "-1"), ("p_agenda_cpus", "pAgendaCpus", "-1"), ("prod_show", "prodShow", ""), ("prod_shot", "prodShot", ""), ("prod_seq", "prodSeq", ""),
        ("prod_client", "prodClient", ""), ("prod_dept", "prodDept", ""), ("prod_custom1", "prodCustom1", ""), ("prod_custom2", "prodCustom2", ""), ("prod_custom3", "prodCustom3", ""),
        ("prod_custom4", "prodCustom4", ""), ("prod_custom5", "prodCustom5", ""), ("preflights", "preflights", ""), ("postflights", "postflights", ""), ("agenda_preflights", "agendaPreflights", ""),
        ("agenda_postflights", "agendaPostflights", ""),
    ];

    /// <summary>Poster items as a range: archives have them as a list only, so this one is ours.</summary>
    public const string PosterRange = "p_agenda_range";

    /// <summary>Qube's bits of job flags; archives have their sum.</summary>
    public static readonly IReadOnlyList<(string Name, int Bit)> Flags =
    [
        ("uninterruptible", 1), ("grid", 4), ("auto_mount", 8), ("export_environment", 16), ("expand", 32), ("host_list", 256), ("elite", 512), ("mail", 1024), ("disable_windows_job_object", 2048),
        ("disable_cpu_limit", 4096), ("disable_auto_complete", 8192), ("auto_wrangling", 16384), ("p_agenda", 32768), ("migrate_on_frame_retry", 65536), ("convert_path", 131072), ("no_defaults", 524288),
    ];

    /// <summary>What the supervisor knows of a job that was submitted; a new one gets its own.</summary>
    public static readonly IReadOnlySet<string> OfTheSupervisor = new HashSet<string>(StringComparer.Ordinal)
    {
        "id", "local_order", "global_order", "password", "subjobs", "todo", "children", "queue", "path", "reason", "logpath", "cpus_tally", "todo_tally", "time_submit", "time_start", "time_complete",
        "server_id", "last_update", "variables", "agenda_status", "subjob_status", "prototype_path", "source_host", "immediate_cpus", "mask_status", "eta", "auto_migrate_count",
    };

    /// <summary>Texts that mean that there is none.</summary>
    public static bool IsNone(string element, string text) => text.Length == 0 || (Texts.FirstOrDefault(entry => entry.Element == element) is { Element: not null } known && known.Otherwise == text && element is not "priority" and not "cpus");

    /// <summary>Languages of callbacks by their bits.</summary>
    public static readonly IReadOnlyList<(string Name, int Bit)> Languages = [("qube", 1), ("perl", 2), ("python", 4), ("post", 8), ("mail", 16), ("exec", 128)];
}
