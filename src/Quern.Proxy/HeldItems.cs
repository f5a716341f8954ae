using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>Items granted and not started, in order. An item and attempt that was here once is not taken again, since a worker may say it twice.</summary>
internal sealed class HeldItems
{
    /// <summary>How many past items are remembered: a worker repeats what it granted lately, not what ended long ago.</summary>
    private const int Remembered = 100_000;

    private readonly LinkedList<ItemLease> _items = new();
    private readonly Dictionary<(int, int), LinkedListNode<ItemLease>?> _known = [];
    private readonly Queue<(int, int)> _order = new();

    internal IReadOnlyList<ItemLease> All => _items.ToList();

    internal int Count => _items.Count;

    internal bool IsNew(ItemLease item) => !_known.ContainsKey((item.Item, item.Attempt));

    internal void Add(IReadOnlyList<ItemLease> items)
    {
        foreach (var item in items.Where(IsNew))
        {
            _known[(item.Item, item.Attempt)] = _items.AddLast(item);
            _order.Enqueue((item.Item, item.Attempt));
        }

        while (_order.Count > Remembered && _known.TryGetValue(_order.Peek(), out var node) && node is null)
        {
            _known.Remove(_order.Dequeue());
        }
    }

    internal ItemLease? Take()
    {
        if (_items.First is not { } first)
        {
            return null;
        }

        Leave(first);
        return first.Value;
    }

    internal bool Remove(int item, int attempt)
    {
        if (!_known.TryGetValue((item, attempt), out var node) || node is null)
        {
            return false;
        }

        Leave(node);
        return true;
    }

    private void Leave(LinkedListNode<ItemLease> node)
    {
        _items.Remove(node);
        _known[(node.Value.Item, node.Value.Attempt)] = null;
    }
}
