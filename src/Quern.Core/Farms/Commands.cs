using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Permissions;
using Quern.Core.Resources;

namespace Quern.Core.Farms;

/// <summary>Who asks, as proven at the edge.</summary>
public sealed record Caller(string User, string From, bool IsAdministrator)
{
    /// <summary>The farm itself, in history.</summary>
    public static readonly Caller Farm = new("__QUBE_SYSTEM__", "", true);
}

/// <summary>Jobs of one submission, checked at the edge except for what needs the farm's state.</summary>
public sealed record Submission(string RequestId, Caller Caller, IReadOnlyList<JobSpec> Jobs);

/// <summary>Either ids or one sentence.</summary>
/// <param name="IsForbidden">The refusal is one of rights.</param>
public sealed record SubmitResult(IReadOnlyList<JobId> Ids, long Pgrp, bool IsRepeated, string? Refusal, bool IsForbidden = false)
{
    public static SubmitResult Refused(string sentence) => new([], 0, false, sentence);
}

/// <summary>A job, one of its instances (<paramref name="Sub"/>), or items of it by name or range text (<paramref name="Items"/>).</summary>
public sealed record Target(JobId Job, int? Sub = null, string? Items = null)
{
    public override string ToString() => Sub is { } sub ? $"{Job}.{sub}" : Items is { } items ? $"{Job}:{items}" : Job.ToString();
}

/// <param name="Statuses">Only what is in one of these; empty = whatever the verb applies to. Of verbs for whole jobs: the job's own.</param>
public sealed record FarmAction(Verb Verb, Caller Caller, IReadOnlyList<Target> Targets, IReadOnlyList<Status> Statuses, bool InstancesOnly, bool ItemsOnly)
{
    /// <summary>Further statuses, of instances alone and of items alone.</summary>
    public IReadOnlyList<Status> InstanceStatuses { get; init; } = [];
    public IReadOnlyList<Status> ItemStatuses { get; init; } = [];

    /// <summary>Of modify, and of nothing else: what becomes of the job.</summary>
    public JobChanges? Changes { get; init; }

    /// <summary>Block lets what runs finish its current item.</summary>
    public bool LetsFinish { get; init; }

    /// <summary>The targets were found by a filter: one that the verb does not apply to is passed over without a word.</summary>
    public bool IsChosen { get; init; }

    internal bool HasStatuses => Statuses.Count + InstanceStatuses.Count + ItemStatuses.Count > 0;

    internal bool NamesInstance(Status status) => Statuses.Contains(status) || InstanceStatuses.Contains(status);

    internal bool NamesItem(Status status) => Statuses.Contains(status) || ItemStatuses.Contains(status);

    internal bool WantsInstance(Status status) => Statuses.Count + InstanceStatuses.Count == 0 || NamesInstance(status);

    internal bool WantsItem(Status status) => Statuses.Count + ItemStatuses.Count == 0 || NamesItem(status);
}

public sealed record ActionResult(IReadOnlyList<string> Affected, IReadOnlyList<string> Refused);

/// <summary>Settings of the core; the supervisor fills them in from its configuration.</summary>
public sealed record FarmOptions
{
    /// <summary>How long a worker may be away before what it runs is given to others.</summary>
    public long WorkerLostMs { get; init; } = 30_000;

    /// <summary>Most items an agenda may have.</summary>
    public int MaxAgendaItems { get; init; } = 10_000_000;

    /// <summary>Most instances a job may ask for.</summary>
    public int MaxInstances { get; init; } = 10_000;

    /// <summary>How long a host that could not log the account in is left alone for that job.</summary>
    public long BadLoginRetryMs { get; init; } = 60_000;

    /// <summary>How long a job that was migrated away from a host stays away from it (supervisor_migrate_timeout).</summary>
    public long MigrateTimeoutMs { get; init; } = 1_200_000;

    /// <summary>Auto-wrangling looks at a host that has failed more items of a job than this and completed none (aw_activation_work_count).</summary>
    public int WrangleAfterFailures { get; init; } = 5;

    /// <summary>How often it moves a job before it blames it (aw_job_migrate_max).</summary>
    public int MostAutoMigrations { get; init; } = 3;

    /// <summary>How much work, by measured duration, a run may hold ahead.</summary>
    public long LeaseAheadMs { get; init; } = 300;

    /// <summary>Most items a run may hold.</summary>
    public int LeaseItems { get; init; } = 128;

    /// <summary>Languages whose callbacks run, and whether there are dependencies and auto-wrangling.</summary>
    public Triggers.CallbackLanguages Languages { get; init; } = Triggers.CallbackLanguages.Default;

    /// <summary>The site's callbacks, of each job that is submitted.</summary>
    public IReadOnlyList<Triggers.CallbackSpec> UniversalCallbacks { get; init; } = [];

    /// <summary>Runs in a row that may lose their proxy without an item ended before the instance fails.</summary>
    public int MaxLosses { get; init; } = 5;

    /// <summary>Of users without an entry.</summary>
    public Permission DefaultPermissions { get; init; } = Permission.Default;

    /// <summary>Of members of a group whose entry gives none.</summary>
    public Permission DefaultGroupPermissions { get; init; } = Permission.None;

    /// <summary>Who goes first for a host.</summary>
    public QueueAlgorithm QueueAlgorithm { get; init; } = QueueAlgorithm.Cluster;

    /// <summary>Of jobs that ask for none, see <see cref="HostOrder"/>; empty = the host with most free slots.</summary>
    public string DefaultHostOrder { get; init; } = "";

    /// <summary>Parts of the farm by weight, each for the jobs of a cluster and below; empty = none.</summary>
    public IReadOnlyList<(ClusterPath Cluster, double Weight)> Shares { get; init; } = [];

    /// <summary>Weight of all jobs that are of no share, together.</summary>
    public double ShareOfOthers { get; init; } = 1;

    public PreemptPolicy PreemptPolicy { get; init; } = PreemptPolicy.Passive;

    /// <summary>The site's own rules; null = none.</summary>
    public IDispatchPolicy? Policy { get; init; }

    public SmartShare SmartShare { get; init; } = SmartShare.None;

    /// <summary>How long a job that needs more slots than are free on any host waits before a host is kept for it; negative = for ever.</summary>
    public long WidePatienceMs { get; init; } = 30_000;

    /// <summary>Instances started in one turn; the rest follow in the next, so that no turn lasts long.</summary>
    public int PlacementsInOneTurn { get; init; } = 128;

    /// <summary>How many instances of a user, and of a process group, may run at once.</summary>
    public InstanceLimits InstanceLimits { get; init; } = InstanceLimits.None;

    /// <summary>What the farm may use of each global and licence resource.</summary>
    public IReadOnlyList<(ResourceName Resource, int Total)> GlobalResources { get; init; } = [];

    /// <summary>What the history holds.</summary>
    public EventComponent History { get; init; } = EventComponent.All;
}
