using System.Text.Json;

namespace Quern.Protocol.Api;

/// <summary>Body of POST /api/v1/jobs: one submission, one process group.</summary>
public sealed record SubmitRequest
{
    /// <summary>Made by the client, unique: the same id sent again returns the jobs of the first time and makes none.</summary>
    public required string RequestId { get; init; }

    /// <summary>The jobs, in order. Labels in them refer to each other.</summary>
    public required IReadOnlyList<JobRequest> Jobs { get; init; }
}

/// <summary>A job as its submitter writes it; names are Qube's. Unknown keys are accepted, kept and shown, and mean nothing.</summary>
public sealed record JobRequest
{
    public string? Name { get; init; }
    /// <summary>Job type: <c>cmdline</c> or <c>cmdrange</c>.</summary>
    public string? Prototype { get; init; }
    /// <summary>Job-type data: <c>cmdline</c>, <c>shell</c>, <c>range</c>, <c>padding</c> ... values as text.</summary>
    public IReadOnlyDictionary<string, string>? Package { get; init; }
    /// <summary>1 runs before 9999, the default.</summary>
    public int? Priority { get; init; }
    /// <summary>Instances wanted (default 1); never more than there are items, unless flag disable_cpu_limit.</summary>
    public int? Cpus { get; init; }
    /// <summary>Slots an instance takes on its host (default 1).</summary>
    public int? Processors { get; init; }
    /// <summary><c>pending</c> (default) or <c>blocked</c>.</summary>
    public string? Status { get; init; }
    public IReadOnlyList<string>? Flags { get; init; }
    /// <summary>Range text, see Quern.Core.Agendas. Mutually exclusive with <see cref="Items"/>.</summary>
    public string? Range { get; init; }
    /// <summary><c>ascend</c> (default), <c>reverse</c> or <c>binary</c>.</summary>
    public string? RangeOrder { get; init; }
    public int? Chunk { get; init; }
    public int? Partitions { get; init; }
    /// <summary>Named items, in order.</summary>
    public IReadOnlyList<string>? Items { get; init; }
    public int? Padding { get; init; }
    public string? Dependency { get; init; }
    /// <summary>Job id; the same as dependency <c>link-done-job-N</c>.</summary>
    public long? Waitfor { get; init; }
    public string? Label { get; init; }
    /// <summary>Process group to join; default a new one of this submission.</summary>
    public long? Pgrp { get; init; }
    public long? Pid { get; init; }
    public string? Kind { get; init; }
    public string? Account { get; init; }
    public string? Notes { get; init; }
    /// <summary>Submit as somebody else; for administrators.</summary>
    public string? User { get; init; }
    public string? Cluster { get; init; }
    public string? Hosts { get; init; }
    public string? Omithosts { get; init; }

    /// <summary>A condition on hosts: <c>host.worker_mode == 'desktop'</c>.</summary>
    public string? Requirements { get; init; }
    public IReadOnlyDictionary<string, string>? Env { get; init; }
    public string? Cwd { get; init; }
    public int? Umask { get; init; }
    /// <summary>Automatic restarts of an instance that failed; -1 (default) none.</summary>
    public int? Retrysubjob { get; init; }
    /// <summary>Automatic retries of an item that failed; -1 (default) none.</summary>
    public int? Retrywork { get; init; }
    /// <summary>Seconds before an automatic retry.</summary>
    public int? RetryworkDelay { get; init; }
    /// <summary>Seconds an instance may run; more fails it.</summary>
    public int? Timelimit { get; init; }
    /// <summary>Seconds an item may run; more fails it.</summary>
    public int? AgendaTimelimit { get; init; }
    /// <summary>Flight checks: paths of executables on the worker, comma separated, before an instance ...</summary>
    public string? Preflights { get; init; }
    /// <summary>... after it ...</summary>
    public string? Postflights { get; init; }
    /// <summary>... before each item ...</summary>
    public string? AgendaPreflights { get; init; }
    /// <summary>... and after it.</summary>
    public string? AgendaPostflights { get; init; }

    /// <summary>Where mails about it go; default its user.</summary>
    public string? Mailaddress { get; init; }
    public IReadOnlyList<CallbackRequest>? Callbacks { get; init; }

    [System.Text.Json.Serialization.JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }
}

/// <summary>Answer to a submission.</summary>
public sealed record SubmitReply
{
    public required IReadOnlyList<long> Ids { get; init; }
    public required long Pgrp { get; init; }
    /// <summary>True when this request id had been accepted before.</summary>
    public bool Repeated { get; init; }
    /// <summary>Lines worth showing to the submitter.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}

/// <summary>Counts per status; what is zero is left out.</summary>
public sealed record Tally
{
    public int Pending { get; init; }
    public int Blocked { get; init; }
    public int Running { get; init; }
    public int Waiting { get; init; }
    public int Suspended { get; init; }
    public int Complete { get; init; }
    public int Failed { get; init; }
    public int Killed { get; init; }
    public int Badlogin { get; init; }

    public int Total => Pending + Blocked + Running + Waiting + Suspended + Complete + Failed + Killed + Badlogin;
}

/// <summary>A job as it is. Times are Unix milliseconds, 0 = never.</summary>
public sealed record JobView
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required string Prototype { get; init; }
    public required string User { get; init; }
    public required string Status { get; init; }
    /// <summary>Qube's number of <see cref="Status"/>.</summary>
    public required int StatusNumber { get; init; }
    /// <summary>Why a waiting job waits, or <c>none</c>.</summary>
    public required string Reason { get; init; }
    public required int Priority { get; init; }
    public required int Cpus { get; init; }
    public required int Processors { get; init; }
    public required Tally Cpustally { get; init; }
    /// <summary>Items of the agenda; 0 without one.</summary>
    public required int Todo { get; init; }
    public required Tally Todotally { get; init; }
    public required string Agendastatus { get; init; }
    public required string Subjobstatus { get; init; }
    public required long Pgrp { get; init; }
    public required long Pid { get; init; }
    public required string Label { get; init; }
    public required string Cluster { get; init; }
    public required string Groups { get; init; }
    public required string Kind { get; init; }
    public string Requirements { get; init; } = "";
    public required string Account { get; init; }
    public required string Dependency { get; init; }
    public required string Range { get; init; }
    public required IReadOnlyList<string> Flags { get; init; }
    public required IReadOnlyDictionary<string, string> Package { get; init; }
    public required IReadOnlyDictionary<string, string> Env { get; init; }
    public required string Cwd { get; init; }
    /// <summary>Null = none given.</summary>
    public int? Umask { get; init; }
    public required string Sourcehost { get; init; }
    public required int Retrysubjob { get; init; }
    public required int Retrywork { get; init; }
    public required int Timelimit { get; init; }
    public required int AgendaTimelimit { get; init; }
    public required long Timesubmit { get; init; }
    public required long Timestart { get; init; }
    public required long Timecomplete { get; init; }
    /// <summary>Estimated end, Unix milliseconds; 0 = no estimate.</summary>
    public required long Eta { get; init; }
    /// <summary>Everything else the submitter sent.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Other { get; init; }
    /// <summary>When asked for (<c>subjobs=true</c>).</summary>
    public IReadOnlyList<InstanceView>? Subjobs { get; init; }
    /// <summary>When asked for (<c>agenda=true</c>): a window of <c>from</c>, <c>limit</c>.</summary>
    public IReadOnlyList<ItemView>? Agenda { get; init; }
}

public sealed record InstanceView
{
    /// <summary><c>12.0</c></summary>
    public required string Id { get; init; }
    public required string Status { get; init; }
    public required int StatusNumber { get; init; }
    public required string Host { get; init; }
    /// <summary>Account the instance really ran as, as the kernel told the proxy; empty before it ran.</summary>
    public required string Account { get; init; }
    /// <summary>Dispatches so far.</summary>
    public required int Count { get; init; }
    public required int Slots { get; init; }
    public required string Reason { get; init; }
    public required long Timestart { get; init; }
    public required long Timecomplete { get; init; }
}

public sealed record ItemView
{
    /// <summary>Index in the agenda.</summary>
    public required int Id { get; init; }
    public required string Name { get; init; }
    public required string Status { get; init; }
    public required int StatusNumber { get; init; }
    /// <summary>Instance that has or had it, -1 = none.</summary>
    public required int Subid { get; init; }
    public required string Host { get; init; }
    /// <summary>Attempts handed out so far.</summary>
    public required int Count { get; init; }
    public required int ExitCode { get; init; }
    public required string Reason { get; init; }
    public required long Timestart { get; init; }
    public required long Timecomplete { get; init; }
    /// <summary>Processor time of the last attempt that ended.</summary>
    public int CpuMs { get; init; }
    /// <summary>Of its largest process.</summary>
    public int PeakMemoryKb { get; init; }
    /// <summary>From disks.</summary>
    public int ReadKb { get; init; }
    public int WrittenKb { get; init; }
}

/// <summary>Answer to GET /api/v1/jobs.</summary>
public sealed record JobList
{
    public required IReadOnlyList<JobView> Jobs { get; init; }
}

/// <summary>Body of POST /api/v1/actions.</summary>
public sealed record ActionRequest
{
    /// <summary>kill, retry, block, unblock, suspend, resume, interrupt, migrate, preempt, retire (or complete), requeue, fail, shove, top, bottom, remove.</summary>
    public required string Action { get; init; }
    /// <summary>Ids: <c>12</c>, <c>12.0</c>, <c>12:37</c>, <c>12:25-29</c>, <c>pgrp:12</c> = a whole process group, or <c>0</c> = all jobs of the caller that the filter lets through.</summary>
    public required IReadOnlyList<string> Targets { get; init; }
    public JobFilter? Filter { get; init; }
    /// <summary>Limits the action to what is in one of these statuses (also <c>done</c>, <c>active</c>); empty = whatever the action applies to.</summary>
    public IReadOnlyList<string>? Statuses { get; init; }
    /// <summary>The same, for instances alone.</summary>
    public IReadOnlyList<string>? InstanceStatuses { get; init; }
    /// <summary>The same, for items alone.</summary>
    public IReadOnlyList<string>? ItemStatuses { get; init; }
    /// <summary>Of block: what runs finishes its current item first.</summary>
    public bool Finish { get; init; }
    /// <summary>Act on instances only, items only, or (both false) on both.</summary>
    public bool InstancesOnly { get; init; }
    public bool ItemsOnly { get; init; }
}

/// <summary>Which jobs; what is null does not filter. Several AND.</summary>
public sealed record JobFilter
{
    public string? User { get; init; }
    public string? Name { get; init; }
    public string? Prototype { get; init; }
    public string? Status { get; init; }
    public string? Kind { get; init; }
    public string? Cluster { get; init; }
    public string? Label { get; init; }
    public int? Priority { get; init; }
    public int? Cpus { get; init; }
    public long? Pid { get; init; }
    public long? Pgrp { get; init; }
}

public sealed record ActionReply
{
    /// <summary>Ids the action changed, one a job, instance or item range.</summary>
    public required IReadOnlyList<string> Affected { get; init; }
    /// <summary>One line for each target it did not apply to.</summary>
    public required IReadOnlyList<string> Refused { get; init; }
}
