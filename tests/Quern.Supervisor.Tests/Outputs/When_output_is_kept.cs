using System.Text;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Supervisor.Tests.Outputs;

public sealed class When_output_is_kept
{
    private static readonly byte[] Raw = [0, 13, 10, 0xff, 0xc3, 0x28, 13, 0];

    [Fact]
    public async Task Should_give_back_every_byte_by_stream_and_from_a_position()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        harness.Say(run, 0, new ReadyFact("quern"), Out(Raw), new OutputFact(-1, 0, true, "warning"u8.ToArray()), Out("end"u8.ToArray()));

        Assert.Equal(Raw.Concat("end"u8.ToArray()), await harness.ReadAsync(run));
        Assert.Equal("warning"u8.ToArray(), await harness.ReadAsync(run, isError: true));
        Assert.Equal("nd"u8.ToArray(), await harness.ReadAsync(run, position: Raw.Length + 1));
        Assert.Empty(await harness.ReadAsync(run, position: 1000));
    }

    [Fact]
    public async Task Should_give_the_newest_attempt_of_an_item()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        harness.Log.Append(TurnOf(Chunk(run, 1, 7, 1, "first"), Chunk(run, 2, 8, 1, "other"), Chunk(run, 3, 7, 2, "sec"), Chunk(run, 4, 7, 2, "ond")));
        Assert.Equal("second", Encoding.UTF8.GetString(await harness.ReadAsync(run, item: 7)));
        Assert.Equal("other", Encoding.UTF8.GetString(await harness.ReadAsync(run, item: 8)));
        Assert.Empty(await harness.ReadAsync(run, item: 9));
    }

    [Fact]
    public async Task Should_call_it_durable_only_after_a_sync_within_a_second()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        harness.Say(run, 0, Out("abc"u8.ToArray()));
        await harness.Log.DrainedAsync(CancellationToken.None).Within();
        Assert.Empty(harness.Durable);
        await harness.SyncedAsync(run, 1);
        var file = Assert.Single(Directory.GetFiles(harness.Log.FolderOf(run.Instance.Job)));
        Assert.Equal((run, 1L, new FileInfo(file).Length), harness.Durable[^1]);
    }

    [Fact]
    public async Task Should_sync_much_output_and_an_ended_run_at_once()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        harness.Log.Append(TurnOf(new OutputChunk(run, 1, -1, 0, false, new byte[9 * 1024 * 1024])));
        await Deadline.UntilAsync(() => harness.Durable.Count == 1, "8 MiB are synced");

        var other = harness.Start();
        harness.Say(other, 0, Out("x"u8.ToArray()), new RunEndedFact(RunEnd.Finished, 0, 0, ""));
        await Deadline.UntilAsync(() => harness.Durable.Any(fact => fact.Run == other), "an ended run is synced");
    }

    [Fact]
    public async Task Should_append_a_line_of_the_farms_own_wherever_the_file_ends()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        harness.Log.Append(TurnOf(Chunk(run, OutputChunk.OfTheFarm, -1, 0, "again\n"), Chunk(run, 5, -1, 0, "out\n"), Chunk(run, 5, -1, 0, "out\n"), Chunk(run, OutputChunk.OfTheFarm, -1, 0, "leave\n")));
        await harness.Log.DrainedAsync(CancellationToken.None).Within();
        Assert.Equal("again\nout\nleave\n", Encoding.UTF8.GetString(await harness.ReadAsync(run)));
        await harness.SyncedAsync(run, 5);
        Assert.Equal(5, harness.Durable[^1].Position);
    }

    [Fact]
    public async Task Should_hold_back_who_brings_more_than_memory_allows()
    {
        await using var harness = new OutputHarness();
        const long Much = 65L * 1024 * 1024;
        await harness.Log.TakeRoomAsync(Much, CancellationToken.None).AsTask().Within();
        var more = harness.Log.TakeRoomAsync(1, CancellationToken.None).AsTask();
        Assert.False(more.IsCompleted);
        harness.Log.GiveRoom(Much);
        await more.Within();
    }

    [Fact]
    public async Task Should_remove_the_output_of_a_removed_job()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        harness.Say(run, 0, Out("abc"u8.ToArray()));
        await harness.Log.DrainedAsync(CancellationToken.None).Within();
        Assert.True(Directory.Exists(harness.Log.FolderOf(run.Instance.Job)));
        harness.Log.Remove([run.Instance.Job]);
        await harness.Log.DrainedAsync(CancellationToken.None).Within();
        Assert.False(Directory.Exists(harness.Log.FolderOf(run.Instance.Job)));
        Assert.Empty(await harness.ReadAsync(run));
    }

    [Fact]
    public async Task Should_say_why_when_it_cannot_write()
    {
        await using var harness = new OutputHarness();
        var run = harness.Start();
        await File.WriteAllTextAsync(Path.Combine(harness.Folder, "output", "0"), "in the way");
        harness.Say(run, 0, Out("abc"u8.ToArray()));
        Assert.Contains("output cannot be kept", (await harness.Log.Failed.Within()).Message, StringComparison.Ordinal);
        Assert.Empty(harness.Durable);
        await harness.Log.DrainedAsync(CancellationToken.None).Within();
        File.Delete(Path.Combine(harness.Folder, "output", "0"));
    }

    internal static OutputFact Out(byte[] bytes) => new(-1, 0, false, bytes);

    private static OutputChunk Chunk(RunId run, long position, int item, int attempt, string text) => new(run, position, item, attempt, false, Encoding.UTF8.GetBytes(text));

    private static Turn TurnOf(params OutputChunk[] chunks) => new(new Quern.Core.RowBatch(), [], chunks, [], [], []);
}
