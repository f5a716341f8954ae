namespace Quern.Core.Retention;

/// <summary>What is kept of what is over. 0 of anything = without limit.</summary>
public sealed record RetentionRules
{
    /// <summary>How long ids of submissions are known, so that one sent again makes no second job.</summary>
    public const long RequestMs = 7 * DayMs;

    public const long DayMs = 24 * 60 * 60 * 1000L;

    /// <summary>Jobs that ended so many days ago go, with their output.</summary>
    public int JobDays { get; init; }

    /// <summary>Most finished jobs; those that ended first go.</summary>
    public int JobCount { get; init; }

    /// <summary>Output of jobs that ended so many days ago goes; the jobs stay.</summary>
    public int OutputDays { get; init; }

    /// <summary>Most bytes of output of all jobs together; that of finished jobs which ended first goes.</summary>
    public long OutputBytes { get; init; }

    /// <summary>History older than so many days goes.</summary>
    public int EventDays { get; init; }

    /// <summary>Most lines of history; the oldest go.</summary>
    public long EventCount { get; init; }

    public bool AreOfJobs => JobDays > 0 || JobCount > 0;
    public bool AreOfOutput => OutputDays > 0 || OutputBytes > 0;
    public bool AreOfEvents => EventDays > 0 || EventCount > 0;
}
