using System.Buffers.Binary;
using Quern.Core.Farms;

namespace Quern.Supervisor.Output;

/// <summary>Head of one record of an output file, little endian: magic, length, journal position, item, attempt, stream.</summary>
internal readonly record struct OutputRecord(int Length, long Position, int Item, int Attempt, bool IsError)
{
    public const int HeadBytes = 28;
    private const uint Magic = 0x31_54_55_4F; // "OUT1"

    public static void WriteHead(Span<byte> head, OutputChunk chunk)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], chunk.Data.Length);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], chunk.Position);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], chunk.Item);
        BinaryPrimitives.WriteInt32LittleEndian(head[20..], chunk.Attempt);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], chunk.IsError ? 1 : 0);
    }

    /// <summary>Null for bytes that are no head.</summary>
    public static OutputRecord? Read(ReadOnlySpan<byte> head)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic || length < 0
            ? null
            : new OutputRecord(
                length, BinaryPrimitives.ReadInt64LittleEndian(head[8..]), BinaryPrimitives.ReadInt32LittleEndian(head[16..]),
                BinaryPrimitives.ReadInt32LittleEndian(head[20..]), BinaryPrimitives.ReadInt32LittleEndian(head[24..]) == 1);
    }
}
