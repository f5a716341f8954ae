using System.Diagnostics;
using Quern.Protocol.Link;

namespace Quern.CrowdBench;

/// <summary>A run at a simulated worker: the items it holds and the facts it has not said.</summary>
internal sealed class MemberRun(InstanceKey key)
{
    private const int FactBytes = 24;
    private readonly Queue<ItemLease> _held = new();
    private readonly List<Fact> _facts = [];
    private long _written;
    private int _unsaidEnds;
    private int _sentEnds;
    private bool _isBegun;
    private long? _waitsSince;

    /// <summary>Position of the journal that was said.</summary>
    public long Sent { get; private set; }

    public bool IsFinishing { get; set; }
    public bool IsEnded { get; private set; }

    /// <summary>The end of its item is on the clock.</summary>
    public bool IsTimed { get; set; }

    public int Left => _held.Count;
    public bool HasFacts => _facts.Count > 0;

    public void Hold(IEnumerable<ItemLease> items)
    {
        foreach (var item in items)
        {
            _held.Enqueue(item);
        }
    }

    /// <returns>False: there is none.</returns>
    public bool Begin()
    {
        if (!_isBegun && _held.TryPeek(out var item))
        {
            _isBegun = true;
            Write(new Fact { ItemStarted = new ItemStarted { Item = item.Item, Attempt = item.Attempt, Pid = 2 } });
        }

        return _isBegun;
    }

    public void EndItem() => EndItem(EndCause.Exited);

    /// <summary>Gives back what has not started.</summary>
    public void Release(IEnumerable<ItemLease> items)
    {
        var asked = items.Select(item => (item.Item, item.Attempt)).ToHashSet();
        var kept = new List<ItemLease>();
        foreach (var item in _held)
        {
            if ((_isBegun && kept.Count == 0) || !asked.Contains((item.Item, item.Attempt)))
            {
                kept.Add(item);
            }
            else
            {
                Write(new Fact { Released = new Released { Item = item.Item, Attempt = item.Attempt } });
            }
        }

        _held.Clear();
        Hold(kept);
    }

    public void StopAll()
    {
        Release([.. _held]);
        if (_isBegun)
        {
            EndItem(EndCause.Stopped);
        }
    }

    public void End(InstanceCause cause)
    {
        IsEnded = true;
        Write(new Fact { InstanceEnded = new InstanceEnded { Cause = cause } });
    }

    public void Write(Fact fact)
    {
        _written += FactBytes;
        fact.Position = _written;
        fact.UnixMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        _facts.Add(fact);
    }

    public Report TakeReport()
    {
        var report = new Report { Key = key, From = Sent, Facts = { _facts } };
        _facts.Clear();
        Sent = _written;
        if (_unsaidEnds > 0 && Left <= 1)
        {
            _waitsSince ??= Stopwatch.GetTimestamp();
        }

        (_sentEnds, _unsaidEnds) = (_sentEnds + _unsaidEnds, 0);
        return report;
    }

    /// <summary>Ends that were said since the last call.</summary>
    public int TakeSentEnds()
    {
        var ends = _sentEnds;
        _sentEnds = 0;
        return ends;
    }

    /// <summary>When the end was said that left it one item or none, for which no other was granted yet; null = there is none such.</summary>
    public long? TakeWait()
    {
        var since = _waitsSince;
        _waitsSince = null;
        return since;
    }

    private void EndItem(EndCause cause)
    {
        var item = _held.Dequeue();
        _isBegun = false;
        _unsaidEnds++;
        Write(new Fact { ItemEnded = new ItemEnded { Item = item.Item, Attempt = item.Attempt, Cause = cause, CpuMs = 1, PeakMemoryBytes = 1 << 20 } });
    }
}
