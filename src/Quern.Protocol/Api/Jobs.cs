using System.Text.Json;
using System.Text.Json.Serialization;

namespace Quern.Protocol.Api;

/// <summary>Body of POST /api/v1/jobs: one submission, one process group.</summary>
public sealed record SubmitRequest
{
    /// <summary>Made by the client, unique: the same id sent again returns the jobs of the first time and makes none.</summary>
    public required string RequestId { get; init; }

    /// <summary>The jobs, in order. Labels in them refer to each other.</summary>
    public required IReadOnlyList<JobRequest> Jobs { get; init; }
}

/// <summary>
/// A job as its submitter writes it. Names are Qube's, as <c>maxCpus</c> or <c>max_cpus</c>; numbers may come as text, and empty text is nothing. Unknown keys are
/// accepted, kept and shown, and mean nothing. Source: reference, qube-jobs 2.1.
/// </summary>
public sealed record JobRequest
{
    [JsonConverter(typeof(LooseText))]
    public string? Name { get; init; }
    /// <summary>Job type: <c>cmdline</c> or <c>cmdrange</c>; also <c>type</c>.</summary>
    public string? Prototype { get; init; }
    /// <summary>Job-type data: <c>cmdline</c>, <c>shell</c>, <c>range</c>, <c>padding</c> ... any JSON.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Package { get; init; }
    /// <summary>The package as <see cref="PackageText"/>; what <see cref="Package"/> has too counts there.</summary>
    public string? Data { get; init; }
    /// <summary>1 runs before 9999, the default.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? Priority { get; init; }
    /// <summary>Instances wanted (default 1); never more than there are items, unless flag disable_cpu_limit.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? Cpus { get; init; }
    /// <summary>Most instances with those that fill idle slots: 0 = no more than cpus, -1 or <c>*</c> = as many as the farm lets it.</summary>
    [JsonConverter(typeof(LooseText))]
    public string? MaxCpus { get; init; }
    /// <summary>Slots an instance takes on its host (default 1): short for <c>host.processors</c> of <see cref="Reservations"/>.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? Processors { get; init; }
    /// <summary>What an instance takes: <c>host.processors=2,license.maya=1</c>.</summary>
    [JsonConverter(typeof(LooseText))]
    public string? Reservations { get; init; }
    /// <summary><c>pending</c> (default) or <c>blocked</c>.</summary>
    public string? Status { get; init; }
    /// <summary>By name, or a sum of their bits.</summary>
    [JsonConverter(typeof(LooseList))]
    public IReadOnlyList<string>? Flags { get; init; }
    /// <summary>More of them, with commas between.</summary>
    [JsonConverter(typeof(LooseText))]
    public string? Flagsstring { get; init; }
    /// <summary>Range text, see Quern.Core.Agendas. Mutually exclusive with <see cref="Items"/> and <see cref="Agenda"/>.</summary>
    [JsonConverter(typeof(LooseText))]
    public string? Range { get; init; }
    /// <summary><c>ascend</c> (default), <c>reverse</c> or <c>binary</c>.</summary>
    public string? RangeOrder { get; init; }
    [JsonConverter(typeof(LooseInt))]
    public int? Chunk { get; init; }
    [JsonConverter(typeof(LooseInt))]
    public int? Partitions { get; init; }
    /// <summary>Named items, in order.</summary>
    public IReadOnlyList<string>? Items { get; init; }
    /// <summary>Items, some with packages of their own; also <c>work</c>.</summary>
    public AgendaRequest? Agenda { get; init; }
    /// <summary>Poster items: they become a job of their own. With flag p_agenda alone: first, last and middle.</summary>
    public AgendaRequest? PAgenda { get; init; }
    [JsonConverter(typeof(LooseInt))]
    public int? PAgendaPriority { get; init; }
    [JsonConverter(typeof(LooseInt))]
    public int? PAgendaCpus { get; init; }
    [JsonConverter(typeof(LooseInt))]
    public int? Padding { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Dependency { get; init; }
    /// <summary>Job id; the same as dependency <c>link-done-job-N</c>.</summary>
    [JsonConverter(typeof(LooseNumber))]
    public long? Waitfor { get; init; }
    public IReadOnlyList<CallbackRequest>? Callbacks { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Label { get; init; }
    /// <summary>Process group to join; default a new one of this submission.</summary>
    [JsonConverter(typeof(LooseNumber))]
    public long? Pgrp { get; init; }
    [JsonConverter(typeof(LooseNumber))]
    public long? Pid { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Kind { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Account { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Notes { get; init; }
    /// <summary>Submit as somebody else; for administrators.</summary>
    public string? User { get; init; }
    public string? Domain { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Cluster { get; init; }
    /// <summary>Clusters it may run in: <c>/show/+</c>.</summary>
    [JsonConverter(typeof(LooseText))]
    public string? Restrictions { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Hosts { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Omithosts { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Groups { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Omitgroups { get; init; }
    /// <summary>Which hosts are filled first: <c>+host.memory.avail</c>.</summary>
    [JsonConverter(typeof(LooseText))]
    public string? Hostorder { get; init; }
    /// <summary>A condition on hosts: <c>host.worker_mode == 'desktop'</c>.</summary>
    public string? Requirements { get; init; }
    [JsonConverter(typeof(LooseMap))]
    public IReadOnlyDictionary<string, string>? Env { get; init; }
    public string? Cwd { get; init; }
    [JsonConverter(typeof(LooseInt))]
    public int? Umask { get; init; }
    /// <summary>Drive letters and what they stand for; shown.</summary>
    [JsonConverter(typeof(LooseMap))]
    public IReadOnlyDictionary<string, string>? Drivemap { get; init; }
    [JsonConverter(typeof(LooseMap))]
    public IReadOnlyDictionary<string, string>? Pathmap { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Mailaddress { get; init; }
    /// <summary>Automatic restarts of an instance that failed; -1 (default) none.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? Retrysubjob { get; init; }
    /// <summary>Automatic retries of an item that failed; -1 (default) none.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? Retrywork { get; init; }
    /// <summary>Seconds before an automatic retry.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? RetryworkDelay { get; init; }
    /// <summary>Seconds after which an instance or item that still runs raises the event <c>timeout</c>; -1 (default) never.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? Timeout { get; init; }
    [JsonConverter(typeof(LooseInt))]
    public int? AgendaTimeout { get; init; }
    /// <summary>Seconds an instance may run; more fails it.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? Timelimit { get; init; }
    /// <summary>Seconds an item may run; more fails it.</summary>
    [JsonConverter(typeof(LooseInt))]
    public int? AgendaTimelimit { get; init; }
    /// <summary>Programs that look whether all is well before and after an instance or item.</summary>
    [JsonConverter(typeof(LooseText))]
    public string? Preflights { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Postflights { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? AgendaPreflights { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? AgendaPostflights { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? Deadline { get; init; }
    /// <summary>Tags of the production.</summary>
    [JsonConverter(typeof(LooseText))]
    public string? ProdShow { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdShot { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdSeq { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdClient { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdDept { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdCustom1 { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdCustom2 { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdCustom3 { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdCustom4 { get; init; }
    [JsonConverter(typeof(LooseText))]
    public string? ProdCustom5 { get; init; }

    [JsonExtensionData]
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

/// <summary>A job as it is. Times are Unix milliseconds, 0 = never. What is absent has its default.</summary>
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
    /// <summary>Items that are complete and what is done of those that run, in percent; without an agenda what is done of its instances. 100 when it is complete.</summary>
    public double Percent { get; init; }
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
    /// <summary>The sum of their bits.</summary>
    public int FlagsNumber { get; init; }
    public required IReadOnlyDictionary<string, JsonElement> Package { get; init; }
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
    public string? Domain { get; init; }
    public int? MaxCpus { get; init; }
    public string Reservations { get; init; } = "";
    public string? Restrictions { get; init; }
    public string? Hosts { get; init; }
    public string? Omithosts { get; init; }
    public string? Omitgroups { get; init; }
    public string? Hostorder { get; init; }
    public string? Notes { get; init; }
    public int? Padding { get; init; }
    public int? RetryworkDelay { get; init; }
    /// <summary>How often auto-wrangling has moved it; null = never.</summary>
    public int? AutoMigrateCount { get; init; }
    public int? Timeout { get; init; }
    public int? AgendaTimeout { get; init; }
    public string? Preflights { get; init; }
    public string? Postflights { get; init; }
    public string? AgendaPreflights { get; init; }
    public string? AgendaPostflights { get; init; }
    public string? Mailaddress { get; init; }
    public IReadOnlyDictionary<string, string>? Drivemap { get; init; }
    public IReadOnlyDictionary<string, string>? Pathmap { get; init; }
    public string? Deadline { get; init; }
    public string? ProdShow { get; init; }
    public string? ProdShot { get; init; }
    public string? ProdSeq { get; init; }
    public string? ProdClient { get; init; }
    public string? ProdDept { get; init; }
    public string? ProdCustom1 { get; init; }
    public string? ProdCustom2 { get; init; }
    public string? ProdCustom3 { get; init; }
    public string? ProdCustom4 { get; init; }
    public string? ProdCustom5 { get; init; }
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
    /// <summary>It is beyond what the job asks for and fills a slot that would be idle; null = it is not.</summary>
    public bool? Secondary { get; init; }
    /// <summary>Dispatches so far.</summary>
    public required int Count { get; init; }
    public required int Slots { get; init; }
    /// <summary>What it was given, written as a reservation: <c>host.processors=6</c>; null = it has no place.</summary>
    public string? Allocations { get; init; }
    public required string Reason { get; init; }
    public required long Timestart { get; init; }
    public required long Timecomplete { get; init; }
    /// <summary>How much of what it runs is done, in percent; null = not known.</summary>
    public double? Percent { get; init; }
    /// <summary>What its command's output said so far, or what came of it: <c>outputPaths</c>, <c>errors</c>, <c>highlights</c>, <c>progress</c> and what a job type adds; null = nothing.</summary>
    public JsonElement? Resultpackage { get; init; }
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
    /// <summary>The item's own; null = none.</summary>
    public JsonElement? Package { get; init; }
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
    /// <summary>How much of it is done, in percent; null = not known.</summary>
    public double? Percent { get; init; }
    /// <summary>What its output said so far, or what came of it: <c>outputPaths</c>, <c>errors</c>, <c>highlights</c>, <c>progress</c> and what a job type adds; null = nothing.</summary>
    public JsonElement? Resultpackage { get; init; }
}

/// <summary>Answer to GET /api/v1/jobs.</summary>
public sealed record JobList
{
    public required IReadOnlyList<JobView> Jobs { get; init; }
}

/// <summary>Body of POST /api/v1/actions.</summary>
public sealed record ActionRequest
{
    /// <summary>kill, retry, block, unblock, suspend, resume, interrupt, migrate, preempt, retire (or complete), requeue, fail, shove, top, bottom, remove, modify.</summary>
    public required string Action { get; init; }
    /// <summary>Of modify: the attributes that change, as in a submission; empty text = the default.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Changes { get; init; }
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
    /// <summary>Lines worth showing though it was done.</summary>
    public IReadOnlyList<string>? Warnings { get; init; }
}
