using System.Text;
using System.Text.Json;
using Quern.Core.Agendas;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>Turns a submission into what the farm takes: every check that needs no state of the farm, each refusal one sentence.</summary>
internal static class JobReader
{
    private const int MostJobs = 1000;
    private const int LongestId = 200;
    private const int LongestName = 500;
    private const int LongestLabel = 200;
    private const int LongestText = 64 * 1024;
    private const int LongestCommand = 1024 * 1024;
    private const int MostEntries = 10_000;
    private const int HighestSeconds = 366 * 24 * 3600;
    private const string Cmdline = "cmdline";
    private const string Cmdrange = "cmdrange";

    private static readonly HashSet<string> KnownFlags =
    [
        "uninterruptible", "grid", "auto_mount", "export_environment", "expand", "host_list", "elite", "mail", "disable_windows_job_object",
        "disable_cpu_limit", "disable_auto_complete", "auto_wrangling", "p_agenda", "migrate_on_frame_retry", "convert_path", "no_defaults", "login_environment",
    ];

    /// <exception cref="ApiRefusal">400 for a job that makes no sense; 403 for one that is not the caller's to submit.</exception>
    public static Submission Read(SubmitRequest request, Caller caller, ApiOptions options)
    {
        if (string.IsNullOrEmpty(request.RequestId) || request.RequestId.Length > LongestId || request.RequestId.Any(char.IsControl))
        {
            throw ApiRefusal.Bad($"the submission is refused: requestId is empty, longer than {LongestId} characters or not plain text; make a new random one for each submission");
        }

        if (request.Jobs is not { Count: > 0 and <= MostJobs } jobs)
        {
            throw ApiRefusal.Bad($"the submission is refused: it has {request.Jobs?.Count ?? 0} jobs, 1 to {MostJobs} are allowed; send several submissions");
        }

        var specs = new List<JobSpec>(jobs.Count);
        for (var at = 0; at < jobs.Count; at++)
        {
            var where = jobs.Count == 1 ? "the job is refused" : $"job {at + 1} of {jobs.Count} is refused";
            specs.Add(jobs[at] is { } job ? new Reading(job, where, caller, options).Read() : throw ApiRefusal.Bad($"{where}: it is null; send an object"));
        }

        return new Submission(request.RequestId, caller, specs);
    }

    private sealed class Reading(JobRequest job, string where, Caller caller, ApiOptions options)
    {
        public JobSpec Read()
        {
            var package = Pairs(job.Package, "package", LongestCommand);
            var range = job.Range ?? "";
            var prototype = job.Prototype ?? (range.Length > 0 || job.Items is not null ? Cmdrange : Cmdline);
            if (prototype is not (Cmdline or Cmdrange))
            {
                throw Refuse($"prototype '{TargetText.Quote(prototype)}' is not known", "use cmdline or cmdrange");
            }

            if (!package.TryGetValue(Cmdline, out var command) || string.IsNullOrWhiteSpace(command))
            {
                throw Refuse("package.cmdline is missing", "give the command to run");
            }

            var agenda = ReadAgenda(range, package);
            if (prototype == Cmdrange && agenda.Length == 0)
            {
                throw Refuse("prototype cmdrange has no frames", "give a range or items, or use prototype cmdline");
            }

            return new JobSpec
            {
                Name = Text(job.Name, "name", LongestName), Prototype = prototype, User = ReadUser(), SourceHost = caller.From, Package = package,
                Priority = Within(job.Priority, "priority", 1, 9999, options.DefaultPriority), Cpus = Within(job.Cpus, "cpus", 1, options.MaxInstances, 1),
                Processors = Within(job.Processors, "processors", 1, 1024, 1), StartsBlocked = ReadBlocked(), Flags = ReadFlags(),
                Agenda = agenda, Range = range, Padding = Within(job.Padding, "padding", 0, 18, 0), Dependency = ReadDependency(),
                Label = ReadLabel(), Pgrp = Id(job.Pgrp, "pgrp", 0), Pid = Id(job.Pid, "pid", 1), Kind = Text(job.Kind, "kind", LongestLabel),
                Account = Text(job.Account, "account", LongestLabel), Notes = Notes(), Cluster = job.Cluster is { Length: > 0 } ? Text(job.Cluster, "cluster", LongestName) : "/",
                Hosts = Text(job.Hosts, "hosts", LongestText), OmitHosts = Text(job.Omithosts, "omithosts", LongestText), Requirements = ReadRequirements(), Env = ReadEnv(), Cwd = ReadCwd(),
                Umask = Within(job.Umask, "umask", 0, 511, 0), RetrySubjob = Within(job.Retrysubjob, "retrysubjob", -1, 1_000_000, -1),
                RetryWork = Within(job.Retrywork, "retrywork", -1, 1_000_000, -1), RetryWorkDelaySeconds = Seconds(job.RetryworkDelay, "retryworkDelay"),
                TimeLimitSeconds = Seconds(job.Timelimit, "timelimit"), ItemTimeLimitSeconds = Seconds(job.AgendaTimelimit, "agendaTimelimit"),
                PreFlights = Text(job.Preflights, "preflights", LongestText), PostFlights = Text(job.Postflights, "postflights", LongestText),
                AgendaPreFlights = Text(job.AgendaPreflights, "agendaPreflights", LongestText), AgendaPostFlights = Text(job.AgendaPostflights, "agendaPostflights", LongestText), Other = ReadOther(),
                MailAddress = Text(job.Mailaddress, "mailaddress", LongestName), Callbacks = CallbackReader.Read(job.Callbacks, where, caller),
            };
        }

        private string ReadAgenda(string range, Dictionary<string, string> package)
        {
            if (job.Items is not null && range.Length > 0)
            {
                throw Refuse("it has both a range and items", "give one of them");
            }

            if (job.Chunk is not null && job.Partitions is not null)
            {
                throw Refuse("it has both chunk and partitions", "give one of them");
            }

            if (job.Items is not null)
            {
                return Built(Agenda.Named(job.Items, options.MaxAgendaItems));
            }

            // Clients of Qube's own put the range beside the command.
            var text = range.Length > 0 ? range : package.GetValueOrDefault("range", "");
            if (text.Length == 0)
            {
                return job.Chunk is null && job.Partitions is null ? "" : throw Refuse("chunk and partitions need a range", "give a range");
            }

            var (split, size) = job switch
            {
                { Chunk: not null } => (AgendaSplit.Chunks, Within(job.Chunk, "chunk", 1, int.MaxValue, 1)),
                { Partitions: not null } => (AgendaSplit.Partitions, Within(job.Partitions, "partitions", 1, int.MaxValue, 1)),
                _ => (AgendaSplit.Frames, 1),
            };
            return Built(Agenda.Parse(text, split, size, ReadOrder(), options.MaxAgendaItems));
        }

        private string Built(AgendaResult result) => result.Agenda?.Save() ?? throw ApiRefusal.Bad($"{where}: {result.Refusal}");

        private AgendaOrder ReadOrder() => job.RangeOrder switch
        {
            null or "" or "ascend" => AgendaOrder.Ascend,
            "reverse" => AgendaOrder.Reverse,
            "binary" => AgendaOrder.Binary,
            _ => throw Refuse($"rangeOrder '{TargetText.Quote(job.RangeOrder)}' is not known", "use ascend, reverse or binary"),
        };

        private string ReadUser()
        {
            if (job.User is null || job.User == caller.User)
            {
                return caller.User;
            }

            if (!CallerIdentity.IsName(job.User))
            {
                throw Refuse($"'{TargetText.Quote(job.User)}' is no account name", "name the account the job is to run as");
            }

            // Whether the caller may be somebody else is the farm's to say.
            return job.User;
        }

        private bool ReadBlocked() => job.Status switch
        {
            null or "" or "pending" => false,
            "blocked" => true,
            _ => throw Refuse($"status '{TargetText.Quote(job.Status)}' is none to start with", "use pending or blocked"),
        };

        private IReadOnlyList<string> ReadFlags()
        {
            foreach (var flag in job.Flags ?? [])
            {
                if (flag is null || !KnownFlags.Contains(flag))
                {
                    throw Refuse($"flag '{TargetText.Quote(flag ?? "")}' is not known", $"the flags are {string.Join(", ", KnownFlags)}");
                }
            }

            return job.Flags is null ? [] : [.. job.Flags.Distinct()];
        }

        private string ReadDependency()
        {
            var dependency = Text(job.Dependency, "dependency", LongestText);
            if (job.Waitfor is not { } other || other == 0)
            {
                return dependency;
            }

            if (dependency.Contains("||", StringComparison.Ordinal))
            {
                throw Refuse("waitfor cannot be added to a dependency with '||'", $"write link-done-job-{other} into each alternative");
            }

            var wait = $"link-done-job-{Id(other, "waitfor", 0)}";
            return dependency.Length == 0 ? wait : $"{dependency},{wait}";
        }

        private string ReadLabel()
        {
            var label = Text(job.Label, "label", LongestLabel);
            return label.AsSpan().IndexOfAny(",|&()") < 0 ? label : throw Refuse("the label has one of , | & ( ) in it", "dependencies could not name it; use letters, digits, dots and dashes");
        }

        private string ReadCwd()
        {
            var cwd = Text(job.Cwd, "cwd", 4096);
            return cwd.Length == 0 || cwd[0] == '/' || (cwd.Length > 2 && cwd[1] == ':') || cwd.StartsWith(@"\\", StringComparison.Ordinal)
                ? cwd
                : throw Refuse($"cwd '{TargetText.Quote(cwd)}' is not absolute", "give the whole path");
        }

        private string ReadRequirements()
        {
            var text = Text(job.Requirements, "requirements", LongestText).Trim();
            return text.Length == 0 || Requirement.Parse(text, out var wrong) is not null ? text : throw Refuse("its requirements cannot be read", wrong!);
        }

        private Dictionary<string, string> ReadEnv()
        {
            var env = Pairs(job.Env, "env", LongestCommand);
            var wrong = env.Keys.FirstOrDefault(name => name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || name.Any(char.IsControl));
            return wrong is null ? env : throw Refuse($"'{TargetText.Quote(wrong)}' is no name of a variable", "names are not empty and have no '=' or control characters");
        }

        private string ReadOther()
        {
            if (job.Other is not { Count: > 0 } other)
            {
                return "";
            }

            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer))
            {
                writer.WriteStartObject();
                foreach (var (key, value) in other)
                {
                    writer.WritePropertyName(key);
                    value.WriteTo(writer);
                }

                writer.WriteEndObject();
            }

            return buffer.Length <= LongestCommand
                ? Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length)
                : throw Refuse($"its unknown keys take more than {LongestCommand >> 10} KiB", "send less");
        }

        private Dictionary<string, string> Pairs(IReadOnlyDictionary<string, string>? pairs, string what, int longest)
        {
            if (pairs is null)
            {
                return [];
            }

            if (pairs.Count > MostEntries)
            {
                throw Refuse($"{what} has {pairs.Count} entries, more than {MostEntries}", "send fewer");
            }

            var copy = new Dictionary<string, string>(pairs.Count);
            foreach (var (key, value) in pairs)
            {
                copy[key] = value is null || value.Length > longest || value.Contains('\0', StringComparison.Ordinal)
                    ? throw Refuse($"{what}.{TargetText.Quote(key)} is null, has a NUL character or is longer than {longest >> 10} KiB", "give plain, shorter text")
                    : value;
            }

            return copy;
        }

        private string Notes() => job.Notes is not { } notes ? ""
            : notes.Length <= LongestText && !notes.Contains('\0', StringComparison.Ordinal) ? notes
            : throw Refuse($"notes are longer than {LongestText >> 10} KiB or have a NUL character", "shorten them");

        private string Text(string? text, string what, int longest)
        {
            if (text is null)
            {
                return "";
            }

            if (text.Length > longest)
            {
                throw Refuse($"{what} has {text.Length} characters, more than {longest}", "shorten it");
            }

            return text.Any(char.IsControl) ? throw Refuse($"{what} has a control character in it", "use plain text on one line") : text;
        }

        private int Within(int? value, string what, int least, int most, int otherwise) =>
            value is null ? otherwise
            : value >= least && value <= most ? value.Value
            : throw Refuse($"{what} is {value}", $"use {least} to {most}");

        private int Seconds(int? value, string what) => value is null or < 0 ? 0 : Within(value, what, 0, HighestSeconds, 0);

        private long Id(long? value, string what, long otherwise) =>
            value is null ? otherwise : value >= 0 ? value.Value : throw Refuse($"{what} is {value}", "use a number from 0 upwards");

        private ApiRefusal Refuse(string fault, string advice) => ApiRefusal.Bad($"{where}: {fault}; {advice}");
    }
}
