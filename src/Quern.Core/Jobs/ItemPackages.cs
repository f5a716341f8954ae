using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Quern.Core.Jobs;

/// <summary>
/// Packages of a job's items, by index, packed: they are many and alike. Not thread-safe, the supervisor's loop owns it: the block read last is kept
/// unpacked, because items are asked for in their order.
/// </summary>
public sealed class ItemPackages
{
    private const int BlockItems = 256;
    private const int Quality = 4;
    private const int Window = 20;
    private readonly byte[][] blocks;
    private int unpackedBlock = -1;
    private string[] unpacked = [];

    private ItemPackages(byte[][] blocks) => this.blocks = blocks;

    /// <summary>Of an item without one it is empty.</summary>
    public string this[int index]
    {
        get
        {
            if (index / BlockItems != unpackedBlock)
            {
                unpackedBlock = index / BlockItems;
                unpacked = Unpack(blocks[unpackedBlock]);
            }

            return unpacked[index % BlockItems];
        }
    }

    /// <param name="packages">An object on one line for each item, or empty text.</param>
    public static ItemPackages Pack(IReadOnlyList<string> packages) =>
        new([.. packages.Chunk(BlockItems).Select(block => PackBlock(Encoding.UTF8.GetBytes(string.Join('\n', block))))]);

    /// <summary>The durable form.</summary>
    public string Save() => string.Join(' ', blocks.Select(Convert.ToBase64String));

    /// <param name="text">What <see cref="Save"/> wrote.</param>
    public static ItemPackages Load(string text) => new([.. text.Split(' ').Select(Convert.FromBase64String)]);

#pragma warning disable RS0030 // System.IO.Compression: from memory to memory, no file is touched.
    /// <summary>The length of what is packed, then that.</summary>
    private static byte[] PackBlock(byte[] text)
    {
        var packed = new byte[sizeof(int) + BrotliEncoder.GetMaxCompressedLength(text.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(packed, text.Length);
        Invariant.Holds(BrotliEncoder.TryCompress(text, packed.AsSpan(sizeof(int)), out var length, Quality, Window), $"{text.Length} bytes of packages do not fit into {packed.Length}");
        return packed[..(sizeof(int) + length)];
    }

    private static string[] Unpack(byte[] block)
    {
        var text = new byte[BinaryPrimitives.ReadInt32LittleEndian(block)];
        Invariant.Holds(BrotliDecoder.TryDecompress(block.AsSpan(sizeof(int)), text, out var length) && length == text.Length, "packages of items in the store cannot be unpacked");
        return Encoding.UTF8.GetString(text).Split('\n');
    }
#pragma warning restore RS0030
}
