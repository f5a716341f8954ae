namespace Quern.CrowdBench;

/// <summary>How large a crowd is measured.</summary>
/// <param name="Workers">That work, one slot each.</param>
/// <param name="IdleWorkers">That are connected and have nothing to do.</param>
/// <param name="Queued">Items that wait behind the measured jobs in the full farm.</param>
/// <param name="Finished">Jobs that are over in the full farm.</param>
/// <param name="Seconds">Measured, after a warm-up of a third of it.</param>
/// <param name="PacedItems">A second, where latency is measured.</param>
internal sealed record CrowdSize(int Workers, int IdleWorkers, int Queued, int Finished, int Seconds, int PacedItems)
{
    public static readonly CrowdSize Full = new(2_000, 10_000, 1_000_000, 10_000, 15, 4_000);

    public static readonly CrowdSize Quick = new(200, 500, 100_000, 1_000, 3, 400);
}
