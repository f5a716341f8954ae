namespace Quern.CoreBench;

/// <summary>How large a farm is measured.</summary>
/// <param name="Items">Of one job; a twentieth of the jobs has no agenda.</param>
/// <param name="Reports">Items reported ended while the farm is full.</param>
internal sealed record FarmSize(int Workers, int Slots, int Jobs, int Items, int Reports)
{
    /// <summary>A farm a hundred times as large as the largest that studios usually have.</summary>
    public static readonly FarmSize Full = new(10_000, 16, 20_000, 263, 1_000_000);

    public static readonly FarmSize Quick = new(1_000, 16, 2_000, 263, 100_000);
}
