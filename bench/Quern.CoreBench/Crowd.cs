using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.CoreBench;

/// <summary>The runs on all hosts: they hear orders and end items when asked. None of its time is measured.</summary>
internal sealed class Crowd(int seed)
{
    private static readonly ReadyFact Account = new("render");
    private readonly Random _random = new(seed);
    private readonly Dictionary<RunId, Run> _runs = [];
    private readonly List<Run> _live = [];
    private readonly Queue<(WorkerId Worker, RunReport Report)> _answers = new();

    public int Live => _live.Count;

    /// <summary>Items and runs without agenda that were reported ended.</summary>
    public long Ended { get; private set; }

    /// <summary>Items that were handed out.</summary>
    public long Granted { get; private set; }

    public long Started { get; private set; }

    public void Hear(IReadOnlyList<AddressedOrder> orders, Now now)
    {
        foreach (var addressed in orders)
        {
            Hear(addressed.Worker, addressed.Order, now);
        }
    }

    /// <summary>What orders asked for and has to be said; false = nothing.</summary>
    public bool TryAnswer(out WorkerId worker, out RunReport report)
    {
        var found = _answers.TryDequeue(out var answer);
        (worker, report) = answer;
        return found;
    }

    /// <summary>One run, chosen by chance, ends what it runs and begins the next.</summary>
    public (WorkerId Worker, RunReport Report) EndOne(Now now)
    {
        var run = _live[_random.Next(_live.Count)];
        Ended++;
        var facts = new List<RunFact>(2);
        if (!run.HasAgenda)
        {
            EndRun(run, RunEnd.Finished, facts, now);
        }
        else if (run.Held.TryDequeue(out var item))
        {
            facts.Add(run.Next(new ItemEndedFact(item.Item, item.Attempt, ItemEnd.Exited, 0, 0, ""), now));
            Begin(run, facts, now);
            if (run.IsFinishing && run.Held.Count == 0)
            {
                EndRun(run, RunEnd.Finished, facts, now);
            }
        }

        return (run.Worker, run.Report(facts));
    }

    private void Hear(WorkerId worker, LinkOrder order, Now now)
    {
        if (order is StartOrder start)
        {
            Start(worker, start, now);
            return;
        }

        if (!_runs.TryGetValue(order.Run, out var run))
        {
            return;
        }

        switch (order)
        {
            case GrantOrder grant:
                Take(run, grant.Items);
                if (run.Held.Count == grant.Items.Count)
                {
                    Answer(run, facts => Begin(run, facts, now));
                }

                break;
            case RecallOrder recall: Answer(run, facts => Release(run, recall.Items, facts, now)); break;
            case FinishOrder: Finish(run, now); break;
            case KillOrder: Answer(run, facts => Kill(run, facts, now)); break;
            case ForgetOrder: Forget(run); break;
        }
    }

    private void Start(WorkerId worker, StartOrder start, Now now)
    {
        var run = new Run(worker, start.Run, start.Job.HasAgenda) { At = _live.Count };
        Started++;
        _runs[start.Run] = run;
        _live.Add(run);
        Take(run, start.Items);
        Answer(run, facts =>
        {
            facts.Add(run.Next(Account, now));
            Begin(run, facts, now);
        });
    }

    private void Take(Run run, IReadOnlyList<ItemGrant> items)
    {
        foreach (var item in items)
        {
            run.Held.Enqueue(item);
            Granted++;
        }
    }

    private static void Begin(Run run, List<RunFact> facts, Now now)
    {
        if (run.Held.TryPeek(out var next) && !run.IsBegun(next))
        {
            run.Begun = next;
            facts.Add(run.Next(new ItemStartedFact(next.Item, next.Attempt), now));
        }
    }

    private static void Release(Run run, IReadOnlyList<ItemGrant> items, List<RunFact> facts, Now now)
    {
        var kept = run.Held.Where(item => run.IsBegun(item) || !items.Contains(item)).ToList();
        foreach (var item in items.Where(item => run.Held.Contains(item) && !run.IsBegun(item)))
        {
            facts.Add(run.Next(new ReleasedFact(item.Item, item.Attempt), now));
        }

        run.Held = new Queue<ItemGrant>(kept);
    }

    private void Finish(Run run, Now now)
    {
        run.IsFinishing = true;
        if (run.Held.Count == 0)
        {
            Answer(run, facts => EndRun(run, RunEnd.Finished, facts, now));
        }
    }

    private void Kill(Run run, List<RunFact> facts, Now now)
    {
        foreach (var item in run.Held)
        {
            facts.Add(run.Next(run.IsBegun(item) ? new ItemEndedFact(item.Item, item.Attempt, ItemEnd.Stopped, 0, 0, "") : new ReleasedFact(item.Item, item.Attempt), now));
        }

        run.Held.Clear();
        EndRun(run, RunEnd.Killed, facts, now);
    }

    private void EndRun(Run run, RunEnd end, List<RunFact> facts, Now now)
    {
        facts.Add(run.Next(new RunEndedFact(end, 0, 0, ""), now));
        Retire(run);
    }

    private void Forget(Run run)
    {
        _runs.Remove(run.Id);
        Retire(run);
    }

    private void Retire(Run run)
    {
        if (run.At >= 0)
        {
            (_live[run.At] = _live[^1]).At = run.At;
            _live.RemoveAt(_live.Count - 1);
            run.At = -1;
        }
    }

    private void Answer(Run run, Action<List<RunFact>> write)
    {
        var facts = new List<RunFact>(2);
        write(facts);
        if (facts.Count > 0)
        {
            _answers.Enqueue((run.Worker, run.Report(facts)));
        }
    }

    private sealed class Run(WorkerId worker, RunId id, bool hasAgenda)
    {
        private long _said;
        private long _reported;

        public WorkerId Worker => worker;
        public RunId Id => id;
        public bool HasAgenda => hasAgenda;
        public Queue<ItemGrant> Held { get; set; } = new();
        public ItemGrant Begun { get; set; } = new(-1, 0);
        public bool IsFinishing { get; set; }

        /// <summary>Its place among the live; -1 = it has ended.</summary>
        public int At { get; set; }

        public bool IsBegun(ItemGrant item) => Begun == item;

        public RunFact Next(FactBody body, Now now) => new(_said += 10, now.Unix, body);

        public RunReport Report(List<RunFact> facts)
        {
            var report = new RunReport(id, _reported, facts);
            _reported = _said;
            return report;
        }
    }
}
