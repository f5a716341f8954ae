using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;
using Quern.Cli.Options;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>The options of qbsub and the job they make. Source: PipelineFX/docs: qbsub (reference, clients 2.1).</summary>
internal static class SubmitOptions
{
    private static readonly string[] Tags = ["show", "shot", "seq", "client", "dept", "custom1", "custom2", "custom3", "custom4", "custom5"];

    public static readonly IReadOnlyList<Option> All =
    [
        new("name", "NAME", "Name of the job."), new("priority", "N", "1 goes before 9999."), new("cpus", "N", "Instances."),
        new("max_cpus", "N", "Most instances with those that fill idle slots; * = as many as the farm allows."),
        new("processors", "N", "Slots an instance takes on its host."), new("range", "RANGE", "Agenda: 1-10, 1-100x5, 1,7,20-30, names.", "frames"),
        new("chunk", "N", "Frames an item."), new("partitions", "N", "Number of items."), new("reverse", null, "Last frame first."),
        new("binary", null, "First, last, then the middles."), new("padding", "N", "Digits of the padded frame tokens."),
        new("p_agenda", "RANGE", "Poster frames, a job of their own that goes first."), new("p_priority", "N", "Priority of that job."), new("p_cpus", "N", "Instances of that job."),
        new("status", "STATUS", "blocked or pending."), new("flags", "LIST", "Job flags by name or as a sum of their bits."), new("hosts", "LIST", "Only these hosts.", "host"),
        new("omithosts", "LIST", "Never these hosts."), new("groups", "LIST", "Only hosts of these groups."), new("omitgroups", "LIST", "Never hosts of these groups."),
        new("requirements", "EXPR", "Only hosts for which this holds: host.worker_mode == 'desktop'."), new("reservations", "LIST", "What an instance takes: host.processors=2,license.maya=1."),
        new("restrictions", "EXPR", "Clusters the job may run in: /show/+ || /idle."), new("hostorder", "LIST", "Which hosts are filled first: +host.memory.avail,-host.processors.used."),
        new("cluster", "PATH", "Where the job has precedence: /show, /show+, /a,/b."), new("kind", "KIND", "Free tag."),
        new("account", "TAG", "Accounting tag."), new("label", "LABEL", "Name for dependencies in the process group.") { IsOurs = true }, new("notes", "TEXT", "Free text.") { IsOurs = true },
        new("user", "USER", "Submit as this user; for administrators."), new("domain", "DOMAIN", "Windows domain of the user."), new("pid", "N", "Parent job."), new("pgrp", "N", "Process group to join."),
        new("dependency", "EVENTS", "Start when these came true: link-complete-job-12, link-complete-work-12, 12."),
        new("waitfor", "ID", "Start when that job is over."), new("waiton", null, "Return when every job that it made is over."),
        new("timelimit", "S", "Fail an instance that takes longer."), new("agendatimelimit", "S", "Fail an item that takes longer."),
        new("retrysubjob", "N", "Retries of an instance."), new("retrywork", "N", "Retries of an item."), new("retryworkdelay", "S", "Wait before them."),
        new("preflights", "LIST", "Programs run before each instance."), new("postflights", "LIST", "Programs run after each instance."),
        new("agenda_preflights", "LIST", "Programs run before each item."), new("agenda_postflights", "LIST", "Programs run after each item."),
        new("prototype", "TYPE", "Job type: cmdline, cmdrange, or one that the site has installed.", "type"), new("data", "TEXT", "Package as (=(key=value)(key=value))."),
        new("env", "NAME=VALUE", "Variable of the job; may be repeated.") { IsOurs = true }, new("env-profile", "NAME", "Environment profile of the worker's; none = none.") { IsOurs = true }, new("cwd", "DIR", "Directory the command starts in.") { IsOurs = true },
        new("export", "FILE", "Writes the job to FILE and submits nothing; with --xml as Qube's XML."), new("import", "FILE", "Submits the job of FILE; other options count in place of what it says."),
        new("xml", null, "With --export: Qube's XML; with --why: as XML."), new("mail", null, "Mail when the job is over."), new("address", "LIST", "Who gets the mail."),
        .. Tags.Select(tag => new Option($"prod_{tag}", "TEXT", $"Tag of the production: {tag}.") { IsOurs = true }),
        new("why", null, "Submits nothing: says why the job would wait, and what would let it run.") { IsOurs = true }, new("why-host", "NAME", "The same, only what this host says.") { IsOurs = true },
        Command.Json, Command.State, Command.Help, Command.Version,
    ];

    /// <summary>A job of an archive, with what the options say in place of what it says.</summary>
    public static JobRequest Imported(ParsedOptions options, JobRequest job)
    {
        // The file's user was another, and its place a client's.
        var own = JsonSerializer.SerializeToNode(ReadGiven(options), ApiJson.Default.JobRequest)!.AsObject();
        var merged = JsonSerializer.SerializeToNode(job with { User = null, Domain = null }, ApiJson.Default.JobRequest)!.AsObject();
        if (own.ContainsKey("range"))
        {
            string[] replaced = ["agenda", "items", "range", "chunk", "partitions", "rangeOrder"];
            Array.ForEach(replaced, key => merged.Remove(key));
        }

        if (own.ContainsKey("package"))
        {
            own["package"] = Packed(job, own["package"]!.AsObject());
            merged.Remove("data");
        }

        foreach (var (key, value) in own.ToList())
        {
            merged[key] = value?.DeepClone();
        }

        return merged.Deserialize(ApiJson.Default.JobRequest)!;
    }

    private static JsonObject Packed(JobRequest job, JsonObject own)
    {
        var whole = string.IsNullOrEmpty(job.Data) ? [] : PackageText.Read(job.Data);
        var packed = new JsonObject();
        foreach (var (key, value) in whole.Concat(job.Package ?? new Dictionary<string, JsonElement>()))
        {
            packed[key] = JsonNode.Parse(value.GetRawText());
        }

        foreach (var (key, value) in own)
        {
            packed[key] = value?.DeepClone();
        }

        return packed;
    }

    /// <summary>What was written on the command line and nothing else.</summary>
    private static JobRequest ReadGiven(ParsedOptions options)
    {
        var package = ReadPackage(options);
        var given = Tagged(options, Placed(options, null, Basics(options, null, options.Text("prototype"), package.Count == 0 ? null : package)));
        return given with { Env = options.All("env").Count == 0 ? null : given.Env, Cwd = options.Text("cwd"), Umask = null };
    }

    public static JobRequest Read(ParsedOptions options, QuernSettings defaults)
    {
        var package = ReadPackage(options);
        var prototype = options.Text("prototype");
        if (!package.ContainsKey("cmdline") && prototype is null or "cmdline" or "cmdrange")
        {
            throw new UsageException("there is no command: write it after the options, as in qbsub --cpus 2 hostname");
        }

        var range = options.Text("range");
        return Tagged(options, Placed(options, defaults, Basics(options, defaults, prototype ?? (range is null && !package.ContainsKey("range") ? "cmdline" : "cmdrange"), package)));
    }

    /// <param name="defaults">Null = options alone.</param>
    private static JobRequest Basics(ParsedOptions options, QuernSettings? defaults, string? prototype, Dictionary<string, JsonElement>? package) => new()
    {
        Name = options.Text("name"), Priority = options.Int("priority") ?? (defaults?.Int("client_priority") is > 0 and var usual ? usual : null), Cpus = options.Int("cpus"),
        MaxCpus = options.Text("max_cpus"), Prototype = prototype, Package = package, Range = options.Text("range"),
        RangeOrder = options.Has("binary") ? "binary" : options.Has("reverse") ? "reverse" : null, Chunk = options.Int("chunk"),
        Partitions = options.Int("partitions"), Padding = options.Int("padding"), PAgenda = options.Text("p_agenda") is { } posters ? new AgendaRequest { Range = posters } : null,
        PAgendaPriority = options.Int("p_priority"), PAgendaCpus = options.Int("p_cpus"), Status = options.Text("status"), Flags = Flags(options, defaults),
        Label = options.Text("label"), Notes = options.Text("notes"), User = options.Text("user"), Domain = options.Text("domain"),
        Pid = options.Long("pid"), Pgrp = options.Long("pgrp"), Dependency = options.Text("dependency"), Waitfor = options.Long("waitfor"),
        Timelimit = options.Int("timelimit"), AgendaTimelimit = options.Int("agendatimelimit"), Retrysubjob = options.Int("retrysubjob"),
        Retrywork = options.Int("retrywork"), RetryworkDelay = options.Int("retryworkdelay"), Preflights = options.Text("preflights"), Postflights = options.Text("postflights"),
        AgendaPreflights = options.Text("agenda_preflights"), AgendaPostflights = options.Text("agenda_postflights"), Mailaddress = options.Text("address"),
        Env = Environment(options), Cwd = options.Text("cwd") ?? Directory.GetCurrentDirectory(), Umask = ReadUmask(),
    };

    private static JobRequest Placed(ParsedOptions options, QuernSettings? defaults, JobRequest job) => job with
    {
        Processors = options.Int("processors"), Reservations = options.Text("reservations"), Requirements = options.Text("requirements"),
        Restrictions = options.Text("restrictions") ?? Filled(defaults?.Text("client_restrictions")), Hosts = options.Text("hosts"), Omithosts = options.Text("omithosts"),
        Groups = options.Text("groups"), Omitgroups = options.Text("omitgroups"), Hostorder = options.Text("hostorder"),
        Cluster = options.Text("cluster") ?? Filled(defaults?.Text("client_cluster")), Kind = options.Text("kind"), Account = options.Text("account") ?? Filled(defaults?.Text("client_account")),
    };

    private static JobRequest Tagged(ParsedOptions options, JobRequest job) => job with
    {
        ProdShow = options.Text("prod_show"), ProdShot = options.Text("prod_shot"), ProdSeq = options.Text("prod_seq"), ProdClient = options.Text("prod_client"), ProdDept = options.Text("prod_dept"),
        ProdCustom1 = options.Text("prod_custom1"), ProdCustom2 = options.Text("prod_custom2"), ProdCustom3 = options.Text("prod_custom3"),
        ProdCustom4 = options.Text("prod_custom4"), ProdCustom5 = options.Text("prod_custom5"),
    };

    private static Dictionary<string, JsonElement> ReadPackage(ParsedOptions options)
    {
        var package = new Dictionary<string, JsonElement>();
        if (options.Text("data") is { } data)
        {
            try
            {
                package = PackageText.Read(data);
            }
            catch (FormatException exception)
            {
                throw new UsageException($"--data '{data}': {exception.Message}");
            }
        }

        if (options.Words.Count > 0)
        {
            package["cmdline"] = ApiJson.Text(string.Join(" ", options.Words));
        }

        if (options.Text("env-profile") is { } profile)
        {
            package["env_profile"] = ApiJson.Text(profile);
        }

        return package;
    }

    private static string? Filled(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static string[]? Flags(ParsedOptions options, QuernSettings? defaults)
    {
        var named = options.Text("flags")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        string[] all = [.. named.Concat(options.Has("mail") ? ["mail"] : []).Concat(defaults?.List("client_job_flags") ?? []).Distinct()];
        return all.Length == 0 ? null : all;
    }

    private static Dictionary<string, string>? Environment(ParsedOptions options)
    {
        var variables = new Dictionary<string, string>();
        if (options.Text("flags")?.Contains("export_environment", StringComparison.Ordinal) == true)
        {
            foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
            {
                variables[(string)entry.Key] = (string)entry.Value!;
            }
        }

        foreach (var assignment in options.All("env"))
        {
            var equals = assignment.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new UsageException($"--env {assignment}: write it as NAME=VALUE");
            }

            variables[assignment[..equals]] = assignment[(equals + 1)..];
        }

        return variables.Count == 0 ? null : variables;
    }

    private static int? ReadUmask()
    {
        const string Status = "/proc/self/status";
        var line = File.Exists(Status) ? File.ReadLines(Status).FirstOrDefault(text => text.StartsWith("Umask:", StringComparison.Ordinal)) : null;
        return line is null ? null : Convert.ToInt32(line["Umask:".Length..].Trim(), 8);
    }
}
