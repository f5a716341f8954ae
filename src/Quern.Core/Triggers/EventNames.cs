namespace Quern.Core.Triggers;

/// <summary>What an event is about: the second field of its text.</summary>
public enum EventType
{
    Job,

    /// <summary>An instance.</summary>
    Subjob,

    /// <summary>An agenda item.</summary>
    Work,
    Host,

    /// <summary>Once, at a time.</summary>
    Time,

    /// <summary>Again and again, from a time on.</summary>
    Repeat,

    /// <summary>Fired by name, for no job.</summary>
    Global,
    GlobalTime,
    GlobalRepeat,
}

/// <summary>
/// Names of events that the farm itself raises. Any other name is a user's own and is fired by <c>qbtrigger</c>.
/// Source: PipelineFX/docs, developers guide, triggers (reference/qube-jobs.md 9.4).
/// </summary>
public static class EventNames
{
    public const string Complete = "complete";

    /// <summary>Any of complete, failed and killed; never raised itself.</summary>
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Killed = "killed";
    public const string Submit = "submit";
    public const string Running = "running";
    public const string Waiting = "waiting";
    public const string Assigned = "assigned";
    public const string Blocked = "blocked";
    public const string Suspended = "suspended";
    public const string Removed = "removed";
    public const string Modified = "modified";
    public const string Timeout = "timeout";

    /// <summary>Of hosts: it takes work again.</summary>
    public const string Active = "active";
    public const string Down = "down";
    public const string Panic = "panic";
    public const string Locked = "locked";
    public const string Unlocked = "unlocked";

    /// <summary>The name that events of time have, which need none.</summary>
    public const string Dummy = "dummy";

    private static readonly HashSet<string> OfJobs =
    [
        Complete, Done, Failed, Killed, Submit, Running, Waiting, Assigned, Blocked, Suspended, Removed, Modified, Timeout, Dummy,
    ];

    private static readonly HashSet<string> OfHosts = [Active, Down, Panic, Locked, Unlocked];

    /// <summary>Neither the farm's own name for what happens to a job nor for what happens to a host.</summary>
    public static bool IsUserDefined(string name) => !OfJobs.Contains(name) && !OfHosts.Contains(name);

    /// <summary>It happens to a host, whatever runs there.</summary>
    public static bool IsOfHost(string name) => OfHosts.Contains(name);

    /// <summary>True when one that waits for <paramref name="wanted"/> has what it waits for.</summary>
    public static bool Matches(string wanted, string happened)
        => wanted == happened || (wanted == Done && happened is Complete or Failed or Killed);

    /// <summary>What reaching a state is called; null where it is no event.</summary>
    public static string? Of(Status status) => status switch
    {
        Status.Complete => Complete,
        Status.Failed => Failed,
        Status.Killed => Killed,
        Status.Blocked => Blocked,
        Status.Waiting => Waiting,
        Status.Suspended => Suspended,
        Status.Running => Running,
        Status.Registering => Assigned,
        Status.Pending or Status.BadLogin or Status.Dying or Status.Exiting => null,
    };
}
