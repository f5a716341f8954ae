using System.Buffers.Binary;
using System.Text;

namespace Quern.Execution.FrameChecks;

/// <summary>
/// OpenEXR: the header and the table of offsets, which a program that is ended while it writes leaves with zeros in it. Source: OpenEXR file layout (openexr.com). Of files with several
/// parts and of tiles with levels only the header is looked at.
/// </summary>
internal static class OpenExr
{
    private const int LongestHeader = 1024 * 1024;
    private const long MostChunks = 8_000_000;

    internal static string? Fault(Stream file)
    {
        var head = Pictures.Read(file, 0, 8);
        if (head is not [0x76, 0x2F, 0x31, 0x01, ..])
        {
            return "it is no OpenEXR";
        }

        const int severalParts = 0x1000;
        const int tiled = 0x200;
        var flags = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4));
        if ((flags & severalParts) != 0)
        {
            return null;
        }

        var header = Pictures.Read(file, 8, (int)Math.Min(LongestHeader, file.Length - 8));
        var (window, compression, tiles, end) = Attributes(header);
        if (window is null)
        {
            return "its header is not whole";
        }

        var chunks = (flags & tiled) == 0 ? Lines(window, compression) : tiles is null ? 0 : Tiles(window, tiles);
        return chunks is <= 0 or > MostChunks ? null : Offsets(file, 8 + end, (int)chunks, (flags & tiled) != 0);
    }

    private static (int[]? Window, int Compression, byte[]? Tiles, int End) Attributes(ReadOnlySpan<byte> header)
    {
        int[]? window = null;
        byte[]? tiles = null;
        var compression = 0;
        for (var at = 0; ;)
        {
            if (at < header.Length && header[at] == 0)
            {
                return (window, compression, tiles, at + 1);
            }

            var name = Text(header, ref at);
            _ = Text(header, ref at);
            if (header.Length - at < 4 || BinaryPrimitives.ReadInt32LittleEndian(header[at..]) is var size && (size < 0 || size > header.Length - at - 4))
            {
                throw new EndOfStreamException();
            }

            var value = header.Slice(at + 4, size);
            at += 4 + size;
            switch (name)
            {
                case "dataWindow" when size >= 16:
                    window = [Int(value, 0), Int(value, 1), Int(value, 2), Int(value, 3)];
                    break;
                case "compression" when size >= 1:
                    compression = value[0];
                    break;
                case "tiles" when size >= 9:
                    tiles = value[..9].ToArray();
                    break;
            }
        }
    }

    private static string Text(ReadOnlySpan<byte> header, ref int at)
    {
        var length = at >= header.Length ? -1 : header[at..].IndexOf((byte)0);
        if (length < 0)
        {
            throw new EndOfStreamException();
        }

        var text = Encoding.ASCII.GetString(header.Slice(at, length));
        at += length + 1;
        return text;
    }

    private static int Int(ReadOnlySpan<byte> value, int index) => BinaryPrimitives.ReadInt32LittleEndian(value[(index * 4)..]);

    /// <summary>Lines in a chunk follow from the compression.</summary>
    private static long Lines(int[] window, int compression)
    {
        var lines = compression switch { 3 or 5 => 16, 4 or 6 or 7 or 8 => 32, 9 => 256, _ => 1 };
        return ((long)window[3] - window[1] + lines) / lines;
    }

    private static long Tiles(int[] window, byte[] tiles)
    {
        long width = BinaryPrimitives.ReadUInt32LittleEndian(tiles), height = BinaryPrimitives.ReadUInt32LittleEndian(tiles.AsSpan(4));
        const int levels = 0x0F;
        return (tiles[8] & levels) != 0 || width == 0 || height == 0 ? 0
            : (((long)window[2] - window[0] + width) / width) * (((long)window[3] - window[1] + height) / height);
    }

    private static string? Offsets(Stream file, long at, int chunks, bool isTiled)
    {
        var table = Pictures.Read(file, at, chunks * 8);
        long last = 0;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var offset = BinaryPrimitives.ReadInt64LittleEndian(table.AsSpan(chunk * 8));
            if (offset <= 0 || offset >= file.Length)
            {
                return "a part of it is missing";
            }

            last = Math.Max(last, offset);
        }

        var sizeAt = last + (isTiled ? 16 : 4);
        return sizeAt + 4 + BinaryPrimitives.ReadInt32LittleEndian(Pictures.Read(file, sizeAt, 4)) > file.Length ? "it ends too early" : null;
    }
}
