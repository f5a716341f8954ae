using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>One job of a submission, read. Attributes here, items and values in the other parts.</summary>
/// <param name="where">What a refusal begins with.</param>
internal sealed partial class JobReading(JobRequest job, string where, Caller caller, ApiOptions options, List<string> warnings)
{
    private const int LongestName = 500;
    private const int LongestLabel = 200;
    private const string Cmdline = "cmdline";
    private const string Cmdrange = "cmdrange";

    /// <summary>The job, and before it the job of its poster items where it has some.</summary>
    public IReadOnlyList<JobSpec> Read()
    {
        var package = ReadPackage(job.Package, job.Data, "package");
        var flags = ReadFlags();
        var plan = ReadItems(package, flags);
        var prototype = job.Prototype is { Length: > 0 } given ? given : plan.Main is not null ? Cmdrange : Cmdline;
        if (!IsJobType(prototype))
        {
            throw Refuse($"prototype '{TargetText.Quote(prototype)}' is no name of a job type", "use cmdline, cmdrange, or the name of a folder in worker_template_path: letters, digits, dots, dashes and underscores");
        }

        if (prototype is Cmdline or Cmdrange && string.IsNullOrWhiteSpace(package.Text(Cmdline)))
        {
            throw Refuse("package.cmdline is missing", "give the command to run");
        }

        if (prototype == Cmdrange && plan.Main is null)
        {
            throw Refuse("prototype cmdrange has no frames", "give a range or items, or use prototype cmdline");
        }

        var spec = Limits(Placement(Basics(prototype, package, flags))) with
        {
            Agenda = plan.Main?.Agenda.Save() ?? "", ItemPackages = plan.Main?.Packages ?? "", ItemRetries = plan.Main?.Retries ?? "", Range = plan.Main?.Range ?? job.Range ?? "",
        };
        return plan.Posters is { } posters ? [spec, PosterOf(spec, posters)] : [spec];
    }

    /// <summary>What modify is to make of jobs: attributes that it does not name have no meaning.</summary>
    public JobSpec ReadChanges() => Limits(Placement(Basics("", ReadPackage(job.Package, job.Data, "package"), JobFlags.None)));

    /// <summary>A folder's name. Which types there are only the workers know.</summary>
    private static bool IsJobType(string name) => name.Length <= LongestLabel && name[0] is not ('.' or '-') && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');

    private JobSpec Basics(string prototype, Package package, JobFlags flags) => new()
    {
        Name = Text(job.Name, "name", LongestName), Prototype = prototype, User = ReadUser(), Domain = Text(job.Domain, "domain", LongestLabel) is var domain && domain == "." ? "" : domain,
        SourceHost = caller.From, Package = package, Priority = ReadPriority(job.Priority, "priority", options.Jobs.Priority), Cpus = Within(job.Cpus, "cpus", 1, options.MaxInstances, 1),
        MaxCpus = ReadMaxCpus(), StartsBlocked = ReadBlocked(), Flags = flags.Names(), Padding = Within(job.Padding ?? Whole(package.Text("padding")), "padding", 0, 18, 0),
        Dependency = ReadDependency(), Label = ReadLabel(), Pgrp = Id(job.Pgrp, "pgrp", 0), Pid = Id(job.Pid, "pid", 1), Kind = Text(job.Kind, "kind", LongestLabel),
        Account = Text(job.Account, "account", LongestLabel), Notes = Notes(), Env = ReadEnv(), Cwd = ReadCwd(), Umask = Within(job.Umask, "umask", 0, 511, 0),
        DriveMap = Pairs(job.Drivemap, "drivemap"), PathMap = Pairs(job.Pathmap, "pathmap"), MailAddress = Text(job.Mailaddress, "mailaddress", LongestText),
        Deadline = Text(job.Deadline, "deadline", LongestLabel), Tags = ReadTags(), Callbacks = CallbackReader.Read(job.Callbacks, where, caller), Other = ReadOther(),
    };

    private JobSpec Placement(JobSpec spec)
    {
        var reservations = ReadReservations();
        return spec with
        {
            Cluster = Expression(job.Cluster, "cluster", ClusterChoice.Parse, options.Jobs.Cluster), Restrictions = Expression(job.Restrictions, "restrictions", Restriction.Parse, ""),
            Requirements = Expression(job.Requirements, "requirements", Requirement.Parse, ""), Reservations = reservations.Text, Processors = reservations.Slots.Minimum,
            HostOrder = Expression(job.Hostorder, "hostorder", HostOrder.Parse, ""), Hosts = Expression(job.Hosts, "hosts", NameList.Parse, ""),
            OmitHosts = Expression(job.Omithosts, "omithosts", NameList.Parse, ""), Groups = Expression(job.Groups, "groups", NameList.Parse, ""),
            OmitGroups = Expression(job.Omitgroups, "omitgroups", NameList.Parse, ""),
        };
    }

    private JobSpec Limits(JobSpec spec) => spec with
    {
        RetrySubjob = Within(job.Retrysubjob, "retrysubjob", -1, 1_000_000, -1), RetryWork = Within(job.Retrywork, "retrywork", -1, 1_000_000, -1),
        RetryWorkDelaySeconds = Seconds(job.RetryworkDelay, "retryworkDelay"), TimeoutSeconds = Seconds(job.Timeout, "timeout"), ItemTimeoutSeconds = Seconds(job.AgendaTimeout, "agendaTimeout"),
        TimeLimitSeconds = Seconds(job.Timelimit, "timelimit"), ItemTimeLimitSeconds = Seconds(job.AgendaTimelimit, "agendaTimelimit"),
        PreFlights = Text(job.Preflights, "preflights", LongestText), PostFlights = Text(job.Postflights, "postflights", LongestText),
        AgendaPreFlights = Text(job.AgendaPreflights, "agendaPreflights", LongestText), AgendaPostFlights = Text(job.AgendaPostflights, "agendaPostflights", LongestText),
    };

    /// <summary>A number outside of what the site allows is moved inside, as Qube does, and said.</summary>
    private int ReadPriority(int? asked, string what, int otherwise)
    {
        var priority = Within(asked, what, 1, 9999, otherwise);
        var best = caller.IsAdministrator ? 1 : options.Jobs.HighestUserPriority;
        var allowed = Math.Clamp(priority, Math.Min(best, options.Jobs.MaxPriority), options.Jobs.MaxPriority);
        if (asked is not null && allowed != priority)
        {
            warnings.Add($"{what} {priority} became {allowed}: this farm allows {best} to {options.Jobs.MaxPriority}");
        }

        return allowed;
    }

    private int? ReadMaxCpus() => job.MaxCpus?.Trim() switch
    {
        null or "" => null,
        "*" => -1,
        var text => Whole(text) is { } number and >= -1 && number <= options.MaxInstances ? number : throw Refuse($"maxCpus is '{TargetText.Quote(text)}'", $"use 0 to {options.MaxInstances}, or * for as many as the farm allows"),
    };

    private string ReadUser()
    {
        if (string.IsNullOrEmpty(job.User) || job.User == caller.User)
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

    /// <summary>The job's own, and those the supervisor gives to every job.</summary>
    private JobFlags ReadFlags()
    {
        var flags = JobFlagNames.Parse([.. job.Flags ?? [], .. job.Flagsstring is { } more ? [more] : Array.Empty<string>()], out var wrong) ?? throw ApiRefusal.Bad($"{where}: {wrong}");
        flags |= job.PAgenda is { IsEmpty: false } ? JobFlags.PAgenda : JobFlags.None;
        return flags.HasFlag(JobFlags.NoDefaults) ? flags : flags | options.Jobs.Flags;
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

    /// <summary>The slots of <c>processors</c> are those of the reservation.</summary>
    private ReservationList ReadReservations()
    {
        var text = Expression(job.Reservations, "reservations", ReservationList.Parse, "");
        var list = text.Length == 0 ? ReservationList.Default : ReservationList.Parse(text, out _)!;
        if (job.Processors is null)
        {
            return list;
        }

        var slots = Within(job.Processors, "processors", 1, 1024, 1);
        var isSaid = text.Contains("host.processors", StringComparison.OrdinalIgnoreCase);
        return !isSaid ? list.WithSlots(slots)
            : list.Slots == new SlotDemand(SlotKind.Exact, slots, slots) ? list
            : throw Refuse($"processors is {slots} and reservations say {list.Slots.Minimum} or more", "give one of them");
    }

    private Dictionary<string, string> ReadTags()
    {
        string?[] values = [job.ProdShow, job.ProdShot, job.ProdSeq, job.ProdClient, job.ProdDept, job.ProdCustom1, job.ProdCustom2, job.ProdCustom3, job.ProdCustom4, job.ProdCustom5];
        return JobTags.Names.Zip(values, (name, value) => (name, Text: Text(value, name, LongestName))).Where(tag => tag.Text.Length > 0).ToDictionary(tag => tag.name, tag => tag.Text);
    }
}
