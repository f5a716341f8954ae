using CsCheck;
using Quern.Execution.Control;
using Quern.Execution.Journal;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Journals;

public sealed class When_a_journal_is_read
{
    private static readonly Gen<string> Text = Gen.String[Gen.Char.AlphaNumeric, 0, 200];

    private static readonly Gen<JournalBody> Body = Gen.OneOf<JournalBody>(
        Gen.Select(Text, Gen.UInt, Gen.UInt, Gen.Int).Select((name, uid, gid, pid) => (JournalBody)new RunReady(name, uid, gid, pid)),
        Gen.Select(Gen.Int, Gen.Int, Gen.Int).Select((item, attempt, pid) => (JournalBody)new RunItemStarted(item, attempt, pid)),
        Gen.Select(Gen.Int, Gen.Int, Gen.Int[0, 5], Gen.Int, Text, Gen.Long).Select((item, attempt, cause, code, text, cpu) => (JournalBody)new RunItemEnded(item, attempt, (ItemEndCause)cause, code, 9, text, cpu, -cpu)),
        Gen.Select(Gen.Int, Gen.Int, Gen.Bool, Gen.Byte.Array[0, 3000]).Select((item, attempt, isError, data) => (JournalBody)new RunOutput(item, attempt, isError, data)),
        Gen.Select(Gen.Int, Gen.Int).Select((item, attempt) => (JournalBody)new RunItemReleased(item, attempt)),
        Gen.Select(Gen.Int[0, 6], Gen.Int, Gen.Int, Text).Select((cause, code, signal, text) => (JournalBody)new RunEnded((RunEndCause)cause, code, signal, text)));

    [Fact]
    public void Should_give_back_what_was_written() => Body.List[0, 40].Sample(bodies =>
    {
        using var file = new Journal(bodies);
        var read = file.Read(0, 1 << 20, out var isDamaged);
        Assert.False(isDamaged);
        Assert.Equal(bodies.Select(Shown), read.Select(record => Shown(record.Body)));
        file.Reader.Scan(0, file.Length, out var end, out isDamaged);
        Assert.False(isDamaged);
        Assert.Equal(file.Length, end);
    }, iter: 200);

    [Fact]
    public void Should_read_it_in_pieces_of_any_size() => Gen.Select(Body.List[1, 40], Gen.Int[1, 5000]).Sample((bodies, size) =>
    {
        using var file = new Journal(bodies);
        var all = new List<JournalRecord>();
        while (file.Read(all.Count == 0 ? 0 : all[^1].Position, size, out _) is { Count: > 0 } more)
        {
            all.AddRange(more);
        }

        Assert.Equal(bodies.Select(Shown), all.Select(record => Shown(record.Body)));
    }, iter: 200);

    [Fact]
    public void Should_leave_out_a_torn_tail_without_calling_it_damage() => Gen.Select(Body.List[1, 20], Gen.Int[1, 4000]).Sample((bodies, cut) =>
    {
        using var file = new Journal(bodies);
        file.Truncate(Math.Max(0, file.Length - cut));
        var read = file.Read(0, 1 << 20, out var isDamaged);
        Assert.False(isDamaged);
        Assert.True(read.Count < bodies.Count);
        Assert.Equal(bodies.Take(read.Count).Select(Shown), read.Select(record => Shown(record.Body)));
    }, iter: 200);

    [Fact]
    public void Should_call_a_changed_byte_damage_and_never_throw() => Gen.Select(Body.List[1, 20], Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample((bodies, where, change) =>
    {
        using var file = new Journal(bodies);
        file.Change(where % file.Length, change);
        var read = file.Read(0, 1 << 20, out var isDamaged);
        Assert.True(isDamaged || read.Count < bodies.Count);
        Assert.Equal(bodies.Take(read.Count).Select(Shown), read.Select(record => Shown(record.Body)));
        file.Reader.Scan(0, file.Length, out _, out _);
    }, iter: 300);

    [Fact]
    public void Should_never_throw_on_garbage() => Gen.Byte.Array[0, 5000].Sample(bytes =>
    {
        using var file = new Journal(bytes);
        file.Read(0, 1 << 20, out _);
        file.Reader.Scan(0, file.Length, out _, out _);
        LaunchCodec.Read(bytes);
        Frames.ReadHello(bytes);
        foreach (var kind in Enum.GetValues<FrameKind>())
        {
            Frames.ReadOrder(kind, bytes);
        }
    }, iter: 500);

    [Fact]
    public void Should_carry_a_launch_and_orders_whole()
    {
        var launch = TestFarm.Frames(3, "echo QB_FRAME_NUMBER", TestFarm.Frame(1), new ItemLease(2, 1, "café", false, 0, 0, 0)) with { Environment = new Dictionary<string, string> { ["A"] = "ü" } };
        var envelope = new LaunchEnvelope(launch, new Accounts.Account("a", 1, 2, [2, 3], "/h", "/s"), new byte[32], "@k", "/c", "m", new LaunchGuard(1000, [4, 5], true, true), "/t", ["/a"]);
        var writer = new WireWriter();
        LaunchCodec.Write(writer, envelope);
        var read = LaunchCodec.Read(writer.Written)!;
        var again = new WireWriter();
        LaunchCodec.Write(again, read);
        Assert.True(writer.Written.SequenceEqual(again.Written));
        Assert.Equal(launch.Items, read.Launch.Items);
        Assert.Equal(launch.Command, read.Launch.Command);
        for (var cut = 0; cut < writer.Length; cut++)
        {
            Assert.Null(LaunchCodec.Read(writer.Written[..cut]));
        }

        var orders = new WireWriter();
        Frames.WriteOrder(orders, new KillItem(4, 2, "so"));
        Frames.WriteOrder(orders, new FinishRun());
        var input = new FrameInput(1000);
        orders.Written.CopyTo(input.Room());
        input.Added(orders.Length);
        Assert.True(input.Next(out var kind, out var content));
        Assert.Equal(new KillItem(4, 2, "so"), Frames.ReadOrder(kind, content));
        Assert.True(input.Next(out kind, out content));
        Assert.IsType<FinishRun>(Frames.ReadOrder(kind, content));
        Assert.False(input.Next(out _, out _));
    }

    private static string Shown(JournalBody body) => body is RunOutput output ? $"{output.Item} {output.Attempt} {output.IsError} {Convert.ToHexString(output.Data.Span)}" : body.ToString();

    private sealed class Journal : IDisposable
    {
        private readonly string _path = Path.GetTempFileName();
        private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _file;

        internal Journal(IEnumerable<JournalBody> bodies) : this(Encode(bodies))
        {
        }

        internal Journal(byte[] bytes)
        {
            File.WriteAllBytes(_path, bytes);
            _file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            Reader = new JournalReader(_file);
        }

        internal JournalReader Reader { get; }

        internal long Length => RandomAccess.GetLength(_file);

        internal List<JournalRecord> Read(long position, int maxBytes, out bool isDamaged) => Reader.Read(position, Length, maxBytes, out isDamaged);

        internal void Truncate(long length) => RandomAccess.SetLength(_file, length);

        internal void Change(long position, byte change)
        {
            var one = new byte[1];
            RandomAccess.Read(_file, one, position);
            one[0] ^= change;
            RandomAccess.Write(_file, one, position);
        }

        public void Dispose()
        {
            _file.Dispose();
            File.Delete(_path);
        }

        private static byte[] Encode(IEnumerable<JournalBody> bodies)
        {
            var writer = new WireWriter();
            foreach (var body in bodies)
            {
                JournalCodec.Write(writer, 1_700_000_000_000, body);
            }

            return writer.Written.ToArray();
        }
    }
}
