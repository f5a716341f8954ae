using Quern.Core.Jobs;

namespace Quern.Core.Dispatch;

/// <summary>Which run gives way first: that of the lowest job in line, of one job the youngest.</summary>
internal sealed class VictimOrder : IComparer<Instance>
{
    public static readonly VictimOrder Instance = new();

    public int Compare(Instance? x, Instance? y)
    {
        var found = y!.PlacedBy.CompareTo(x!.PlacedBy);
        found = found != 0 ? found : y.Sub.CompareTo(x.Sub);
        return found;
    }
}
