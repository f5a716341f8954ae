namespace Quern.Execution.Runs;

/// <summary>
/// Programs that look before and after a run and each of its items whether all is as it should be. A job's own come before those of the host's folders. Source: reference, qube-jobs 10.3.
/// </summary>
public sealed record FlightChecks
{
    public static FlightChecks None { get; } = new();

    /// <summary>Folder of the host with <c>instance/pre</c>, <c>instance/post</c>, <c>agenda/pre</c> and <c>agenda/post</c>; empty = none.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The job's own, as paths of executables.</summary>
    public IReadOnlyList<string> InstancePre { get; init; } = [];
    public IReadOnlyList<string> InstancePost { get; init; } = [];
    public IReadOnlyList<string> AgendaPre { get; init; } = [];
    public IReadOnlyList<string> AgendaPost { get; init; } = [];

    /// <summary>Seconds one check may take.</summary>
    public int TimeLimitSeconds { get; init; } = 60;

    /// <summary>Exit code by which a check blames the host and not the job; 0 = none does.</summary>
    public int BlameExitCode { get; init; } = 86;

    /// <summary>Seconds for which the job stays away from a host that was blamed.</summary>
    public int BlameSeconds { get; init; } = 600;
}
