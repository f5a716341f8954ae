using Quern.Core.Expressions;
using Quern.Core.Workers;

namespace Quern.Core.Dispatch;

/// <summary>The best of the hosts offered so far: as the site's policy says, then nearest, then by the order asked for, then with most free slots, then the lowest number.</summary>
/// <param name="policy">Negative = the first of two, 0 = no matter; null = there is none.</param>
internal struct HostChoice(HostOrder? order, Func<Worker, Worker, int>? policy)
{
    /// <summary>Every host that fits has to be offered: not what is free there decides.</summary>
    public readonly bool LooksAtAll => order is not null || policy is not null;

    /// <summary>Hosts that far are not worth a look.</summary>
    public readonly bool PassesOver(int nearness) => policy is null && nearness < Nearness;

    public Worker? Worker { get; private set; }

    public int Nearness { get; private set; } = -1;

    /// <summary>Without an order: a host that fits would be better than what there is.</summary>
    public readonly bool WouldTake(int nearness, Worker worker) => Worker is null || nearness > Nearness
        || (nearness == Nearness && (worker.SlotsFree > Worker.SlotsFree || (worker.SlotsFree == Worker.SlotsFree && worker.Id.Value < Worker.Id.Value)));

    public void Offer(int nearness, Worker worker)
    {
        if (Worker is { } other && policy?.Invoke(worker, other) is { } said && said != 0)
        {
            (Worker, Nearness) = said < 0 ? (worker, nearness) : (other, Nearness);
            return;
        }

        if (Worker is { } best && nearness == Nearness && order is not null && Compare(worker, best) is var found && found != 0)
        {
            Worker = found > 0 ? worker : best;
            return;
        }

        if (WouldTake(nearness, worker))
        {
            (Worker, Nearness) = (worker, nearness);
        }
    }

    private readonly int Compare(Worker worker, Worker other)
    {
        foreach (var term in order!.Terms)
        {
            var found = HostOperands.Find(worker, term.Operand).CompareTo(HostOperands.Find(other, term.Operand));
            if (found != 0)
            {
                return term.PrefersSmaller ? -found : found;
            }
        }

        return 0;
    }
}
