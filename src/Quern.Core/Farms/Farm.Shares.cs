namespace Quern.Core.Farms;

/// <summary>
/// Shares: parts of the farm by weight, each for the jobs below a cluster. A share that has nobody in line leaves its part to the others, in the ratio of their weights;
/// when it has somebody again it gets its part back, as items end.
/// </summary>
public sealed partial class Farm
{
    private bool IsBelowPart(int share, int more) => slotsByShare.GetValueOrDefault(share) + more <= PartOf(share);

    private bool IsAbovePart(int share, int less) => slotsByShare.GetValueOrDefault(share) - less >= PartOf(share);

    /// <summary>Of <see cref="PartOf"/>, within one search.</summary>
    private readonly Dictionary<int, double> parts = [];

    private double PartOf(int share) => parts.TryGetValue(share, out var part) ? part : parts[share] = FindPart(share);

    /// <summary>Slots that a share may have of those in use, as long as all who want some are in line.</summary>
    private double FindPart(int share)
    {
        var weights = 0.0;
        var isCounted = new HashSet<int>();
        foreach (var lane in index.Lanes)
        {
            if (lane.Classes.Count > 0 && isCounted.Add(lane.Sample.Share))
            {
                weights += index.Rules.WeightOf(lane.Sample.Share);
            }
        }

        foreach (var (other, slots) in slotsByShare)
        {
            if (slots > 0 && isCounted.Add(other))
            {
                weights += index.Rules.WeightOf(other);
            }
        }

        return weights == 0 ? 0 : slotsInShares * index.Rules.WeightOf(share) / weights;
    }
}
