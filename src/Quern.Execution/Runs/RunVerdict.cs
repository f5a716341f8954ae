namespace Quern.Execution.Runs;

/// <summary>Values are those of the worker link.</summary>
public enum VerdictKind
{
    /// <summary>Exit code and signal say all.</summary>
    None = 0,

    /// <summary>It failed, whatever its exit code says.</summary>
    Failed = 1,

    /// <summary>The host is to blame: no retry is spent, and the job stays away from it for a time.</summary>
    HostBlamed = 2,

    /// <summary>A licence was refused: no retry is spent, and the job waits for a time.</summary>
    LicenceRefused = 3,
}

/// <summary>What is known of an end beyond its exit code.</summary>
/// <param name="Seconds">How long the job stays away from this host.</param>
/// <param name="Text">The reason, one line.</param>
public readonly record struct RunVerdict(VerdictKind Kind, int Seconds, string Text)
{
    public static RunVerdict None { get; } = new(VerdictKind.None, 0, "");

    /// <summary>It has to be done again, elsewhere or later.</summary>
    public bool GivesBack => Kind is VerdictKind.HostBlamed or VerdictKind.LicenceRefused;
}
