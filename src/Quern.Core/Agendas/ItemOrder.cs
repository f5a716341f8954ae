namespace Quern.Core.Agendas;

/// <summary>Where an item of the text stands in the agenda, and back. Only binary order needs memory: 8 bytes an item.</summary>
internal sealed class ItemOrder
{
    private readonly AgendaOrder _order;
    private readonly int _count;
    private readonly int[]? _toText;
    private readonly int[]? _toAgenda;

    public ItemOrder(AgendaOrder order, int count)
    {
        _order = order;
        _count = count;
        if (order != AgendaOrder.Binary)
        {
            return;
        }
        _toText = Binary(count);
        _toAgenda = new int[count];
        for (var i = 0; i < count; i++)
        {
            _toAgenda[_toText[i]] = i;
        }
    }

    public long Bytes => 40 + (_toText is null ? 0 : 8L * _count);

    public int ToText(int index) => Map(index, _toText);

    public int ToAgenda(int index) => Map(index, _toAgenda);

    private int Map(int index, int[]? table) => _order switch
    {
        AgendaOrder.Ascend => index,
        AgendaOrder.Reverse => _count - 1 - index,
        AgendaOrder.Binary => table![index],
    };

    /// <summary>First, last, then the medians of what is between, breadth first: a picture of the whole long before its end.</summary>
    internal static int[] Binary(int count)
    {
        var order = new int[count];
        if (count == 0)
        {
            return order;
        }
        order[0] = 0;
        if (count == 1)
        {
            return order;
        }
        order[1] = count - 1;
        var filled = 2;
        var level = new List<(int From, int Count)> { (1, count - 2) };
        while (level.Count > 0)
        {
            var next = new List<(int From, int Count)>(level.Count * 2);
            foreach (var (from, length) in level)
            {
                if (length == 0)
                {
                    continue;
                }
                var middle = (length - 1) / 2;
                order[filled++] = from + middle;
                next.Add((from, middle));
                next.Add((from + middle + 1, length - middle - 1));
            }
            level = next;
        }
        return order;
    }
}
