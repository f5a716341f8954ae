using System.Numerics;

namespace Quern.Core.Jobs;

/// <summary>What is known of a job's instances without looking at them: how many are in each state, and which could be placed. Kept, never counted.</summary>
internal sealed class InstanceTally
{
    private readonly int[] _counts = new int[12];
    private ulong[] _placeable;
    private int _lowest;

    public InstanceTally(int instances) => _placeable = new ulong[(instances + 63) / 64];

    /// <summary>Instances that a host could be found for now.</summary>
    public int Placeable { get; private set; }

    public int this[Status status] => _counts[IndexOf(status)];

    public void Add(Status status) => _counts[IndexOf(status)]++;

    public void Remove(Status status) => _counts[IndexOf(status)]--;

    public void SetPlaceable(int sub, bool value)
    {
        var word = sub / 64;
        if (word >= _placeable.Length)
        {
            Array.Resize(ref _placeable, word + 1);
        }

        var bit = 1UL << (sub % 64);
        if (((_placeable[word] & bit) != 0) == value)
        {
            return;
        }

        _placeable[word] ^= bit;
        Placeable += value ? 1 : -1;
        _lowest = value ? Math.Min(_lowest, word) : _lowest;
    }

    /// <summary>The lowest number among them; -1 = none.</summary>
    public int FirstPlaceable()
    {
        for (; _lowest < _placeable.Length; _lowest++)
        {
            if (_placeable[_lowest] != 0)
            {
                return (_lowest * 64) + BitOperations.TrailingZeroCount(_placeable[_lowest]);
            }
        }

        return -1;
    }

    private static int IndexOf(Status status) => status switch
    {
        Status.Complete => 0,
        Status.Failed => 1,
        Status.Killed => 2,
        Status.Dying => 3,
        Status.Exiting => 4,
        Status.Registering => 5,
        Status.Blocked => 6,
        Status.Waiting => 7,
        Status.Suspended => 8,
        Status.Pending => 9,
        Status.BadLogin => 10,
        Status.Running => 11,
    };
}
