using System.Collections;
using Quern.Core.Jobs;

namespace Quern.Core.Dispatch;

/// <summary>Runs of one class of hosts that may have to give way, the lowest in line first. Who is lowest is asked far more often than it changes. <see cref="Instance.PlacedBy"/> stays as it is meanwhile.</summary>
internal sealed class VictimLine : IEnumerable<Instance>
{
    private readonly SortedSet<Instance> _runs = new(VictimOrder.Instance);
    private QueueKey? _lowest;

    public int Count => _runs.Count;

    /// <summary>The place of the first of them; there has to be one.</summary>
    public QueueKey Lowest => _lowest ??= _runs.Min!.PlacedBy;

    public void Add(Instance instance)
    {
        _runs.Add(instance);
        if (_lowest is { } lowest && lowest.GoesBefore(instance.PlacedBy))
        {
            _lowest = instance.PlacedBy;
        }
    }

    public void Remove(Instance instance)
    {
        if (_runs.Remove(instance) && _lowest == instance.PlacedBy)
        {
            _lowest = null;
        }
    }

    public SortedSet<Instance>.Enumerator GetEnumerator() => _runs.GetEnumerator();

    IEnumerator<Instance> IEnumerable<Instance>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
