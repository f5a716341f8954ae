using System.Collections;
using System.Globalization;
using System.Text.Json;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Commands;

/// <summary>qbsub: one job from options and a command; prints its id alone. Source: PipelineFX/docs: qbsub (reference, clients 2.1).</summary>
internal static class SubmitCommand
{
    private static readonly IReadOnlyList<Option> Options =
    [
        new("name", "NAME", "Name of the job."), new("priority", "N", "1 goes before 9999."), new("cpus", "N", "Instances."),
        new("processors", "N", "Slots an instance takes on its host."), new("range", "RANGE", "Agenda: 1-10, 1-100x5, 1,7,20-30, names.", "frames"),
        new("chunk", "N", "Frames an item."), new("partitions", "N", "Number of items."), new("reverse", null, "Last frame first."),
        new("binary", null, "First, last, then the middles."), new("padding", "N", "Digits of the padded frame tokens."),
        new("status", "STATUS", "blocked or pending."), new("flags", "LIST", "Job flags by name."), new("hosts", "LIST", "Only these hosts."),
        new("omithosts", "LIST", "Never these hosts."), new("requirements", "EXPR", "Only hosts for which this holds: host.worker_mode == 'desktop'."), new("cluster", "PATH", "Cluster of the job."), new("kind", "KIND", "Free tag."),
        new("account", "TAG", "Accounting tag."), new("label", "LABEL", "Name for dependencies in the process group.") { IsOurs = true }, new("notes", "TEXT", "Free text.") { IsOurs = true },
        new("user", "USER", "Submit as this user; for administrators."), new("pid", "N", "Parent job."), new("pgrp", "N", "Process group to join."),
        new("dependency", "EVENTS", "Start when these came true: link-complete-job-12, link-complete-work-12, 12."),
        new("waitfor", "ID", "Start when that job is over."), new("waiton", null, "Return when the job is over."),
        new("timelimit", "S", "Fail an instance that takes longer."), new("agendatimelimit", "S", "Fail an item that takes longer."),
        new("retrysubjob", "N", "Retries of an instance."), new("retrywork", "N", "Retries of an item."), new("retryworkdelay", "S", "Wait before them."),
        new("prototype", "TYPE", "Job type: cmdline or cmdrange.", "type"), new("data", "TEXT", "Package as (=(key=value)(key=value))."),
        new("env", "NAME=VALUE", "Variable of the job; may be repeated.") { IsOurs = true }, new("env-profile", "NAME", "Environment profile of the worker's; none = none.") { IsOurs = true }, new("cwd", "DIR", "Directory the command starts in.") { IsOurs = true },
        new("mail", null, "Mail when the job is over."), Command.Json, Command.State, Command.Help, Command.Version,
    ];

    public static Command Make() => new(
        "qbsub", "[options] command...", "Submits a job and prints its id.", Options,
        ["qbsub hostname", "qbsub --range 1-100 --cpus 4 render -f QB_FRAME_NUMBER scene.pov", "qbsub --waitfor 12 --name movie ffmpeg -i frame%04d.png movie.mp4", "qbsub --range -10-10 echo QB_FRAME_NUMBER"],
        RunAsync, StopAtWord: true);

    private static async Task<int> RunAsync(ParsedOptions options, CancellationToken token)
    {
        var job = Read(options, ClientDefaults(options));
        using var client = FarmClient.Find(options.Text("state"));
        var reply = await client.SubmitAsync(new SubmitRequest { RequestId = Guid.NewGuid().ToString("N"), Jobs = [job] }, token).ConfigureAwait(false);
        foreach (var warning in reply.Warnings ?? [])
        {
            await Console.Error.WriteLineAsync(warning).ConfigureAwait(false);
        }

        if (options.Has("json"))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(reply, ApiJson.Default.SubmitReply));
        }
        else
        {
            foreach (var id in reply.Ids)
            {
                Console.Out.WriteLine(id.ToString(CultureInfo.InvariantCulture));
            }
        }

        // Whoever reads the id need not wait until the job is over.
        await Console.Out.FlushAsync(token).ConfigureAwait(false);

        return options.Has("waiton") ? await WaitAsync(client, reply.Ids[0], token).ConfigureAwait(false) : ExitCode.Done;
    }

    /// <summary>The client's settings; a named state stands alone, so that nothing of this machine's own farm reaches it.</summary>
    private static QuernSettings ClientDefaults(ParsedOptions options)
    {
        var file = System.Environment.GetEnvironmentVariable("QB_CONF");
        var isNamed = options.Has("state") || !string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable("QUERN_STATE"));
        return QuernSettings.Load(!string.IsNullOrEmpty(file) ? file : !isNamed && File.Exists(FarmLocation.QbConf) ? FarmLocation.QbConf : null, []);
    }

    internal static JobRequest Read(ParsedOptions options, QuernSettings defaults)
    {
        var package = options.Text("data") is { } data ? PackageText.Read(data) : [];
        if (options.Words.Count > 0)
        {
            package["cmdline"] = string.Join(" ", options.Words);
        }

        if (options.Text("env-profile") is { } profile)
        {
            package["env_profile"] = profile;
        }

        if (!package.ContainsKey("cmdline") && options.Text("prototype") is null or "cmdline" or "cmdrange")
        {
            throw new UsageException("there is no command: write it after the options, as in qbsub --cpus 2 hostname");
        }

        var range = options.Text("range") ?? package.GetValueOrDefault("range");
        return new JobRequest
        {
            Name = options.Text("name"), Priority = options.Int("priority") ?? (defaults.Int("client_priority") is > 0 and var usual ? usual : null), Cpus = options.Int("cpus"), Processors = options.Int("processors"),
            Prototype = options.Text("prototype") ?? (range is null ? "cmdline" : "cmdrange"), Package = package, Range = range,
            RangeOrder = options.Has("binary") ? "binary" : options.Has("reverse") ? "reverse" : null, Chunk = options.Int("chunk"),
            Partitions = options.Int("partitions"), Padding = options.Int("padding"), Status = options.Text("status"), Flags = Flags(options, defaults),
            Hosts = options.Text("hosts"), Omithosts = options.Text("omithosts"), Requirements = options.Text("requirements"), Cluster = options.Text("cluster") ?? Filled(defaults.Text("client_cluster")), Kind = options.Text("kind"),
            Account = options.Text("account") ?? Filled(defaults.Text("client_account")), Label = options.Text("label"), Notes = options.Text("notes"), User = options.Text("user"),
            Pid = options.Long("pid"), Pgrp = options.Long("pgrp"), Dependency = options.Text("dependency"), Waitfor = options.Long("waitfor"),
            Timelimit = options.Int("timelimit"), AgendaTimelimit = options.Int("agendatimelimit"), Retrysubjob = options.Int("retrysubjob"),
            Retrywork = options.Int("retrywork"), RetryworkDelay = options.Int("retryworkdelay"), Env = Environment(options),
            Cwd = options.Text("cwd") ?? Directory.GetCurrentDirectory(), Umask = ReadUmask(),
        };
    }

    private static string? Filled(string text) => text.Length == 0 ? null : text;

    private static string[]? Flags(ParsedOptions options, QuernSettings defaults)
    {
        var named = options.Text("flags")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        string[] all = [.. named.Concat(options.Has("mail") ? ["mail"] : []).Concat(defaults.List("client_job_flags")).Distinct()];
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

    private static async Task<int> WaitAsync(FarmClient client, long id, CancellationToken token)
    {
        await foreach (var change in client.FeedAsync(token).ConfigureAwait(false))
        {
            // The first line has what is active: a job that is not in it is over or not there.
            var seen = change.Jobs.FirstOrDefault(job => job.Id == id) ?? (await client.JobsAsync([id], false, false, token).ConfigureAwait(false)).FirstOrDefault();
            if (seen is null or { Status: "complete" })
            {
                return seen is null ? ExitCode.Refused : ExitCode.Done;
            }

            if (seen.Status is "failed" or "killed")
            {
                await Console.Error.WriteLineAsync($"qbsub: job {id} is {seen.Status}").ConfigureAwait(false);
                return ExitCode.Refused;
            }
        }

        throw new FarmException($"the supervisor went away while job {id} was waited for: see qbjobs {id}", false);
    }
}
