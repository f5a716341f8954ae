using Quern.Execution.Runs;

namespace Quern.Worker.Core;

/// <summary>What the worker's core knows of one run that is here. Positions are of the present connection; the journal itself is the run host's.</summary>
internal sealed class RunState(RunKey key)
{
    private readonly HashSet<(int Item, int Attempt)> _granted = [];
    private readonly Queue<(long Position, int Item, int Attempt)> _ended = new();
    private readonly Queue<(long Position, Batch Batch)> _unacknowledged = new();

    public RunKey Key { get; } = key;

    /// <summary>Slots the job asked for; 1 for a run found at start, until the supervisor repeats its start.</summary>
    public int Slots { get; set; } = 1;

    public int KillGraceSeconds { get; set; }

    /// <summary>The account it was started as; empty for one that was never started.</summary>
    public string Account { get; set; } = "";

    /// <summary>The last record is written and no process is left.</summary>
    public bool IsEnded { get; set; }

    /// <summary>The last record has been read: the supervisor may give the slot away before the last process is gone.</summary>
    public bool IsEndRead { get; private set; }

    /// <summary>The supervisor has said on this connection how far it has this run. Nothing is sent before.</summary>
    public bool IsPositioned { get; private set; }

    /// <summary>Waits in the queue of runs that may have something to send.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Items it held when last looked at; -1 before.</summary>
    public int Left { get; set; } = -1;

    /// <summary>Everything before this is sent on this connection.</summary>
    public long Sent { get; private set; }

    /// <summary>Everything before this is durable at the supervisor.</summary>
    public long Acknowledged { get; private set; }

    public bool OccupiesSlots => !IsEnded && !IsEndRead;

    public void StartConnection(IReadOnlyList<ItemLease> held)
    {
        IsPositioned = false;
        IsQueued = false;
        _unacknowledged.Clear();
        _ended.Clear();
        _granted.Clear();
        foreach (var lease in held)
        {
            _granted.Add((lease.Item, lease.Attempt));
        }
    }

    public void Position(long position)
    {
        IsPositioned = true;
        Sent = position;
        Acknowledged = position;
    }

    /// <summary>False: this attempt is already here, or was and its end is on its way to the supervisor.</summary>
    public bool Grant(ItemLease lease) => _granted.Add((lease.Item, lease.Attempt));

    /// <summary>Notes what a record that is now being sent means for what is granted.</summary>
    public void Read(JournalRecord record)
    {
        Sent = record.Position;
        switch (record.Body)
        {
            case RunItemEnded ended:
                _ended.Enqueue((record.Position, ended.Item, ended.Attempt));
                break;
            case RunItemReleased released:
                _ended.Enqueue((record.Position, released.Item, released.Attempt));
                break;
            case RunEnded:
                IsEndRead = true;
                break;
            default:
                break;
        }
    }

    public void SentIn(Batch batch)
    {
        batch.Open++;
        _unacknowledged.Enqueue((Sent, batch));
    }

    /// <summary>Everything before the position is durable; before <paramref name="counted"/> only output may still be on its way to the disk.</summary>
    /// <returns>How many batches are now counted whole.</returns>
    public int Acknowledge(long position, long counted)
    {
        Acknowledged = Math.Max(Acknowledged, position);
        while (_ended.TryPeek(out var end) && end.Position <= counted)
        {
            // The supervisor knows that end: it will not give this attempt again, so it need not be remembered.
            _granted.Remove((end.Item, end.Attempt));
            _ended.Dequeue();
        }

        return CloseBatches(counted);
    }

    /// <summary>The run goes: what was sent of it needs no acknowledgement any more.</summary>
    public int Drop() => CloseBatches(long.MaxValue);

    private int CloseBatches(long position)
    {
        var closed = 0;
        while (_unacknowledged.TryPeek(out var sent) && sent.Position <= position)
        {
            _unacknowledged.Dequeue();
            if (--sent.Batch.Open == 0)
            {
                closed++;
            }
        }

        return closed;
    }
}

/// <summary>One Reports message in flight: open until every run in it is acknowledged.</summary>
internal sealed class Batch
{
    public int Open { get; set; }
}
