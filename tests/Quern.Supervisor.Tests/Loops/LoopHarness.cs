using Microsoft.Extensions.Time.Testing;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Store;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Tests.Loops;

/// <summary>A loop over an empty farm, a store that can be held and broken, and a record of what was said in which order.</summary>
internal sealed class LoopHarness : IAsyncDisposable, ITurnSink
{
    private readonly List<string> said = [];
    private int turns;

    public LoopHarness()
    {
        Farm = Farm.Load(new MemoryStore().Load(), new FarmOptions(), FarmLoop.ReadClock(Time));
        Loop = new FarmLoop(Farm, Store, this, Time);
    }

    public FakeTimeProvider Time { get; } = new();
    public HeldStore Store { get; } = new();
    public Farm Farm { get; }
    public FarmLoop Loop { get; }
    public int Turns => Volatile.Read(ref turns);

    /// <summary>Keys of settings, in the order in which their turns were said to be durable.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (said)
            {
                return [.. said];
            }
        }
    }

    /// <summary>Something that changes a row; its answer is its key.</summary>
    public Task<string> PutAsync(string key) => Loop.Ask(
        (farm, _) =>
        {
            farm.PutSetting(key, "1");
            return key;
        },
        CancellationToken.None);

    public void Wrote(Turn turn) => Interlocked.Increment(ref turns);

    public void Durable(Turn turn)
    {
        lock (said)
        {
            said.AddRange(turn.Rows.Settings.Select(row => row.Key));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Store.Open();
        await Loop.DisposeAsync();
    }
}

/// <summary>A store whose commits wait while it is held, and fail when it is broken.</summary>
internal sealed class HeldStore : IFarmStore
{
    private readonly ManualResetEventSlim gate = new(true);
    private int commits;
    private int entered;

    public StoreException? Breaks { get; set; }
    public int Commits => Volatile.Read(ref commits);
    public int Entered => Volatile.Read(ref entered);

    public void Hold() => gate.Reset();

    public void Open() => gate.Set();

    public FarmRows Load() => throw new NotSupportedException();

    public EventPage Find(EventQuery query, int limit) => throw new NotSupportedException();

    public EventSpan Span(long beforeMs) => throw new NotSupportedException();

    public void Commit(IReadOnlyList<RowBatch> batches)
    {
        Interlocked.Increment(ref entered);
        Assert.True(gate.Wait(Deadline.Span));
        if (Breaks is { } failure)
        {
            throw failure;
        }

        Interlocked.Increment(ref commits);
    }

    public IReadOnlyList<EventRow> Events(long job, long afterSequence, int limit) => [];

    public void Dispose() => gate.Dispose();
}
