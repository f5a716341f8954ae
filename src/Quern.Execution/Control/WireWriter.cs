using System.Buffers.Binary;
using System.Text;

namespace Quern.Execution.Control;

/// <summary>Little-endian values into one growing buffer that is used again. Not thread-safe.</summary>
internal sealed class WireWriter(int capacity = 4096)
{
    private byte[] _buffer = new byte[capacity];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    internal void Clear() => Length = 0;

    internal Span<byte> Reserve(int count)
    {
        if (_buffer.Length - Length < count)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + count));
        }

        Length += count;
        return _buffer.AsSpan(Length - count, count);
    }

    internal Span<byte> At(int position, int count) => _buffer.AsSpan(position, count);

    internal void Byte(byte value) => Reserve(1)[0] = value;

    internal void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    internal void Int(int value) => BinaryPrimitives.WriteInt32LittleEndian(Reserve(4), value);

    internal void UInt(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), value);

    internal void Long(long value) => BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);

    internal void Bytes(ReadOnlySpan<byte> value)
    {
        Int(value.Length);
        value.CopyTo(Reserve(value.Length));
    }

    internal void Text(string value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        Int(count);
        Encoding.UTF8.GetBytes(value, Reserve(count));
    }

    /// <summary>A text for people, cut to what a record may hold.</summary>
    internal void ShortText(string value) => Text(value.Length <= 1000 ? value : value[..1000]);
}
