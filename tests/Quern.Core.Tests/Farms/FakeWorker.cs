using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Farms;

/// <summary>A worker that obeys: it keeps a journal per run, starts items when told by the test, and says everything again after a reconnection.</summary>
internal sealed class FakeWorker(FarmHarness farm, WorkerId id, WorkerFacts facts)
{
    private readonly SortedDictionary<string, FakeRun> runs = [];

    public WorkerId Id => id;
    public bool IsConnected { get; private set; }
    public Now Now => farm.Now;

    /// <summary>What it says of itself when it connects.</summary>
    public WorkerVitals Vitals { get; set; } = WorkerVitals.Unknown;

    /// <summary>What the supervisor says is lost on the way.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>What becomes of a start; the account is had at once where a test says nothing.</summary>
    public Action<FakeRun, StartOrder>? OnStart { get; set; }

    public List<OutputChunk> Output { get; } = [];
    public IReadOnlyCollection<FakeRun> Runs => runs.Values;

    public void Connect(bool isDraining = false)
    {
        IsConnected = true;
        var held = runs.Values.Select(run => new HeldRun(run.Id, run.End, run.IsEnded, run.Held.ToList(), run.IsSuspended)).ToList();
        Assert.NotNull(farm.Farm.LinkUp(id, facts with { IsDraining = isDraining }, Vitals, held, farm.Now));
        farm.Settle();
    }

    public void Disconnect()
    {
        IsConnected = false;
        farm.Farm.LinkDown(id, farm.Now);
        farm.Settle();
    }

    /// <summary>The machine is gone with everything on it.</summary>
    public void Burn()
    {
        runs.Clear();
        Disconnect();
    }

    public FakeRun Run(JobId job, int sub = 0) => runs.Values.Last(run => run.Id.Instance == new InstanceId(job, sub) && !run.IsEnded);

    public bool Has(JobId job, int sub = 0) => runs.Values.Any(run => run.Id.Instance == new InstanceId(job, sub) && !run.IsEnded);

    public void Hear(LinkOrder order)
    {
        if (!IsConnected || IsDeaf)
        {
            return;
        }

        var key = order.Run.ToString();
        if (order is StartOrder start)
        {
            if (!runs.TryGetValue(key, out var begun))
            {
                runs[key] = begun = new FakeRun(order.Run, start.Job.HasAgenda);
                begun.Take(start.Items);
                (OnStart ?? ((run, _) => run.Say(new ReadyFact("quern"), farm.Now.Unix)))(begun, start);
                return;
            }

            begun.Take(start.Items);
        }
        else if (runs.TryGetValue(key, out var run))
        {
            switch (order)
            {
                case GrantOrder grant: run.Take(grant.Items); break;
                case RecallOrder recall: run.Release(recall.Items, farm.Now.Unix); break;
                case SuspendOrder: run.IsSuspended = true; break;
                case ResumeOrder: run.IsSuspended = false; break;
                case FinishOrder: run.Finishing = true; break;
                case KillOrder: run.Kill(farm.Now.Unix); break;
                case KillItemOrder kill when run.Current == kill.Item: run.EndItem(ItemEnd.Stopped, 0, farm.Now.Unix); break;
                case AcknowledgeOrder acknowledge: run.Acknowledged = Math.Max(run.Acknowledged, acknowledge.Position); break;
                case ForgetOrder: runs.Remove(key); break;
            }
        }
    }

    /// <summary>Says what was not acknowledged.</summary>
    public void Report()
    {
        foreach (var run in runs.Values.ToList())
        {
            if (IsConnected && run.End > run.Acknowledged)
            {
                farm.Farm.Reported(id, new RunReport(run.Id, run.Acknowledged, run.Journal.Where(fact => fact.Position > run.Acknowledged).ToList()), farm.Now);
            }
        }

        farm.Settle();
    }

    /// <summary>One step of every run: start the next item, or end the one that runs, or the run.</summary>
    public void Step(int exitCode = 0)
    {
        foreach (var run in runs.Values.ToList())
        {
            StepRun(run, exitCode);
        }

        Report();
    }

    public void StepRun(FakeRun run, int exitCode)
    {
        if (run.IsEnded || run.IsSuspended)
        {
            return;
        }

        if (run.Current is { } current)
        {
            if (exitCode == 0)
            {
                var key = (run.Id.Instance.Job, current.Item);
                farm.Completions[key] = farm.Completions.GetValueOrDefault(key) + 1;
            }

            run.EndItem(ItemEnd.Exited, exitCode, farm.Now.Unix);
        }
        else if (!run.HasAgenda)
        {
            run.EndRun(RunEnd.Finished, exitCode, farm.Now.Unix);
        }
        else if (!run.StartItem(farm.Now.Unix) && run.Finishing)
        {
            run.EndRun(RunEnd.Finished, 0, farm.Now.Unix);
        }
    }
}

internal sealed class FakeRun(RunId id, bool hasAgenda)
{
    private readonly HashSet<ItemGrant> heard = [];

    public RunId Id => id;
    public bool HasAgenda => hasAgenda;
    public List<RunFact> Journal { get; } = [];
    public List<ItemGrant> Held { get; } = [];
    public ItemGrant? Current { get; private set; }
    public long End => Journal.Count == 0 ? 0 : Journal[^1].Position;
    public long Acknowledged { get; set; }
    public bool IsEnded { get; private set; }
    public bool Finishing { get; set; }

    /// <summary>What it runs stands still.</summary>
    public bool IsSuspended { get; set; }

    public void Say(FactBody body, long unixMs) => Journal.Add(new RunFact(End + 10, unixMs, body));

    public void Take(IEnumerable<ItemGrant> items)
    {
        foreach (var item in items)
        {
            Assert.True(heard.Add(item) || Held.Contains(item) || Current == item, $"{id} was given {item} again after it had ended");
            if (Current != item && !Held.Contains(item))
            {
                Held.Add(item);
            }
        }
    }

    public void Release(IEnumerable<ItemGrant> items, long unixMs)
    {
        foreach (var item in items.Where(item => Held.Remove(item)))
        {
            Say(new ReleasedFact(item.Item, item.Attempt), unixMs);
        }
    }

    public bool StartItem(long unixMs)
    {
        if (Held.Count == 0)
        {
            return false;
        }

        Current = Held[0];
        Held.RemoveAt(0);
        Say(new ItemStartedFact(Current.Value.Item, Current.Value.Attempt), unixMs);
        return true;
    }

    public void EndItem(ItemEnd end, int exitCode, long unixMs, Verdict? verdict = null)
    {
        var item = Current!.Value;
        Current = null;
        Say(new ItemEndedFact(item.Item, item.Attempt, end, exitCode, 0, end == ItemEnd.Lost ? "its proxy was lost" : "") { Usage = new ItemUsage(item.Item + 1, 2, 3, 4), Verdict = verdict ?? Verdict.None }, unixMs + 5);
    }

    public void Kill(long unixMs)
    {
        if (IsEnded)
        {
            return;
        }

        Release(Held.ToList(), unixMs);
        if (Current is not null)
        {
            EndItem(ItemEnd.Stopped, 0, unixMs);
        }

        EndRun(RunEnd.Killed, 0, unixMs);
    }

    public void EndRun(RunEnd end, int exitCode, long unixMs, string text = "", Verdict? verdict = null)
    {
        IsEnded = true;
        Say(new RunEndedFact(end, exitCode, 0, text) { Verdict = verdict ?? Verdict.None }, unixMs);
    }

    public void LoseProxy(long unixMs)
    {
        if (Current is not null)
        {
            EndItem(ItemEnd.Lost, 0, unixMs);
        }

        Held.Clear();
        EndRun(RunEnd.ProxyLost, 0, unixMs, "its proxy was killed");
    }
}
