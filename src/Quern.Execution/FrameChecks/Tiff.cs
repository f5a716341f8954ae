using System.Buffers.Binary;

namespace Quern.Execution.FrameChecks;

/// <summary>TIFF 6.0 and BigTIFF: the first directory, and that every strip or tile it names lies in the file.</summary>
internal static class Tiff
{
    private const int MostEntries = 4096;
    private const long MostPieces = 4_000_000;

    internal static string? Fault(Stream file)
    {
        var head = Pictures.Read(file, 0, 16);
        var isLittle = head is [(byte)'I', (byte)'I', ..];
        if (!isLittle && head is not [(byte)'M', (byte)'M', ..])
        {
            return "it is no TIFF";
        }

        var isBig = Number(head.AsSpan(2, 2), isLittle) == 43;
        if (!isBig && Number(head.AsSpan(2, 2), isLittle) != 42)
        {
            return "it is no TIFF";
        }

        var (word, countSize) = isBig ? (8, 8) : (4, 2);
        var directory = Number(head.AsSpan(isBig ? 8 : 4, word), isLittle);
        var entries = directory == 0 ? 0 : Number(Pictures.Read(file, directory, countSize), isLittle);
        if (entries is 0 or > MostEntries)
        {
            return "it has no directory";
        }

        var length = isBig ? 20 : 12;
        var table = Pictures.Read(file, directory + countSize, (int)entries * length);
        long[]? offsets = null, sizes = null;
        for (var at = 0; at < table.Length; at += length)
        {
            var entry = table.AsSpan(at, length);
            switch (Number(entry[..2], isLittle))
            {
                case 273 or 324:
                    offsets = Values(file, entry, word, isLittle);
                    break;
                case 279 or 325:
                    sizes = Values(file, entry, word, isLittle);
                    break;
            }
        }

        if (offsets is null || sizes is null || offsets.Length != sizes.Length)
        {
            return "it does not say where its picture is";
        }

        for (var at = 0; at < offsets.Length; at++)
        {
            if (offsets[at] <= 0 || sizes[at] < 0 || offsets[at] + sizes[at] > file.Length)
            {
                return "a part of it is missing";
            }
        }

        return null;
    }

    private static long[] Values(Stream file, ReadOnlySpan<byte> entry, int word, bool isLittle)
    {
        var size = Number(entry.Slice(2, 2), isLittle) switch { 3 => 2, 16 or 17 or 18 => 8, _ => 4 };
        var count = Number(entry.Slice(4, word), isLittle);
        if (count is < 0 or > MostPieces)
        {
            throw new EndOfStreamException();
        }

        var field = entry.Slice(4 + word, word);
        var bytes = count * size <= word ? field.ToArray() : Pictures.Read(file, Number(field, isLittle), (int)(count * size));
        var values = new long[count];
        for (var at = 0; at < values.Length; at++)
        {
            values[at] = Number(bytes.AsSpan(at * size, size), isLittle);
        }

        return values;
    }

    private static long Number(ReadOnlySpan<byte> bytes, bool isLittle) => bytes.Length switch
    {
        2 => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes),
        4 => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes),
        _ => isLittle ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : BinaryPrimitives.ReadInt64BigEndian(bytes),
    };
}
