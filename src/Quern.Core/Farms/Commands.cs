using Quern.Core.Jobs;

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
public sealed record SubmitResult(IReadOnlyList<JobId> Ids, long Pgrp, bool IsRepeated, string? Refusal)
{
    public static SubmitResult Refused(string sentence) => new([], 0, false, sentence);
}

public enum Verb { Kill, Retry, Block, Unblock, Suspend, Resume, Remove }

/// <summary>A job, one of its instances (<paramref name="Sub"/>), or items of it by name or range text (<paramref name="Items"/>).</summary>
public sealed record Target(JobId Job, int? Sub = null, string? Items = null)
{
    public override string ToString() => Sub is { } sub ? $"{Job}.{sub}" : Items is { } items ? $"{Job}:{items}" : Job.ToString();
}

/// <param name="Statuses">Only what is in one of these; empty = whatever the verb applies to.</param>
public sealed record FarmAction(Verb Verb, Caller Caller, IReadOnlyList<Target> Targets, IReadOnlyList<Status> Statuses, bool InstancesOnly, bool ItemsOnly);

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

    /// <summary>How much work, by measured duration, a run may hold ahead.</summary>
    public long LeaseAheadMs { get; init; } = 300;

    /// <summary>Most items a run may hold.</summary>
    public int LeaseItems { get; init; } = 128;

    /// <summary>Runs in a row that may lose their proxy without an item ended before the instance fails.</summary>
    public int MaxLosses { get; init; } = 5;
}
