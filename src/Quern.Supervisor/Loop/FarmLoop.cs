using System.Threading.Channels;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Store;

namespace Quern.Supervisor.Loop;

/// <summary>
/// One thread owns the farm and takes everything that waits as one turn; another commits. While a commit is under way the next turns gather, so
/// the disk decides how many share one (group commit). What a turn says (answers, orders, the feed) leaves after its commit, in turn order.
/// <code>
/// inputs (bounded) -> turn: apply all, Farm.Take -> output log (at once) ; committer: rows -> store, then answers, orders, feed
/// </code>
/// A store that cannot commit, and a farm that breaks its own rules, stop the supervisor; it never runs on in memory.
/// </summary>
internal sealed class FarmLoop : IFarmLoop, IAsyncDisposable
{
    private const int InputsInOneTurn = 1000;
    private const int TurnsWaiting = 256;
    private readonly Farm farm;
    private readonly IFarmStore store;
    private readonly TimeProvider time;
    private readonly ITurnSink sink;
    private readonly Channel<Input> inputs = Channel.CreateBounded<Input>(new BoundedChannelOptions(16_384) { SingleReader = true });
    private readonly Channel<DoneTurn> turns = Channel.CreateBounded<DoneTurn>(new BoundedChannelOptions(TurnsWaiting) { SingleReader = true, SingleWriter = true });
    private readonly TaskCompletionSource<Exception> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer timer;
    private readonly Task running;

    public FarmLoop(Farm farm, IFarmStore store, ITurnSink sink, TimeProvider time)
    {
        (this.farm, this.store, this.sink, this.time) = (farm, store, sink, time);
        timer = time.CreateTimer(_ => inputs.Writer.TryWrite(new Fact((_, _) => { })), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        running = Task.WhenAll(OwnThread.Run(RunTurns), OwnThread.Run(CommitTurns));
        inputs.Writer.TryWrite(new Fact((_, _) => { }));
    }

    /// <summary>Completes with the reason when the loop cannot go on (a <see cref="StoreException"/>, or a bug): the program ends with its text.</summary>
    public Task<Exception> Failed => failed.Task;

    public async Task<T> Ask<T>(Func<Farm, Now, T> ask, CancellationToken cancellationToken)
    {
        var question = new Question<T>(ask);
        await PutAsync(question, cancellationToken).ConfigureAwait(false);
        return await question.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells the farm something; returns when it is queued.</summary>
    public ValueTask TellAsync(Action<Farm, Now> fact, CancellationToken cancellationToken) => PutAsync(new Fact(fact), cancellationToken);

    /// <summary>Tells the farm something from where nobody can wait. Only for what comes at a bounded rate; dropped when the farm is stopping.</summary>
    public void Tell(Action<Farm, Now> fact)
    {
        if (!inputs.Writer.TryWrite(new Fact(fact)))
        {
            _ = Task.Run(async () =>
            {
                try
                {
                    await TellAsync(fact, CancellationToken.None).ConfigureAwait(false);
                }
                catch (FarmStoppedException)
                {
                    // What was to be told is told again after the restart.
                }
            });
        }
    }

    /// <summary>Takes no more, commits what there is, and returns when that is done.</summary>
    public async ValueTask DisposeAsync()
    {
        inputs.Writer.TryComplete();
        await running.ConfigureAwait(false);
        await timer.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask PutAsync(Input input, CancellationToken cancellationToken)
    {
        try
        {
            await inputs.Writer.WriteAsync(input, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw StoppedReason();
        }
    }

    /// <summary>The two readings of a turn.</summary>
    public static Now ReadClock(TimeProvider time) => new((long)time.GetElapsedTime(0).TotalMilliseconds, time.GetUtcNow().ToUnixTimeMilliseconds());

    private void RunTurns()
    {
        var taken = new List<Input>();
        try
        {
            while (OwnThread.WaitFor(inputs.Reader.WaitToReadAsync()))
            {
                var now = ReadClock(time);
                while (taken.Count < InputsInOneTurn && inputs.Reader.TryRead(out var input))
                {
                    taken.Add(input);
                    input.Apply(farm, now);
                }

                var turn = farm.Take(now);
                sink.Wrote(turn);
                var done = new DoneTurn(turn, [.. taken]);
                while (!turns.Writer.TryWrite(done))
                {
                    OwnThread.WaitFor(turns.Writer.WaitToWriteAsync());
                }

                taken.Clear();
                SetTimer(now);
            }
        }
        catch (Exception exception)
        {
            // The farm may be half changed: nothing of this turn, and nothing after it, is kept or said.
            Fail(exception);
            FailAll(taken);
            while (inputs.Reader.TryRead(out var input))
            {
                input.Fail(StoppedReason());
            }
        }

        turns.Writer.TryComplete();
    }

    private void SetTimer(Now now)
    {
        var due = farm.NextWake is { } wake ? TimeSpan.FromMilliseconds(Math.Max(1, wake - now.Monotonic)) : Timeout.InfiniteTimeSpan;
        timer.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void CommitTurns()
    {
        var group = new List<DoneTurn>();
        var rows = new List<RowBatch>();
        while (OwnThread.WaitFor(turns.Reader.WaitToReadAsync()))
        {
            while (turns.Reader.TryRead(out var turn))
            {
                group.Add(turn);
                if (!turn.Turn.Rows.IsEmpty)
                {
                    rows.Add(turn.Turn.Rows);
                }
            }

            try
            {
                if (rows.Count > 0)
                {
                    store.Commit(rows);
                }

                Release(group);
            }
            catch (Exception exception)
            {
                Fail(exception);
                group.ForEach(turn => FailAll(turn.Inputs));
                FailTheRest();
                return;
            }

            group.Clear();
            rows.Clear();
        }
    }

    private void Release(List<DoneTurn> group)
    {
        foreach (var turn in group)
        {
            sink.Durable(turn.Turn);
            foreach (var input in turn.Inputs)
            {
                input.Release();
            }
        }
    }

    /// <summary>The turns that were still on their way: the loop must never wait for a committer that is gone.</summary>
    private void FailTheRest()
    {
        while (OwnThread.WaitFor(turns.Reader.WaitToReadAsync()))
        {
            while (turns.Reader.TryRead(out var turn))
            {
                FailAll(turn.Inputs);
            }
        }
    }

    private void Fail(Exception exception)
    {
        failed.TrySetResult(exception);
        inputs.Writer.TryComplete();
    }

    private void FailAll(IEnumerable<Input> some)
    {
        var reason = StoppedReason();
        foreach (var input in some)
        {
            input.Fail(reason);
        }
    }

    private FarmStoppedException StoppedReason() => new(failed.Task.IsCompletedSuccessfully
        ? $"the supervisor stopped: {failed.Task.Result.Message}"
        : "the supervisor is stopping: try again when it is back");

    private sealed record DoneTurn(Turn Turn, Input[] Inputs);
}

/// <summary>Where a turn's consequences go. Called by the loop (<see cref="Wrote"/>) and the committer (<see cref="Durable"/>), in turn order each; neither may wait.</summary>
internal interface ITurnSink
{
    /// <summary>The turn is over; its output may be written, nothing may be said yet.</summary>
    void Wrote(Turn turn);

    /// <summary>The turn is durable: say what it says.</summary>
    void Durable(Turn turn);
}
