using Quern.Core.Expressions;

namespace Quern.Core.Resources;

/// <summary>
/// How much there is of a resource of the farm. With T and U the total and the use that a licence server last reported, F what is configured for the farm
/// and q what the farm holds: others use U - q, T - F is set aside for them, and what they use beyond that is missing here.
/// <code>
/// used = q + max(0, (U - q) - (T - F)),  free = F - used
/// </code>
/// Source: PipelineFX/docs: global resources (reference, qube-jobs 13).
/// </summary>
/// <param name="Configured">F.</param>
/// <param name="Held">q.</param>
/// <param name="Reported">T and U; null = none yet: of a licence the farm then takes nothing, since others may hold all of it.</param>
public readonly record struct ResourceCount(ResourceClass Class, string Name, int Configured, int Held, (int Total, int Used)? Reported)
{
    private ResourceName FullName => new(Class, Name);

    /// <summary>As people are shown it; above <see cref="Total"/> where others took more than was left to them.</summary>
    public int Used => !FullName.IsShared ? Held
        : Reported is { } reported ? Clamp(Held + Math.Max(0L, (reported.Used - (long)Held) - (reported.Total - (long)Configured)))
        : Math.Max(Held, Configured);

    public int Total => Configured;

    /// <summary>What dispatch may still give out.</summary>
    public int Free => Math.Max(0, Configured - Used);

    public override string ToString() => $"{FullName}={Used}/{Total}";

    private static int Clamp(long count) => (int)Math.Min(count, int.MaxValue);
}
