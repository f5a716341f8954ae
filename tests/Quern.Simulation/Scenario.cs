using Quern.Core;
using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Resources;
using Quern.Worker.Core;

namespace Quern.Simulation;

/// <summary>One seed: a farm, people and faults; then quiet, in which everything must come to its end.</summary>
internal sealed class Scenario
{
    private const long QuietMs = 1_500_000;

    private readonly World _world;
    private readonly Ledger _ledger;
    private readonly SimSupervisor _supervisor;
    private readonly SimClient _client;
    private readonly List<SimWorker> _workers = [];

    public Scenario(ulong seed, TextWriter? verbose)
    {
        _world = new World(seed, verbose);
        _ledger = new Ledger(_world);
        _supervisor = new SimSupervisor(_world, _ledger, OptionsOf(seed), new Store.MemoryStore());
        _client = new SimClient(_world, _supervisor, _ledger, grows: seed % 5 == 0);
    }

    /// <summary>The rules of dispatch, other ones for each seed.</summary>
    private static FarmOptions OptionsOf(ulong seed) => new()
    {
        WorkerLostMs = 30_000, BadLoginRetryMs = 10_000, WidePatienceMs = 5_000, SmartShare = ShareOf(seed),
        QueueAlgorithm = (QueueAlgorithm)(seed % 3),
        PreemptPolicy = (seed % 7) switch { 0 or 1 => PreemptPolicy.Disabled, 2 or 3 => PreemptPolicy.Aggressive, _ => PreemptPolicy.Passive },
        Shares = seed % 6 == 0 ? [(ClusterPath.Parse("/a", out _)!, 2), (ClusterPath.Parse("/b", out _)!, 1)] : [],
        GlobalResources = [(new ResourceName(ResourceClass.Global, "seats"), 2), (new ResourceName(ResourceClass.GlobalHost, "node"), 1)],
    };

    /// <summary>Every fourth farm fills idle slots.</summary>
    private static SmartShare ShareOf(ulong seed)
        => seed % 4 != 0 ? SmartShare.None : new SmartShare(true, (seed / 4 % 3) switch { 0 => PreemptPolicy.Passive, 1 => PreemptPolicy.Aggressive, _ => PreemptPolicy.Disabled }, -1, 5);

    public World World => _world;

    /// <exception cref="LawBroken">Something happened that never may.</exception>
    public string Run()
    {
        _supervisor.Start();
        Join();
        for (var count = _world.Dice.Between(4, 10); count > 0; count--)
        {
            _world.After(0, 60_000, _client.Submit);
        }

        var faultsUntil = _world.Dice.Between(60, 180) * 1000;
        _world.After(0, 5000, () => Fault(faultsUntil));
        RunUntil(faultsUntil);
        BeQuiet();
        var deadline = _world.Time + QuietMs;
        while (!IsOver())
        {
            if (!_world.Step() || _world.Time > deadline)
            {
                throw new LawBroken($"not everything came to an end: {Unfinished()}");
            }
        }

        _ledger.CheckEnd(_supervisor.Farm!, _supervisor.Output);
        return $"{_world.Time / 1000} s, {_world.Events} events, {_ledger.Executions} commands, {_supervisor.Farm!.Jobs.Count} jobs, digest {_world.Digest:x16}";
    }

    private void Join()
    {
        for (var number = _world.Dice.Between(2, 4); number > 0; number--)
        {
            var (name, slots, isDesktop) = ($"node{number}", _world.Dice.Between(2, 4), _world.Dice.Chance(25));
            WorkerId id = default;
            var joined = false;
            _supervisor.Ask((farm, now) => id = farm.WorkerJoined(SimWorker.Joining(name, slots), Caller.Farm, now), () => joined = true);
            while (!joined)
            {
                _world.Step();
            }

            var worker = new SimWorker(_world, _supervisor, _ledger, id, name, slots, isDesktop);
            _workers.Add(worker);
            worker.Start();
        }
    }

    private void RunUntil(long time)
    {
        while (_world.Time < time && _world.Step())
        {
        }
    }

    private void Fault(long until)
    {
        if (_world.Time >= until)
        {
            return;
        }

        var worker = _world.Dice.Pick(_workers);
        switch (_world.Dice.Between(1, 12))
        {
            case 1:
                _supervisor.Crash();
                break;
            case 2:
                _supervisor.BreakStore();
                break;
            case 3:
                worker.Crash();
                break;
            case 4 when !worker.IsPartitioned:
                worker.Partition(_world.Dice.Pick([1000, 10_000, 20_000, 45_000]));
                break;
            case 5:
                worker.CutConnection();
                break;
            case 6:
                worker.PowerFails();
                break;
            case 7 when worker.IsUp:
                worker.Stop(_world.Dice.Pick([StopKind.Kill, StopKind.Restart]));
                break;
            case 8 or 9:
                var proxies = worker.Host.Runs.Where(run => run.HasProxy).ToList();
                if (proxies.Count > 0)
                {
                    _world.Dice.Pick(proxies).ProxyDies();
                }

                break;
            default:
                _client.Act();
                break;
        }

        Mend(until);
        _world.After(50, _world.Dice.Pick([500, 4000, 15_000]), () => Fault(until));
    }

    /// <summary>What is down comes back: at once, later, or too late.</summary>
    private void Mend(long until)
    {
        if (!_supervisor.IsUp)
        {
            _world.After(50, _world.Dice.Pick([500, 5000, 50_000]), Restart);
        }

        foreach (var worker in _workers.Where(worker => !worker.IsUp))
        {
            _world.After(50, _world.Dice.Pick([500, 5000, 40_000, 70_000]), worker.Start);
        }

        _ = until;
    }

    private void Restart()
    {
        if (!_supervisor.IsUp)
        {
            _supervisor.Start();
        }
    }

    private void BeQuiet()
    {
        _world.Trace("quiet from here on");
        _world.IsFaulty = false;
        Restart();
        Tend();
    }

    /// <summary>Service managers restart what ended; people let go what waits for them.</summary>
    private void Tend()
    {
        Restart();
        _workers.ForEach(worker => worker.Start());
        _client.UnblockAll();
        _world.After(5000, Tend);
    }

    private bool IsOver() => _client.IsAnswered && _supervisor.Farm is { } farm
        && farm.Jobs.All(job => job.Status.IsDone() && job.InstanceList.All(instance => instance.Phase == RunPhase.Idle))
        && _workers.TrueForAll(worker => worker.Host.Runs.Count == 0);

    private string Unfinished()
    {
        var jobs = _supervisor.Farm?.Jobs.Where(job => !job.Status.IsDone() || job.InstanceList.Any(instance => instance.Phase != RunPhase.Idle))
            .Select(job => $"\n  job {job.Id} {job.Status} {job.Hold} pending {job.Items?.Pending} active {job.Items?.Active} {_supervisor.Farm!.ReasonOf(job)}: "
                + string.Join("; ", job.InstanceList.Select(i => $"{i.Sub} {i.Status} {i.Phase} #{i.Run} at {i.Worker?.Name} {i.Position}/{i.OutputPosition} [{string.Join(" ", i.Leases.Select(lease => $"{lease.Item}@{lease.Attempt}"))}] {i.Reason}")));
        var hosts = _workers.Where(worker => worker.Host.Runs.Count > 0)
            .Select(worker => $"\n  {worker.Host.Name} has {string.Join(" ", worker.Host.Runs.Select(run => $"{run.Key}{(run.IsOver ? "!" : "")}"))}");
        return $"{(_client.IsAnswered ? "" : "a submission was not answered")}{string.Concat(jobs ?? [])}{string.Concat(hosts)}";
    }
}
