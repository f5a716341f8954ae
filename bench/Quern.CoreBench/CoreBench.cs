using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.CoreBench;

/// <summary>
/// Fills a farm, keeps it full while items end, new jobs come and hosts go and return, and asks why. A turn takes the facts that came since the last one, as the supervisor's
/// loop does, at most <see cref="FactsInOneTurn"/>; only calls into the core are timed. Virtual time goes on so that items last a minute.
/// </summary>
internal sealed class CoreBench(FarmSize size, int seed)
{
    private const int FactsInOneTurn = 128;
    private readonly Studio _studio = new(seed, size);
    private readonly Crowd _crowd = new(seed);
    private readonly Random _random = new(seed);
    private Meter _turns = new();
    private long _clock = 1_000_000;
    private int _submitted;
    private Farm _farm = null!;

    private Now Now => new(_clock, 1_764_000_000_000 + _clock);

    public void Run()
    {
        Meter.Say("core.workers", size.Workers, "hosts");
        _farm = Farm.Load(new FarmRows([], [], [], [], [], [], 0, 0), Studio.Options(size), Now);
        AddHosts();
        MeasureMemory();
        Fill();
        KeepFull();
        AskWhy();
        MeasureStates();
    }

    private void AddHosts()
    {
        for (var number = 1; number <= size.Workers; number++)
        {
            var facts = _studio.Host(number);
            var id = _farm.WorkerJoined(facts, Caller.Farm, Now);
            _farm.LinkUp(id, facts, Core.Workers.WorkerVitals.Unknown, [], Now);
            if (number % 100 == 0)
            {
                Turn();
            }
        }

        Turn();
    }

    /// <summary>Jobs come while no host takes anything, so that their items are as they came.</summary>
    private void MeasureMemory()
    {
        foreach (var worker in _farm.Workers)
        {
            _farm.LinkDown(worker.Id, Now);
        }

        Turn();
        var before = Occupied();
        var meter = _turns = new Meter();
        Submit(size.Jobs);
        var bytes = Occupied() - before;
        Meter.Say("core.submit.rate", size.Jobs / meter.TotalSeconds, "jobs/s");
        Meter.Say("core.items", _farm.Jobs.Sum(job => (long)(job.Items?.Count ?? 0)), "items pending");
        Meter.Say("core.memory.job", (double)bytes / size.Jobs, "bytes a job with its items");
        var one = Occupied();
        Submit("1-5000000");
        Meter.Say("core.memory.untouched", (Occupied() - one) / 5e6, "bytes an untouched item");
        _farm.Act(new FarmAction(Core.Actions.Verb.Kill, new Caller("root", "", true), [new Target(_farm.Jobs.Last().Id)], [], false, false), Now);
        Turn();
    }

    private void Fill()
    {
        foreach (var worker in _farm.Workers)
        {
            _farm.LinkUp(worker.Id, worker.Facts, Core.Workers.WorkerVitals.Unknown, [], Now);
        }

        var meter = _turns = new Meter();
        do
        {
            Turn();
            Answer();
        }
        while (_farm.NextWake <= Now.Monotonic);

        var used = _farm.Workers.Sum(worker => worker.SlotsUsed);
        Meter.Say("core.fill.slots", 100.0 * used / (size.Workers * size.Slots), "% of all slots used");
        Meter.Say("core.fill.rate", (_crowd.Started + _crowd.Granted) / meter.TotalSeconds, "decisions/s");
        Meter.Say("core.fill.instances", _crowd.Started / meter.TotalSeconds, "instances placed/s");
        SayCosts("core.fill", meter, _crowd.Started + _crowd.Granted);
        SayTurns("core.fill", meter);
    }

    /// <summary>Items end by chance, all over the farm; for each job that ends another comes; a host in a thousand turns goes and comes back.</summary>
    private void KeepFull()
    {
        KeepFull(size.Reports / 10);
        var meter = _turns = new Meter();
        var (started, granted, ended) = (_crowd.Started, _crowd.Granted, _crowd.Ended);
        KeepFull(size.Reports);
        var decisions = _crowd.Started - started + _crowd.Granted - granted;
        Meter.Say("core.run.rate", decisions / meter.TotalSeconds, "decisions/s");
        Meter.Say("core.run.items", (_crowd.Ended - ended) / meter.TotalSeconds, "items ended/s");
        Meter.Say("core.run.instances", (_crowd.Started - started) / (double)decisions, "of the decisions place an instance");
        SayCosts("core.run", meter, decisions);
        SayTurns("core.run", meter);
    }

    private void KeepFull(int reports)
    {
        var msPerTurn = Math.Max(1, 60_000L * FactsInOneTurn / Math.Max(1, _crowd.Live));
        for (var done = 0; done < reports;)
        {
            var facts = new List<(WorkerId Worker, RunReport Report)>();
            for (; facts.Count < FactsInOneTurn && done < reports; done++)
            {
                facts.Add(_crowd.EndOne(Now));
            }

            Turn(facts);
            Answer();
            _clock += msPerTurn;
            Renew();
        }
    }

    /// <summary>As many jobs as at the beginning, but those that are over are removed.</summary>
    private void Renew()
    {
        foreach (var id in _over)
        {
            _farm.Act(new FarmAction(Core.Actions.Verb.Remove, Caller.Farm, [new Target(id)], [], false, false), Now);
            _farm.Submit(new Submission($"r{++_submitted}", Caller.Farm, [_studio.Job(_submitted)]), Now);
        }

        _over.Clear();
    }

    private readonly HashSet<JobId> _over = [];

    private void AskWhy()
    {
        var waiting = _farm.Jobs.Where(job => job.Status == Status.Pending || job.CountInstances(Status.Pending) > 0).ToList();
        var meter = new Meter();
        for (var asked = 0; asked < 200; asked++)
        {
            var job = waiting[_random.Next(waiting.Count)];
            var started = Meter.Read();
            _ = _farm.Why(new Target(job.Id), null, Now, out _);
            meter.Add(started);
        }

        Meter.Say("core.why.p50", meter.Percentile(0.5), "ms");
        Meter.Say("core.why.p99", meter.Percentile(0.99), "ms");
    }

    /// <summary>Items that wait and have a state of their own: they were killed one by one and came back.</summary>
    private void MeasureStates()
    {
        const int Count = 500_000;
        Submit($"1-{Count}");
        var job = _farm.Jobs.Last();
        var before = Occupied();
        var caller = new Caller("root", "", true);
        _farm.Act(new FarmAction(Core.Actions.Verb.Block, caller, [new Target(job.Id)], [], false, false), Now);
        _farm.Act(new FarmAction(Core.Actions.Verb.Kill, caller, [new Target(job.Id, Items: $"1-{Count - 1}")], [], false, true), Now);
        _farm.Act(new FarmAction(Core.Actions.Verb.Retry, caller, [new Target(job.Id, Items: $"1-{Count - 1}")], [], false, true), Now);
        Turn();
        Meter.Say("core.memory.state", (Occupied() - before) / (double)job.Items!.Touched().Count(), "bytes a pending item with state of its own");
    }

    private void Submit(int count)
    {
        for (var done = 0; done < count; done++)
        {
            var spec = _studio.Job(++_submitted);
            var started = Meter.Read();
            var result = _farm.Submit(new Submission($"r{_submitted}", Caller.Farm, [spec]), Now);
            if (result.Refusal is { } refusal)
            {
                throw new InvalidOperationException(refusal);
            }

            if (done % 50 == 49 || done == count - 1)
            {
                Turn([], Meter.Read() - started);
            }
            else
            {
                _turns.Add(started);
            }
        }
    }

    private void Submit(string range)
    {
        var agenda = Core.Agendas.Agenda.Parse(range, Core.Agendas.AgendaSplit.Frames, 1, Core.Agendas.AgendaOrder.Ascend, 10_000_000).Agenda!.Save();
        _farm.Submit(new Submission($"r{++_submitted}", Caller.Farm, [_studio.Job(1) with { Prototype = "cmdrange", Agenda = agenda, Range = range, Priority = 9999 }]), Now);
        Turn();
    }

    private void Answer()
    {
        var facts = new List<(WorkerId Worker, RunReport Report)>();
        while (_crowd.TryAnswer(out var worker, out var report))
        {
            facts.Add((worker, report));
            if (facts.Count == FactsInOneTurn)
            {
                Turn(facts);
                facts.Clear();
            }
        }

        if (facts.Count > 0)
        {
            Turn(facts);
        }
    }

    private void Turn(List<(WorkerId Worker, RunReport Report)>? facts = null, Reading more = default)
    {
        var now = Now;
        var started = Meter.Read();
        foreach (var (worker, report) in facts ?? [])
        {
            _farm.Reported(worker, report, now);
        }

        var turn = _farm.Take(now);
        _turns.Add(started, more);
        _crowd.Hear(turn.Orders, now);
        foreach (var id in turn.ChangedJobs)
        {
            if (_farm.FindJob(id) is { } job && job.Status.IsDone())
            {
                _over.Add(id);
            }
        }
    }

    private static void SayCosts(string name, Meter meter, long decisions)
    {
        Meter.Say($"{name}.cpu", meter.CpuSeconds * 1e6 / decisions, "us of processor time a decision, all threads");
        Meter.Say($"{name}.allocated", (double)meter.AllocatedBytes / decisions, "bytes a decision");
        Meter.Say($"{name}.collecting", 100 * meter.PauseSeconds / meter.TotalSeconds, "% of the time");
    }

    private static void SayTurns(string name, Meter meter)
    {
        Meter.Say($"{name}.turn.p50", meter.Percentile(0.5), "ms");
        Meter.Say($"{name}.turn.p99", meter.Percentile(0.99), "ms");
        Meter.Say($"{name}.turn.most", meter.MostMs, $"ms, of {meter.Count} turns");
    }

    private static long Occupied()
    {
        GC.Collect(2, GCCollectionMode.Forced, true, true);
        return GC.GetTotalMemory(true);
    }
}
