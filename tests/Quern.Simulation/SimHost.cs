using Quern.Execution.Runs;

namespace Quern.Simulation;

/// <summary>
/// One machine: journals on its disk and proxies that live on when the worker's program ends. It is the worker's run host while there is one.
/// </summary>
internal sealed class SimHost(World world, Ledger ledger, string name, int slots, bool isDesktop) : IRunHost
{
    private readonly Dictionary<RunKey, SimRun> _runs = [];
    private readonly List<RunKey> _changed = [];
    private int _epoch;

    public World World => world;
    public Ledger Ledger => ledger;
    public string Name => name;
    public bool HasWorker { get; private set; }
    public IReadOnlyCollection<SimRun> Runs => _runs.Values;

    /// <summary>Called when there is news for the worker.</summary>
    public Action NewsForWorker { get; set; } = () => { };

    public IReadOnlyList<HeldRun> Recover()
    {
        HasWorker = true;
        _changed.Clear();
        foreach (var run in _runs.Values)
        {
            run.TakenBack();
        }

        return [.. _runs.Values.Select(run => run.Held())];
    }

    public void Start(Launch launch)
    {
        if (_runs.ContainsKey(launch.Key))
        {
            return;
        }

        var run = new SimRun(this, launch.Key, launch);
        _runs.Add(launch.Key, run);
        CheckSlots();

        run.Begin();
    }

    public void Refuse(RunKey key, RunEndCause cause, string text)
    {
        if (!_runs.ContainsKey(key))
        {
            var run = new SimRun(this, key, null);
            _runs.Add(key, run);
            run.Refuse(cause, text);
        }
    }

    public void CheckSlots()
    {
        var used = _runs.Values.Where(other => !other.IsOver).Sum(other => other.Slots);
        if (used > slots)
        {
            throw new LawBroken($"{name} has {slots} slots and its runs take {used}: {string.Join(" ", _runs.Values.Where(other => !other.IsOver).Select(other => other.Key))}");
        }
    }

    public void Order(RunKey key, RunOrder order) => _runs.GetValueOrDefault(key)?.Hear(order);

    public IReadOnlyList<JournalRecord> Read(RunKey key, long position, int maxBytes) => _runs.TryGetValue(key, out var run) ? run.Read(position, maxBytes) : [];

    public void Discard(RunKey key, long position) => _runs.GetValueOrDefault(key)?.Discard(position);

    public void Forget(RunKey key)
    {
        if (_runs.Remove(key, out var run))
        {
            run.Forget();
        }
    }

    public IReadOnlyList<RunKey> TakeChanged()
    {
        var taken = _changed.Distinct().ToArray();
        _changed.Clear();
        return taken;
    }

    public HeldRun? Find(RunKey key) => _runs.GetValueOrDefault(key)?.Held();

    public void Changed(RunKey key)
    {
        if (HasWorker)
        {
            _changed.Add(key);
            NewsForWorker();
        }
    }

    /// <summary>The worker's program is gone. In desktop mode everything ends with it, else only when nobody takes the runs back in time.</summary>
    public void WorkerEnded(int readoptSeconds)
    {
        HasWorker = false;
        var epoch = ++_epoch;
        world.After(isDesktop ? 1 : readoptSeconds * 1000L, () =>
        {
            if (epoch == _epoch && (isDesktop || !HasWorker))
            {
                foreach (var run in _runs.Values.ToList())
                {
                    run.Hear(new KillRun("the worker ended", WorkerStopping: true));
                }
            }
        });
    }

    /// <summary>The machine's power fails: proxies and commands are gone, journals stay.</summary>
    public void PowerFails()
    {
        foreach (var run in _runs.Values)
        {
            run.ProxyDies();
        }
    }
}
