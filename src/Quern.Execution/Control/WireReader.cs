using System.Buffers.Binary;
using System.Text;

namespace Quern.Execution.Control;

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote, from a source that is not trusted: the first value that does not fit sets <see cref="IsBad"/> and every
/// value after it is empty. Never throws.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    internal bool IsBad { get; private set; }

    /// <summary>Everything was read and it all fitted.</summary>
    internal readonly bool IsWhole => !IsBad && _rest.IsEmpty;

    internal readonly int Left => _rest.Length;

    internal ReadOnlySpan<byte> Take(int count)
    {
        if (IsBad || count < 0 || count > _rest.Length)
        {
            IsBad = true;
            return default;
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    internal byte Byte() => Take(1) is [var value] ? value : (byte)0;

    internal bool Bool()
    {
        var value = Byte();
        IsBad |= value > 1;
        return value == 1;
    }

    internal int Int() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : 0;

    internal uint UInt() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : 0;

    internal long Long() => Take(8) is { Length: 8 } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : 0;

    internal ReadOnlySpan<byte> Bytes() => Take(Int());

    internal string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>A count of things of at least <paramref name="size"/> bytes each, so that a lie cannot make the reader allocate.</summary>
    internal int Count(int size)
    {
        var count = Int();
        if (count < 0 || (long)count * size > _rest.Length)
        {
            IsBad = true;
            return 0;
        }

        return count;
    }
}
