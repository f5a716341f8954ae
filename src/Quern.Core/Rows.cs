namespace Quern.Core;

/// <summary>
/// What is durable. Loading the rows gives exactly the live farm; a turn's changed rows go to the store in one batch. A row is replaced whole by
/// its key. Texts named Json are opaque to the store.
/// </summary>
/// <param name="Spec">The submission as it was accepted or modified; the same text until it is modified again.</param>
/// <param name="State">Everything of the job that changes and is not a count of its items or instances.</param>
public sealed record JobRow(long Id, string Spec, string State);

/// <summary>An instance that left its initial state. Key: job, sub.</summary>
/// <param name="Status">A number of <see cref="Core.Status"/>.</param>
/// <param name="Run">Dispatches so far.</param>
/// <param name="Worker">0 = none.</param>
/// <param name="Position">Of the run's journal: everything before it is counted in this batch or an earlier one.</param>
/// <param name="OutputPosition">Of the run's journal: output before it is durable.</param>
/// <param name="Leases">Items the run holds; see Leases.</param>
/// <param name="Marks">What few instances have: retired, or what becomes of it after its present item.</param>
/// <param name="Allocations">What the run was given, written as a reservation.</param>
public sealed record InstanceRow(
    long Job, int Sub, int Status, int Run, int Worker, int Retries, long Position, long OutputPosition, long OutputBytes,
    string Leases, string Account, string Reason, string Marks, long StartedMs, long EndedMs, int Phase, string Result = "", string Allocations = "");

/// <summary>An item that left its initial state. Key: job, item.</summary>
public sealed record ItemRow(
    long Job, int Item, int Status, int Attempts, int Retries, int Sub, int Worker, int ExitCode, string Reason, long StartedMs, long EndedMs,
    int CpuMs = 0, int PeakMemoryKb = 0, int ReadKb = 0, int WrittenKb = 0, string Result = "");

public sealed record WorkerRow(int Id, string Name, string Facts, long LastContactMs);

/// <summary>History: who did what, when, from where. Appended, never changed.</summary>
/// <param name="Sub">-1 = not about an instance.</param>
/// <param name="Items">Range text; empty = not about items.</param>
/// <param name="Component">None = by what the event is about, see <see cref="EventComponents.Of"/>.</param>
public sealed record EventRow(long Sequence, long UnixMs, long Job, int Sub, string Items, string Who, string From, string Comment, EventComponent Component = EventComponent.None);

/// <summary>The parts of the history, with the bits of Qube's <c>supervisor_log_flags</c>.</summary>
[Flags]
public enum EventComponent { None = 0, Job = 1, Subjob = 2, Work = 4, Callback = 8, User = 16, Admin = 32, Mail = 64, All = 127 }

public static class EventComponents
{
    /// <summary>What a row is part of: what it says, else items, an instance, a job, or the farm.</summary>
    public static EventComponent Of(EventRow row)
        => row.Component != EventComponent.None ? row.Component
        : row.Items.Length > 0 ? EventComponent.Work
        : row.Sub >= 0 ? EventComponent.Subjob
        : row.Job > 0 ? EventComponent.Job
        : EventComponent.Admin;
}

/// <summary>What a user may do, or a member of a group to the jobs of other members. Key: user, group.</summary>
/// <param name="Group">Empty = the user's own entry.</param>
/// <param name="Permissions">Bits of <see cref="Permissions.Permission"/>; <see cref="Default"/> = what the settings give.</param>
/// <param name="IsRemoved">The row goes.</param>
public sealed record UserRow(string User, string Group, long Permissions, bool IsRemoved = false)
{
    public const long Default = -1;
}

/// <summary>A submission that was accepted, by the id its client gave it.</summary>
public sealed record RequestRow(string RequestId, long UnixMs, string JobIds);

/// <summary>Supervisor-side records beside the farm: join tokens (hashed), counters. Value null removes the key.</summary>
public sealed record SettingRow(string Key, string? Value);

/// <summary>A password by which a user's jobs are logged on to hosts that need one (Windows, proxy_execution_mode = user). Key: user. Times are Unix ms, 0 = never.</summary>
/// <param name="Sealed">To the supervisor's key; opaque here. Null removes the row.</param>
/// <param name="Account">As Windows is told it: <c>user</c> or <c>DOMAIN\user</c>.</param>
/// <param name="By">Who registered it, <c>user@host</c>.</param>
/// <param name="UsedMs">A host last logged the account on with it.</param>
/// <param name="FailedMs">A host last could not, for the reason in <paramref name="Failure"/>.</param>
/// <param name="RefusedMs">A host last called it wrong; 0 once another did not.</param>
public sealed record CredentialRow(string User, string? Sealed, string Account, long CreatedMs, string By, long UsedMs = 0, long FailedMs = 0, string Failure = "", long RefusedMs = 0);

/// <summary>One batch: applied whole or not at all, in the order of what goes (jobs, items, workers, events, requests), then rows.</summary>
public sealed class RowBatch
{
    /// <summary>Jobs that are gone: all their rows but history go.</summary>
    public List<long> RemovedJobs { get; } = [];

    /// <summary>Jobs whose items are all untouched again: their item rows go.</summary>
    public List<long> ClearedItems { get; } = [];

    /// <summary>Workers that are members no more.</summary>
    public List<int> RemovedWorkers { get; } = [];

    /// <summary>Events up to this number are kept no more; 0 = all stay. The numbers go on.</summary>
    public long EventsThrough { get; set; }

    /// <summary>Submissions whose ids are kept no more.</summary>
    public List<string> ExpiredRequests { get; } = [];
    public List<JobRow> Jobs { get; } = [];
    public List<InstanceRow> Instances { get; } = [];
    public List<ItemRow> Items { get; } = [];
    public List<WorkerRow> Workers { get; } = [];
    public List<EventRow> Events { get; } = [];
    public List<RequestRow> Requests { get; } = [];
    public List<SettingRow> Settings { get; } = [];
    public List<CredentialRow> Credentials { get; } = [];
    public List<UserRow> Users { get; } = [];

    public bool IsEmpty => RemovedJobs.Count == 0 && ClearedItems.Count == 0 && Jobs.Count == 0 && Instances.Count == 0 && Items.Count == 0 && Workers.Count == 0
        && Events.Count == 0 && Requests.Count == 0 && Settings.Count == 0 && Credentials.Count == 0 && Users.Count == 0
        && EventsThrough == 0 && ExpiredRequests.Count == 0 && RemovedWorkers.Count == 0;
}

/// <summary>Everything a supervisor starts from.</summary>
public sealed record FarmRows(
    IReadOnlyList<JobRow> Jobs, IReadOnlyList<InstanceRow> Instances, IReadOnlyList<ItemRow> Items, IReadOnlyList<WorkerRow> Workers,
    IReadOnlyList<RequestRow> Requests, IReadOnlyList<SettingRow> Settings, long LastEvent, long LastJob)
{
    public IReadOnlyList<CredentialRow> Credentials { get; init; } = [];
    public IReadOnlyList<UserRow> Users { get; init; } = [];
}
