namespace Quern.Core.Agendas;

/// <summary>Names by position, with a way back: an open table of positions, 8 to 16 bytes a name beside the name itself.</summary>
internal sealed class NameTable
{
    private const int Empty = 0;

    private readonly string[] _names;
    private readonly int[] _slots; // position + 1
    private readonly int _mask;
    private readonly long _characters;

    private NameTable(string[] names)
    {
        _names = names;
        var size = 4;
        while (size < names.Length * 2L && size < 1 << 30)
        {
            size *= 2;
        }
        _slots = new int[size];
        _mask = size - 1;
        foreach (var name in names)
        {
            _characters += name.Length;
        }
    }

    public int Count => _names.Length;
    public string this[int position] => _names[position];

    /// <summary>Estimated memory.</summary>
    public long Bytes => 64 + 4L * _slots.Length + 32L * _names.Length + 2 * _characters;

    /// <summary>The table, or the first name that was there before.</summary>
    public static NameTable? TryCreate(string[] names, out string? duplicate)
    {
        var table = new NameTable(names);
        for (var i = 0; i < names.Length; i++)
        {
            var slot = table.SlotOf(names[i]);
            if (table._slots[slot] != Empty)
            {
                duplicate = names[i];
                return null;
            }
            table._slots[slot] = i + 1;
        }
        duplicate = null;
        return table;
    }

    public bool TryPosition(string name, out int position)
    {
        position = _slots[SlotOf(name)] - 1;
        return position >= 0;
    }

    private int SlotOf(string name)
    {
        var slot = string.GetHashCode(name, StringComparison.Ordinal) & _mask;
        while (_slots[slot] != Empty && !string.Equals(_names[_slots[slot] - 1], name, StringComparison.Ordinal))
        {
            slot = (slot + 1) & _mask;
        }
        return slot;
    }
}
