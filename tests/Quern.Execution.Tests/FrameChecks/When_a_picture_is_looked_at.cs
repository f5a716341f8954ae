using System.Buffers.Binary;
using System.Text;
using Quern.Execution.FrameChecks;

namespace Quern.Execution.Tests.FrameChecks;

public sealed class When_a_picture_is_looked_at
{
    private static byte[] Png()
    {
        var data = new List<byte> { 0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10 };
        foreach (var (kind, size) in new[] { ("IHDR", 13), ("IDAT", 500), ("IEND", 0) })
        {
            data.AddRange([0, 0, (byte)(size >> 8), (byte)size, .. Encoding.ASCII.GetBytes(kind), .. new byte[size], 1, 2, 3, 4]);
        }

        return [.. data];
    }

    private static byte[] Jpeg() => [0xFF, 0xD8, 0xFF, 0xE0, .. new byte[300], 0xFF, 0xD9];

    /// <summary>One strip of 100 bytes behind the directory.</summary>
    private static byte[] Tiff()
    {
        var data = new byte[138];
        "II*\0"u8.CopyTo(data);
        BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(4), 8);
        BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(8), 2);
        foreach (var (at, tag, value) in new[] { (10, 273, 38), (22, 279, 100) })
        {
            BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(at), (short)tag);
            BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(at + 2), 4);
            BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(at + 4), 1);
            BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(at + 8), value);
        }

        return data;
    }

    private static byte[] Tga() => [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 10, 0, 24, 0, .. new byte[300]];

    /// <summary>Four lines without compression, twenty bytes each.</summary>
    private static byte[] Exr(bool isWhole = true)
    {
        var data = new List<byte> { 0x76, 0x2F, 0x31, 0x01, 2, 0, 0, 0 };
        void Attribute(string name, string kind, byte[] value) =>
            data.AddRange([.. Encoding.ASCII.GetBytes(name), 0, .. Encoding.ASCII.GetBytes(kind), 0, .. BitConverter.GetBytes(value.Length), .. value]);
        Attribute("compression", "compression", [0]);
        Attribute("dataWindow", "box2i", [.. new[] { 0, 0, 4, 3 }.SelectMany(BitConverter.GetBytes)]);
        data.Add(0);
        var first = data.Count + 32;
        for (var line = 0; line < 4; line++)
        {
            data.AddRange(BitConverter.GetBytes(isWhole || line < 2 ? first + (line * 28L) : 0L));
        }

        for (var line = 0; line < 4; line++)
        {
            data.AddRange([.. BitConverter.GetBytes(line), .. BitConverter.GetBytes(20), .. new byte[20]]);
        }

        return [.. data];
    }

    private static byte[] Whole(string kind) => kind switch { "png" => Png(), "jpg" => Jpeg(), "tif" => Tiff(), "tga" => Tga(), _ => Exr() };

    private static string? Look(string extension, byte[] data) => Pictures.Fault("." + extension, new MemoryStream(data));

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("tif")]
    [InlineData("tga")]
    [InlineData("exr")]
    public void Should_take_a_whole_one_and_no_part_of_it(string kind)
    {
        var whole = Whole(kind);
        Assert.Null(Look(kind, whole));
        for (var length = 1; length < whole.Length; length += 7)
        {
            Assert.NotNull(Look(kind, whole[..length]));
        }
    }

    [Fact]
    public void Should_see_lines_that_a_killed_program_never_wrote() => Assert.Equal("a part of it is missing", Look("exr", Exr(isWhole: false)));

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("tif")]
    [InlineData("tga")]
    [InlineData("exr")]
    public void Should_never_throw_whatever_is_in_it(string kind)
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var data = Whole(kind);
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                data[random.Next(data.Length)] = (byte)random.Next(256);
            }

            _ = Look(kind, data);
        }
    }
}
