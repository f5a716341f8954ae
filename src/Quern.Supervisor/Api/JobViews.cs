using System.Runtime.CompilerServices;
using System.Text.Json;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Api;

/// <summary>Which costly parts of a job are wanted.</summary>
/// <param name="From">First item of the agenda shown.</param>
/// <param name="Limit">Most items shown.</param>
internal sealed record ViewParts(bool Agenda, bool Subjobs, int From, int Limit)
{
    public const int DefaultItems = 1000;

    /// <summary>Most items in one look, whatever is asked for.</summary>
    public const int MostItems = 50_000;
}

/// <summary>The farm as the API shows it. Everything here runs on the loop, so it walks nothing that was not asked for.</summary>
internal static class JobViews
{
    // The same for every view of a job, and parsed at most once.
    private static readonly ConditionalWeakTable<JobSpec, IReadOnlyDictionary<string, JsonElement>> OtherOf = [];
    private static readonly ConditionalWeakTable<Package, IReadOnlyDictionary<string, JsonElement>> ValuesOf = [];
    private static readonly IReadOnlyDictionary<string, string> NoEnv = new Dictionary<string, string>();

    /// <param name="showEnv">Environments hold secrets: only for the owner and administrators.</param>
    public static JobView Of(Farm farm, Job job, ViewParts parts, bool showEnv, Now now)
    {
        var spec = job.Spec;
        var instances = CountInstances(job);
        var items = job.Items is { } table ? CountItems(table) : new Tally();
        return new JobView
        {
            Id = job.Id.Value, Name = spec.Name, Prototype = spec.Prototype, User = spec.User,
            Status = job.Status.Word(), StatusNumber = (int)job.Status, Reason = farm.ReasonOf(job),
            Priority = spec.Priority, Cpus = spec.Cpus, Processors = spec.Processors,
            Cpustally = instances, Todo = job.Items?.Count ?? 0, Todotally = items,
            Percent = ResultViews.Percent(job),
            Agendastatus = Summary(items), Subjobstatus = Summary(instances),
            Pgrp = job.Pgrp, Pid = spec.Pid, Label = job.Label, Cluster = spec.Cluster, Groups = spec.Groups, Kind = spec.Kind, Requirements = spec.Requirements, Account = spec.Account,
            Dependency = job.Dependency?.ToString() ?? "", Range = spec.Range, Flags = spec.Flags, FlagsNumber = (int)job.Flags,
            Package = ValuesOf.GetValue(spec.Package, static package => package.Values()),
            Env = showEnv ? spec.Env : NoEnv, Cwd = spec.Cwd, Umask = spec.Umask == 0 ? null : spec.Umask, Sourcehost = spec.SourceHost,
            Retrysubjob = spec.RetrySubjob, Retrywork = spec.RetryWork, Timelimit = spec.TimeLimitSeconds, AgendaTimelimit = spec.ItemTimeLimitSeconds,
            Timesubmit = job.SubmittedMs, Timestart = job.StartedMs, Timecomplete = job.EndedMs, Eta = Farm.EstimateEnd(job, now),
            Domain = Filled(spec.Domain), MaxCpus = spec.MaxCpus, Reservations = job.Reservations.Text, Restrictions = Filled(spec.Restrictions), Hosts = Filled(spec.Hosts),
            Omithosts = Filled(spec.OmitHosts), Omitgroups = Filled(spec.OmitGroups), Hostorder = Filled(spec.HostOrder), Notes = Filled(spec.Notes), Padding = Filled(spec.Padding),
            RetryworkDelay = Filled(spec.RetryWorkDelaySeconds), AutoMigrateCount = Filled(job.AutoMigrations), Timeout = Filled(spec.TimeoutSeconds), AgendaTimeout = Filled(spec.ItemTimeoutSeconds),
            Preflights = Filled(spec.PreFlights), Postflights = Filled(spec.PostFlights), AgendaPreflights = Filled(spec.AgendaPreFlights), AgendaPostflights = Filled(spec.AgendaPostFlights),
            Mailaddress = Filled(spec.MailAddress), Drivemap = Filled(spec.DriveMap), Pathmap = Filled(spec.PathMap), Deadline = Filled(spec.Deadline),
            ProdShow = Tag(spec, 0), ProdShot = Tag(spec, 1), ProdSeq = Tag(spec, 2), ProdClient = Tag(spec, 3), ProdDept = Tag(spec, 4),
            ProdCustom1 = Tag(spec, 5), ProdCustom2 = Tag(spec, 6), ProdCustom3 = Tag(spec, 7), ProdCustom4 = Tag(spec, 8), ProdCustom5 = Tag(spec, 9),
            Other = spec.Other.Length == 0 ? null : OtherOf.GetValue(spec, ParseOther),
            Subjobs = parts.Subjobs ? [.. job.InstanceList.Select(Of)] : null,
            Agenda = parts.Agenda ? ItemsOf(farm, job, parts) : null,
        };
    }

    // What a job does not have is left out of its view: a feed of many jobs is short.
    private static string? Filled(string text) => text.Length == 0 ? null : text;

    private static int? Filled(int number) => number == 0 ? null : number;

    private static IReadOnlyDictionary<string, string>? Filled(IReadOnlyDictionary<string, string> map) => map.Count == 0 ? null : map;

    private static string? Tag(JobSpec spec, int index) => spec.Tags.GetValueOrDefault(JobTags.Names[index]);

    public static HostView Of(Worker worker)
    {
        var facts = worker.Facts;
        return new HostView
        {
            Id = worker.Id.Value, Name = worker.Name, Address = facts.Address, State = worker.State,
            SlotsUsed = worker.SlotsUsed, SlotsTotal = facts.Slots, Cluster = facts.Cluster, Groups = facts.Groups, Restrictions = facts.Restrictions, Locked = facts.IsDraining || worker.SlotsLocked > 0,
            Reason = ReasonOf(worker),
            Properties = PropertiesOf(worker),
            Resources = ResourcesOf(worker),
            Subjobs = [.. worker.Instances.Where(instance => instance.IsPlaced).Select(instance => instance.Id.ToString()).Order(StringComparer.Ordinal)],
            LastContact = worker.LastContactMs,
        };
    }

    private static Dictionary<string, string> PropertiesOf(Worker worker)
    {
        var facts = worker.Facts;
        var found = new Dictionary<string, string>(facts.Properties)
        {
            ["os"] = facts.Os, ["worker_mode"] = facts.Mode, ["proxy_mode"] = facts.ProxyMode, ["proxy_account"] = facts.Account,
            ["version"] = facts.Version, ["qube_version"] = facts.Version, ["qube_build"] = facts.Version, ["qube_class"] = WorkerFacts.Class, ["cores"] = facts.Cores.ToString(), ["memory"] = (facts.MemoryBytes >> 20).ToString(),
            ["jobtypes"] = facts.JobTypes.Length > 0 ? facts.JobTypes : WorkerFacts.BuiltInJobTypes,
        };
        foreach (var name in LoadAverages.Names)
        {
            if (worker.Value(name) is { Length: > 0 } average)
            {
                found[name] = average;
            }
        }

        return found;
    }

    private static Dictionary<string, string> ResourcesOf(Worker worker)
    {
        var facts = worker.Facts;
        var found = facts.Resources.ToDictionary(pair => pair.Key, pair => $"{worker.UsedOf(pair.Key)}/{pair.Value}");
        found["processors"] = $"{worker.SlotsUsed}/{facts.Slots}";
        if (worker.IsConnected && worker.Vitals.FreeMemoryBytes > 0)
        {
            found["memory"] = $"{Math.Max(0, facts.MemoryBytes - worker.Vitals.FreeMemoryBytes) >> 20}/{facts.MemoryBytes >> 20}";
        }

        if (worker.IsConnected && facts.SwapBytes > 0)
        {
            found["swap"] = $"{worker.Value("swap.used")}/{worker.Value("swap.total")}";
        }

        return found;
    }

    /// <summary>Why it gets nothing, or less than it has slots; empty when nothing holds it back.</summary>
    private static string ReasonOf(Worker worker)
        => worker.IsInPanic ? string.Join("; ", worker.Vitals.Troubles)
        : worker.Facts.Properties.TryGetValue("yields_to", out var person) ? $"it passes to the desktop worker of {person}"
        : worker.Facts.IsDraining ? "it takes no new instances: it is to stop"
        : worker.IsBlamed ? $"flight checks blame it: {worker.BlamedFor}"
        : worker.SlotsLocked > 0 ? $"{worker.SlotsLocked} of {worker.Facts.Slots} slots locked: {worker.Lock}"
        : "";

    private static InstanceView Of(Instance instance) => new()
    {
        Id = instance.Id.ToString(), Status = instance.Shown.Word(), StatusNumber = (int)instance.Shown,
        Host = instance.Worker?.Name ?? "", Account = instance.Account, Count = instance.Run,
        Slots = instance.IsPlaced ? instance.Slots : 0, Allocations = instance.IsPlaced ? instance.Allocations : null, Reason = instance.Reason, Secondary = instance.IsSecondary ? true : null,
        Timestart = instance.StartedMs, Timecomplete = instance.EndedMs, Percent = ResultViews.Share(instance.Share),
        Resultpackage = ResultViews.Parse(instance.LiveResult.Length > 0 && instance.CurrentItem < 0 ? instance.LiveResult : instance.Result),
    };

    private static List<ItemView> ItemsOf(Farm farm, Job job, ViewParts parts)
    {
        var views = new List<ItemView>();
        if (job.Items is not { } items)
        {
            return views;
        }

        for (var index = parts.From; index < items.Count && views.Count < parts.Limit; index++)
        {
            var item = items[index];
            var status = StatusOf(item.State);
            var runs = ResultViews.Running(job, item, index);
            views.Add(new ItemView
            {
                Id = index, Name = job.Agenda![index].Name, Status = status.Word(), StatusNumber = (int)status, Subid = item.Sub,
                Host = farm.HostNameOf(new WorkerId(item.Worker)), Count = item.Attempts, ExitCode = item.ExitCode,
                Package = job.ItemPackages?[index] is { Length: > 0 } package ? JsonElement.Parse(package) : null,
                Reason = item.Reason ?? "", Timestart = item.StartedMs, Timecomplete = item.EndedMs,
                CpuMs = item.Usage.CpuMs, PeakMemoryKb = item.Usage.PeakMemoryKb, ReadKb = item.Usage.ReadKb, WrittenKb = item.Usage.WrittenKb,
                Percent = ResultViews.Share(runs?.Share ?? -1), Resultpackage = ResultViews.Parse(runs?.LiveResult is { Length: > 0 } live ? live : item.Result),
            });
        }

        return views;
    }

    /// <summary>What was handed out ahead of time has not started: it is pending.</summary>
    private static Status StatusOf(ItemState state) => state switch
    {
        ItemState.Untouched or ItemState.Pending or ItemState.Leased => Status.Pending,
        ItemState.Running => Status.Running,
        ItemState.Blocked => Status.Blocked,
        ItemState.Complete => Status.Complete,
        ItemState.Failed => Status.Failed,
        ItemState.Killed => Status.Killed,
    };

    private static Tally CountItems(ItemTable items) => new()
    {
        Pending = items.Pending + items.CountOf(ItemState.Leased),
        Running = items.CountOf(ItemState.Running),
        Blocked = items.CountOf(ItemState.Blocked),
        Complete = items.CountOf(ItemState.Complete),
        Failed = items.CountOf(ItemState.Failed),
        Killed = items.CountOf(ItemState.Killed),
    };

    private static Tally CountInstances(Job job)
    {
        int pending = 0, blocked = 0, running = 0, waiting = 0, suspended = 0, complete = 0, failed = 0, killed = 0, badLogin = 0;
        foreach (var instance in job.InstanceList)
        {
            switch (instance.Status)
            {
                case var _ when !instance.IsTallied: break;
                case Status.Blocked: blocked++; break;
                case Status.Running or Status.Dying or Status.Exiting or Status.Registering: running++; break;
                case Status.Waiting: waiting++; break;
                case Status.Suspended: suspended++; break;
                case Status.Complete: complete++; break;
                case Status.Failed: failed++; break;
                case Status.Killed: killed++; break;
                case Status.BadLogin: badLogin++; break;
                default: pending++; break;
            }
        }

        return new Tally
        {
            Pending = pending, Blocked = blocked, Running = running, Waiting = waiting, Suspended = suspended,
            Complete = complete, Failed = failed, Killed = killed, Badlogin = badLogin,
        };
    }

    private static string Summary(Tally tally) => tally switch
    {
        { Running: > 0 } => "running",
        { Pending: > 0 } => "pending",
        { Waiting: > 0 } => "waiting",
        { Badlogin: > 0 } => "badlogin",
        { Suspended: > 0 } => "suspended",
        { Blocked: > 0 } => "blocked",
        { Failed: > 0 } => "failed",
        { Killed: > 0 } => "killed",
        { Complete: > 0 } => "complete",
        _ => "",
    };

    private static IReadOnlyDictionary<string, JsonElement> ParseOther(JobSpec spec)
    {
        using var document = JsonDocument.Parse(spec.Other);
        return document.RootElement.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.Clone());
    }
}
