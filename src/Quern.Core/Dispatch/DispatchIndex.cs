using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Dispatch;

/// <summary>
/// Jobs and hosts grouped by what makes them equal, so that dispatch compares groups and counts, not every job with every host. A job in line is in the line of its
/// class; a host that takes work stands in its class by its free slots; whether two classes go together is found out once.
/// </summary>
internal sealed class DispatchIndex(DispatchRules rules)
{
    private readonly Dictionary<JobClassKey, JobClass> _jobClasses = [];
    private readonly Dictionary<string, HostClass> _hostClasses = new(StringComparer.Ordinal);
    private readonly List<HostClass?> _byIndex = [];
    private readonly Dictionary<LaneKey, Lane> _lanes = [];
    private int _lanesVersion = 1;
    private readonly SortedSet<string> _mentioned = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _mentionedOfVitals = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<Worker>> _byName = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<Worker> _stale = [];
    private readonly List<Worker> _misplaced = [];
    private bool _isAllStale;

    public DispatchRules Rules => rules;

    /// <summary>In no order.</summary>
    public IReadOnlyCollection<Lane> Lanes => _lanes.Values;

    /// <summary>Classes with somebody in line, in no order.</summary>
    public IEnumerable<JobClass> Ready => Lanes.SelectMany(lane => lane.Classes);

    /// <summary>Classes of which a job may start that could not before.</summary>
    public List<JobClass> Woken { get; } = [];

    /// <summary>Hosts of which something changed by which a job may start there.</summary>
    public Queue<Worker> Moved { get; } = [];

    /// <summary>Some job's instances may take more slots while they run.</summary>
    public bool HasGrowing { get; private set; }

    /// <summary>By their index; null where there is none now.</summary>
    public IReadOnlyList<HostClass?> HostClasses => _byIndex;

    /// <summary>Hosts of that name: one, unless a name was given twice.</summary>
    public IReadOnlyCollection<Worker> Named(string name) => _byName.TryGetValue(name, out var found) ? found : [];

    /// <summary>The class of a job that is new or was modified.</summary>
    public void Classify(Job job)
    {
        Forget(job);
        var key = rules.KeyOf(job);
        if (!_jobClasses.TryGetValue(key, out var found))
        {
            _jobClasses[key] = found = rules.NewClass(key, job);
            JoinLane(found);
            Mention(found);
            HasGrowing |= found.Reservations.Slots.Kind == SlotKind.Growing;
        }

        found.Members++;
        job.Class = found;
    }

    /// <summary>The job is gone, or about to be in another class.</summary>
    public void Forget(Job job)
    {
        if (job.Class is not { } old)
        {
            return;
        }

        old.Leave(job);
        job.Class = null!;
        if (--old.Members == 0)
        {
            _jobClasses.Remove(old.Key);
            LeaveLane(old);
        }
    }

    /// <summary>The job wants places.</summary>
    /// <returns>False when it was in line already.</returns>
    public bool Enter(Job job)
    {
        if (!job.Class.Enter(job))
        {
            return false;
        }

        Wake(job.Class);
        return true;
    }

    public void Wake(JobClass its)
    {
        if (!its.IsWoken)
        {
            its.IsWoken = true;
            Woken.Add(its);
        }
    }

    /// <summary>What keeps jobs waiting may have changed for all of them.</summary>
    public void WakeAll()
    {
        foreach (var lane in Lanes)
        {
            Wake(lane);
        }
    }

    public void Wake(Lane lane)
    {
        foreach (var its in lane.Classes)
        {
            Wake(its);
        }
    }

    /// <summary>All lanes, those that stand nearest to the hosts first.</summary>
    public IReadOnlyList<RankedLane> LanesOf(HostClass hosts)
    {
        if (hosts.LanesVersion != _lanesVersion)
        {
            hosts.LanesVersion = _lanesVersion;
            hosts.Lanes.Clear();
            hosts.Lanes.AddRange(Lanes.Select(lane => new RankedLane(rules.Rank(lane.Sample, hosts), lane)));
            hosts.Lanes.Sort((x, y) => x.Rank.CompareTo(y.Rank));
        }

        return hosts.Lanes;
    }

    /// <summary>What a host is, or what is free there, changed.</summary>
    public void Move(Worker worker)
    {
        if (!worker.IsMoved)
        {
            worker.IsMoved = true;
            Moved.Enqueue(worker);
        }

        if (!worker.IsMisplaced)
        {
            worker.IsMisplaced = true;
            _misplaced.Add(worker);
        }
    }

    /// <summary>Puts every host that moved where it belongs now. Those that did not move since are not looked at again, however long they wait in <see cref="Moved"/>.</summary>
    public void RefreshMoved()
    {
        foreach (var worker in _misplaced)
        {
            worker.IsMisplaced = false;
            Refresh(worker);
        }

        _misplaced.Clear();
    }

    /// <summary>A host says otherwise of itself: it may belong to another class.</summary>
    public void Reclassify(Worker worker)
    {
        _stale.Add(worker);
        Move(worker);
    }

    /// <summary>What jobs ask for of that which heartbeats change, load and free memory and swap, as it is there now: a host for which it is the same as before is not looked at again.</summary>
    public IReadOnlyList<ExpressionValue> AskedOfVitals(Worker worker) => [.. _mentionedOfVitals.Select(operand => HostOperands.Find(worker, operand))];

    public void Remove(Worker worker)
    {
        foreach (var instance in worker.Instances)
        {
            worker.Class?.Running.Remove(instance);
        }

        Unplace(worker);
        LeaveClass(worker);
        _stale.Remove(worker);
    }

    /// <summary>Puts the host where it belongs now.</summary>
    public void Refresh(Worker worker)
    {
        if (_stale.Remove(worker))
        {
            Unplace(worker);
            JoinClass(worker);
        }

        var free = worker.CanTake ? worker.SlotsFree : -1;
        if (free == worker.FreeAt)
        {
            return;
        }

        Unplace(worker);
        if (free >= 0)
        {
            worker.Class.Put(worker, free);
            worker.FreeAt = free;
        }
    }

    /// <summary>Brings every host to its class where a job asks for what no job asked for before. To be called before a turn's dispatch.</summary>
    public void RefreshClasses(IEnumerable<Worker> workers)
    {
        if (!_isAllStale)
        {
            return;
        }

        _isAllStale = false;
        foreach (var worker in workers)
        {
            Reclassify(worker);
        }
    }

    /// <summary>Whether hosts of one class may run jobs of the other, and their distance.</summary>
    public ClassMatch Match(JobClass jobs, HostClass hosts)
    {
        var matches = jobs.Matches;
        while (matches.Count <= hosts.Index)
        {
            matches.Add(default);
        }

        var found = matches[hosts.Index];
        if (!found.IsKnown)
        {
            matches[hosts.Index] = found = rules.Match(jobs, hosts);
        }

        return found;
    }

    private void JoinLane(JobClass its)
    {
        var key = LaneKey.Of(its.Key);
        if (!_lanes.TryGetValue(key, out var lane))
        {
            _lanes[key] = lane = new Lane(key, its);
            _lanesVersion++;
        }

        lane.Members++;
        its.Lane = lane;
    }

    private void LeaveLane(JobClass its)
    {
        if (--its.Lane.Members == 0)
        {
            _lanes.Remove(its.Lane.Key);
            _lanesVersion++;
        }
    }

    /// <summary>What these jobs ask for tells hosts apart from now on: operands of their requirements, and how much there is of what they reserve.</summary>
    private void Mention(JobClass jobs)
    {
        var reserved = jobs.Reservations.Others.Where(demand => demand.Class is ResourceClass.Host or ResourceClass.Scoped).Select(demand => HostOperands.TotalOf(demand.Name));
        foreach (var operand in (jobs.Requirement?.Operands ?? []).Concat(reserved))
        {
            if (HostOperands.IsOne(operand) && !HostOperands.IsOfHostAlone(operand) && _mentioned.Add(operand))
            {
                _isAllStale = true;
            }
            else if (HostOperands.IsOfVitals(operand))
            {
                _mentionedOfVitals.Add(operand);
            }
        }
    }

    private void JoinClass(Worker worker)
    {
        var running = worker.Instances.Where(instance => instance.IsPlaced).ToList();
        if (worker.Class is { } before)
        {
            running.ForEach(instance => before.Running.Remove(instance));
        }

        LeaveClass(worker);
        var key = HostClass.KeyOf(worker, _mentioned);
        if (!_hostClasses.TryGetValue(key, out var found))
        {
            var index = _byIndex.IndexOf(null);
            index = index < 0 ? _byIndex.Count : index;
            found = new HostClass(index, key, worker);
            if (index == _byIndex.Count)
            {
                _byIndex.Add(found);
            }
            else
            {
                _byIndex[index] = found;
            }

            _hostClasses.Add(key, found);
        }

        found.Members.Add(worker);
        found.Sample = worker;
        worker.Class = found;
        foreach (var instance in running)
        {
            instance.PlacedBy = instance.PlacedBy with { Rank = Match(instance.Job.Class, found).Rank };
            found.Running.Add(instance);
        }

        worker.ClassedName = worker.Name;
        if (!_byName.TryGetValue(worker.Name, out var named))
        {
            _byName[worker.Name] = named = new SortedSet<Worker>(HostClass.ByNumber);
        }

        named.Add(worker);
    }

    private void LeaveClass(Worker worker)
    {
        if (worker.Class is not { } old)
        {
            return;
        }

        old.Members.Remove(worker);
        worker.Class = null!;
        if (_byName.TryGetValue(worker.ClassedName, out var named) && named.Remove(worker) && named.Count == 0)
        {
            _byName.Remove(worker.ClassedName);
        }

        if (old.Members.Count > 0)
        {
            old.Sample = old.Sample == worker ? old.Members.First() : old.Sample;
            return;
        }

        _hostClasses.Remove(old.Key);
        _byIndex[old.Index] = null;
        foreach (var jobs in _jobClasses.Values)
        {
            if (jobs.Matches.Count > old.Index)
            {
                jobs.Matches[old.Index] = default;
            }
        }
    }

    private static void Unplace(Worker worker)
    {
        if (worker.FreeAt >= 0)
        {
            worker.Class.Take(worker, worker.FreeAt);
            worker.FreeAt = -1;
        }
    }
}
