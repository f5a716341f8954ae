using System.Buffers.Binary;
using System.Text;

namespace Quern.Execution.FrameChecks;

/// <summary>Is a picture whole, by its structure alone? Sources: PNG (W3C), JPEG (ITU T.81), TIFF 6.0 (Adobe), TGA 2.0 (Truevision).</summary>
internal static class Pictures
{
    /// <summary>Of a kind that is not known nothing is said.</summary>
    internal static string? Fault(string extension, Stream file)
    {
        try
        {
            return extension.ToLowerInvariant() switch
            {
                ".png" => Png(file),
                ".jpg" or ".jpeg" => Jpeg(file),
                ".tif" or ".tiff" => Tiff.Fault(file),
                ".exr" => OpenExr.Fault(file),
                ".tga" => Tga(file),
                _ => null,
            };
        }
        catch (EndOfStreamException)
        {
            return "it ends too early";
        }
    }

    internal static byte[] Read(Stream file, long at, int count)
    {
        if (at < 0 || at + count > file.Length)
        {
            throw new EndOfStreamException();
        }

        file.Position = at;
        var bytes = new byte[count];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static string? Png(Stream file)
    {
        if (!Read(file, 0, 8).AsSpan().SequenceEqual((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]))
        {
            return "it is no PNG";
        }

        for (long at = 8; ;)
        {
            var head = Read(file, at, 8);
            var next = at + 12 + BinaryPrimitives.ReadUInt32BigEndian(head);
            if (next > file.Length)
            {
                return "it ends too early";
            }

            if (Encoding.ASCII.GetString(head, 4, 4) == "IEND")
            {
                return null;
            }

            at = next;
        }
    }

    private static string? Jpeg(Stream file)
    {
        if (Read(file, 0, 3) is not [0xFF, 0xD8, 0xFF])
        {
            return "it is no JPEG";
        }

        // Some programs pad the end.
        var tail = Read(file, Math.Max(0, file.Length - 256), (int)Math.Min(256, file.Length));
        return tail.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0 ? "it has no end marker" : null;
    }

    private static string? Tga(Stream file)
    {
        var head = Read(file, 0, 18);
        var (idLength, mapKind, kind) = (head[0], head[1], head[2]);
        if (mapKind > 1 || kind is not (1 or 2 or 3 or 9 or 10 or 11))
        {
            return "it is no TGA";
        }

        var map = mapKind == 0 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(5)) * ((head[7] + 7) / 8);
        var pixels = (long)BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(12)) * BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(14));
        var wanted = 18L + idLength + map + (kind < 9 ? pixels * ((head[16] + 7) / 8) : 0);
        return file.Length < wanted ? "it ends too early" : null;
    }
}
