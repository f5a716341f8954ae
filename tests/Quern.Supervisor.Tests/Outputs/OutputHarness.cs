using Microsoft.Extensions.Time.Testing;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;
using Quern.Store;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Output;

namespace Quern.Supervisor.Tests.Outputs;

/// <summary>A farm with one worker and an output log in a folder of its own; a restart loads both from what is durable.</summary>
internal sealed class OutputHarness : IAsyncDisposable, IFarmLoop
{
    private readonly string folder = Directory.CreateTempSubdirectory("quern-output-").FullName;
    private MemoryStore store = new();
    private readonly List<(RunId Run, long Position, long Bytes)> durable = [];
    private readonly Lock gate = new();
    private readonly WorkerFacts facts = new() { Name = "w", Slots = 8 };
    private readonly WorkerId worker;

    public OutputHarness()
    {
        Log = NewLog();
        Farm = Farm.Load(store.Load(), new FarmOptions(), Now);
        worker = Farm.WorkerJoined(facts, new Caller("root", "here", true), Now);
        Farm.LinkUp(worker, facts, WorkerVitals.Unknown, [], Now);
        Take();
    }

    public FakeTimeProvider Time { get; } = new();
    public OutputLog Log { get; private set; }
    public Farm Farm { get; private set; }
    public string Folder => folder;
    public Now Now => FarmLoop.ReadClock(Time);

    public IReadOnlyList<(RunId Run, long Position, long Bytes)> Durable
    {
        get
        {
            lock (gate)
            {
                return [.. durable];
            }
        }
    }

    /// <summary>A job without agenda, running.</summary>
    public RunId Start()
    {
        lock (gate)
        {
            var spec = new JobSpec { Prototype = "cmdline", User = "ann", Package = new Dictionary<string, string> { ["cmdline"] = "true" } };
            var result = Farm.Submit(new Submission(Guid.NewGuid().ToString(), new Caller("ann", "here", false), [spec]), Now);
            Assert.Null(result.Refusal);
            var orders = Take().Orders;
            return Assert.IsType<StartOrder>(Assert.Single(orders, order => order.Order is StartOrder).Order).Run;
        }
    }

    /// <summary>What the worker says of a run, from <paramref name="from"/>; positions count up by one a fact.</summary>
    public void Say(RunId run, long from, params FactBody[] bodies)
    {
        lock (gate)
        {
            var report = bodies.Select((body, at) => new RunFact(from + at + 1, Now.Unix, body)).ToList();
            Farm.Reported(worker, new RunReport(run, from, report), Now);
            Take();
        }
    }

    /// <summary>Counts as durable for the farm what the log has said so far.</summary>
    public void Acknowledge()
    {
        lock (gate)
        {
            durable.ForEach(fact => Farm.OutputDurable(fact.Run, fact.Position, fact.Bytes, Now));
            Take();
        }
    }

    /// <summary>Lets a second pass until the log has synced <paramref name="position"/> of a run.</summary>
    public Task SyncedAsync(RunId run, long position) => Deadline.UntilAsync(
        () =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return Durable.Any(fact => fact.Run == run && fact.Position >= position);
        },
        $"output of {run} is synced");

    /// <summary>The supervisor dies and starts again from its rows.</summary>
    public async Task RestartAsync(RunId held, long journalEnd)
    {
        await Log.DisposeAsync();
        store = store.Reopen();
        Farm = Farm.Load(store.Load(), new FarmOptions(), Now);
        Log = NewLog();
        Log.CutBack(Farm);
        Farm.LinkUp(worker, facts, WorkerVitals.Unknown, [new HeldRun(held, journalEnd, false, [])], Now);
    }

    public async Task<byte[]> ReadAsync(RunId run, bool isError = false, long position = 0, int? item = null)
    {
        using var to = new MemoryStream();
        await new OutputReader(Log, this).CopyAsync(run.Instance.Job, item is null ? run.Instance.Sub : null, item, isError, position, false, to, CancellationToken.None).Within();
        return to.ToArray();
    }

    public Task<T> Ask<T>(Func<Farm, Now, T> ask, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(ask(Farm, Now));
        }
    }

    public Turn Take()
    {
        var turn = Farm.Take(Now);
        Log.Append(turn);
        store.Commit([turn.Rows]);
        Log.Remove(turn.RemovedJobs);
        return turn;
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private OutputLog NewLog() => new(
        Path.Combine(folder, "output"),
        (run, position, bytes) =>
        {
            lock (gate)
            {
                durable.Add((run, position, bytes));
            }
        },
        Time);
}
