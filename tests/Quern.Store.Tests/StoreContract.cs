using CsCheck;
using Quern.Core;

namespace Quern.Store.Tests;

/// <summary>What every store does, whatever it is made of.</summary>
public abstract class StoreContract
{
    /// <summary>A store that can be opened again, as the next supervisor does.</summary>
    internal interface IPlace : IDisposable
    {
        IFarmStore Open();
    }

    private protected abstract IPlace NewPlace();

    [Fact]
    public void ANewStoreIsEmpty()
    {
        using var place = NewPlace();
        using var store = place.Open();
        new Model().Check(store);
    }

    [Fact]
    public void ARowReplacesTheRowOfItsKey()
    {
        using var place = NewPlace();
        var model = new Model();
        using (var store = place.Open())
        {
            Commit(store, model, Sample.Batch(batch =>
            {
                batch.Jobs.Add(Sample.Job(1));
                batch.Instances.Add(Sample.Instance(1, 0));
                batch.Items.Add(Sample.Item(1, 5));
                batch.Workers.Add(new WorkerRow(1, "a", "{}", 5));
                batch.Settings.Add(new SettingRow("token", "x"));
                batch.Requests.Add(new RequestRow("r1", 5, "1"));
            }));
            Commit(store, model, Sample.Batch(batch =>
            {
                batch.Jobs.Add(Sample.Job(1, "{\"status\":16}"));
                batch.Instances.Add(Sample.Instance(1, 0, run: 2));
                batch.Items.Add(Sample.Item(1, 5, attempts: 2));
                batch.Items.Add(Sample.Item(1, 5, attempts: 3));
                batch.Workers.Add(new WorkerRow(1, "b", "{}", 6));
                batch.Settings.Add(new SettingRow("token", null));
            }));
        }
        using var again = place.Open();
        model.Check(again);
        Assert.Equal(3, Assert.Single(again.Load().Items).Attempts);
    }

    [Fact]
    public void WhatIsLoadedIsWhatWasCommitted() => Sample.Batches.Sample(random =>
    {
        using var place = NewPlace();
        var model = new Model();
        var batches = Sample.Numbered(random);
        using (var store = place.Open())
        {
            store.Commit(batches[..(batches.Count / 2)]);
            foreach (var batch in batches[(batches.Count / 2)..])
            {
                store.Commit([batch]);
            }
            batches.ForEach(model.Apply);
            model.Check(store);
        }
        using var again = place.Open();
        model.Check(again);
    }, iter: Iterations);

    [Fact]
    public void ABatchIsAppliedWholeOrNotAtAll() => Sample.Batches.Sample(random =>
    {
        using var place = NewPlace();
        var model = new Model();
        var batches = Sample.Numbered(random);
        using (var store = place.Open())
        {
            Commit(store, model, batches[0]);
            // A row that cannot be stored, after all others.
            var faulty = batches[1..];
            faulty.Add(Sample.Batch(batch => batch.Events.Add(Sample.Event(1_000_000, 1) with { Comment = null! })));
            Assert.Throws<StoreException>(() => store.Commit(faulty));
            model.Check(store);
            // And the store goes on.
            foreach (var batch in batches[1..])
            {
                Commit(store, model, batch);
            }
        }
        using var again = place.Open();
        model.Check(again);
    }, iter: Iterations);

    [Fact]
    public void ARemovedJobLeavesItsHistoryAndItsNumber()
    {
        using var place = NewPlace();
        var model = new Model();
        using (var store = place.Open())
        {
            Commit(store, model, Sample.Batch(batch =>
            {
                batch.Jobs.AddRange([Sample.Job(1), Sample.Job(2)]);
                batch.Instances.AddRange([Sample.Instance(1, 0), Sample.Instance(2, 0)]);
                batch.Items.AddRange(Enumerable.Range(0, 9000).Select(item => Sample.Item(2, item)));
                batch.Items.Add(Sample.Item(1, 0));
                batch.Events.AddRange([Sample.Event(1, 1), Sample.Event(2, 2)]);
            }));
            Commit(store, model, Sample.Batch(batch => batch.RemovedJobs.Add(2)));
            model.Check(store);
        }
        for (var i = 0; i < 4; i++)
        {
            using var again = place.Open();
            model.Check(again);
            Assert.Equal(2, again.Load().LastJob);
            Assert.Single(again.Events(2, 0, 10));
            Commit(again, model, Sample.Batch(batch => batch.Items.Add(Sample.Item(1, i))));
        }
    }

    [Fact]
    public void RowsForAJobThatWasRemovedBeginAnew()
    {
        using var place = NewPlace();
        var model = new Model();
        using var store = place.Open();
        Commit(store, model, Sample.Batch(batch => batch.Items.AddRange(Enumerable.Range(0, 9000).Select(item => Sample.Item(2, item)))));
        Commit(store, model, Sample.Batch(batch => batch.RemovedJobs.Add(2)));
        Commit(store, model, Sample.Batch(batch => batch.Items.Add(Sample.Item(2, 8999))));
        model.Check(store);
    }

    [Fact]
    public void EventsComeInOrderAndInPages()
    {
        using var place = NewPlace();
        using var store = place.Open();
        for (var i = 0; i < 10; i++)
        {
            store.Commit([Sample.Batch(batch => batch.Events.AddRange([Sample.Event(2 * i + 1, 1), Sample.Event(2 * i + 2, 2)]))]);
        }
        Assert.Equal([1, 3, 5], store.Events(1, 0, 3).Select(row => row.Sequence));
        Assert.Equal([7, 9, 11], store.Events(1, 5, 3).Select(row => row.Sequence));
        Assert.Equal([19], store.Events(1, 17, 3).Select(row => row.Sequence));
        Assert.Empty(store.Events(1, 19, 3));
        Assert.Empty(store.Events(3, 0, 3));
        Assert.Empty(store.Events(1, 0, 0));
        Assert.Equal(20, store.Load().LastEvent);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(5, 4)]
    public void AnEventThatDoesNotRiseIsRefused(long first, long second)
    {
        using var place = NewPlace();
        using var store = place.Open();
        store.Commit([Sample.Batch(batch => batch.Events.Add(Sample.Event(first, 1)))]);
        var refusal = Assert.Throws<StoreException>(() => store.Commit([Sample.Batch(batch => batch.Events.Add(Sample.Event(second, 2)))]));
        Assert.Contains("start the supervisor again", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(store.Events(2, 0, 10));
    }

    [Fact]
    public void EventsOfTheWholeFarmAreFoundByWhoWhatWhereAndWhen()
    {
        using var place = NewPlace();
        using var store = place.Open();
        EventRow[] rows =
        [
            new(1, 1000, 12, -1, "", "ann", "desk1", "job submitted: pending from desk1", EventComponent.Job),
            new(2, 2000, 12, 0, "", "__QUBE_SYSTEM__", "", "started on: node1 (10.0.0.1)", EventComponent.Subjob),
            new(5, 3000, 13, 0, "", "__QUBE_SYSTEM__", "", "started on: node10 (10.0.0.10)", EventComponent.Subjob),
            new(6, 4000, 0, -1, "", "root", "Node1", "user ann: permissions kill", EventComponent.User),
            new(7, 4000, 0, -1, "", "root", "desk1", "host node1.studio: unlocked", EventComponent.Admin),
            new(8, 5000, 0, -1, "", "root", "desk1", "host node1: unlocked", EventComponent.Admin),
        ];
        store.Commit([Sample.Batch(batch => batch.Events.AddRange(rows))]);

        Assert.Equal([1, 2, 5, 6, 7, 8], Found(new EventQuery()));
        Assert.Equal([7, 8], Found(new EventQuery(6)));
        Assert.Equal([1], Found(new EventQuery { User = "ann" }));
        Assert.Equal([1, 2], Found(new EventQuery { Job = 12 }));
        Assert.Equal([2], Found(new EventQuery(1) { Job = 12, Host = "node1" }));
        Assert.Equal([2, 6, 8], Found(new EventQuery { Host = "node1" }));
        Assert.Equal([7], Found(new EventQuery { Host = "node1.studio" }));
        Assert.Equal([5, 6, 7], Found(new EventQuery { SinceMs = 2001, UntilMs = 4000 }));
        Assert.Equal([6, 7, 8], Found(new EventQuery { Components = EventComponent.User | EventComponent.Admin }));
        Assert.Equal([1, 2], store.Find(new EventQuery(), 2).Events.Select(row => row.Sequence));
        Assert.Equal(2, store.Find(new EventQuery(), 2).Next);
        Assert.Null(store.Find(new EventQuery(2), 10).Next);
        Assert.Equal(new EventSpan(1, 8, 5), store.Span(3001));
        Assert.Equal(new EventSpan(1, 8, 8), store.Span(long.MaxValue));

        IEnumerable<long> Found(EventQuery query) => store.Find(query, 100).Events.Select(row => row.Sequence);
    }

    [Fact]
    public void EventsThatAreKeptNoMoreAreGoneAndTheirNumbersAreNotUsedAgain()
    {
        using var place = NewPlace();
        using var store = place.Open();
        store.Commit([Sample.Batch(batch => batch.Events.AddRange(Enumerable.Range(1, 6).Select(n => Sample.Event(n, n % 2))))]);
        store.Commit([Sample.Batch(batch => batch.EventsThrough = 6)]);

        Assert.Empty(store.Events(1, 0, 100));
        Assert.Equal(default, store.Span(long.MaxValue));
        Assert.Equal(6, store.Load().LastEvent);
        Assert.Throws<StoreException>(() => store.Commit([Sample.Batch(batch => batch.Events.Add(Sample.Event(6, 1)))]));
    }

    [Fact]
    public async Task ReadersSeeWholeBatchesWhileOthersCommit()
    {
        using var place = NewPlace();
        using var store = place.Open();
        var writing = Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                store.Commit([Sample.Batch(batch =>
                {
                    batch.Events.AddRange(Enumerable.Range(1, 5).Select(n => Sample.Event(i * 5 + n, 1)));
                    batch.Items.AddRange(Enumerable.Range(0, 20).Select(item => Sample.Item(1, item, attempts: i)));
                })]);
            }
        });
        while (!writing.IsCompleted)
        {
            Assert.Equal(0, store.Events(1, 0, int.MaxValue).Count % 5);
            Assert.InRange(store.Load().Items.Select(row => row.Attempts).Distinct().Count(), 0, 1);
        }
        await writing;
        Assert.Equal(1000, store.Events(1, 0, int.MaxValue).Count);
    }

    [Fact]
    public void NothingToCommitIsNoCommit()
    {
        using var place = NewPlace();
        using var store = place.Open();
        store.Commit([]);
        store.Commit([new RowBatch()]);
        new Model().Check(store);
    }

    private protected virtual int Iterations => 100;

    private static void Commit(IFarmStore store, Model model, RowBatch batch)
    {
        store.Commit([batch]);
        model.Apply(batch);
    }
}

public sealed class MemoryStoreTests : StoreContract
{
    private protected override IPlace NewPlace() => new Place();

    [Fact]
    public void AStoreThatCrashedIsClosedAndTheNextHasWhatWasCommitted()
    {
        using var store = new MemoryStore();
        store.Commit([Sample.Batch(batch => batch.Jobs.Add(Sample.Job(1)))]);
        using var next = store.Reopen();
        Assert.Throws<StoreException>(() => store.Commit([new RowBatch()]));
        Assert.Single(next.Load().Jobs);
    }

    [Fact]
    public void AFailureThatWasAskedForComesOnce()
    {
        using var store = new MemoryStore { NextFailure = new StoreException("full", null) };
        var batch = Sample.Batch(batch => batch.Jobs.Add(Sample.Job(1)));
        Assert.Throws<StoreException>(() => store.Commit([batch]));
        Assert.Empty(store.Load().Jobs);
        store.Commit([batch]);
        Assert.Single(store.Load().Jobs);
    }

    private sealed class Place : IPlace
    {
        private MemoryStore _store = new();

        public IFarmStore Open() => _store = _store.Reopen();

        public void Dispose() => _store.Dispose();
    }
}
