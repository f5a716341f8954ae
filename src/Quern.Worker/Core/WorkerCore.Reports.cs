using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>
/// Journals on their way to the supervisor. Few messages are in flight, and each takes whatever has gathered: an idle worker's report leaves at once,
/// a busy one's batches grow by themselves. What need not be known at once (another short item of many is over, a line was printed) gathers for
/// <see cref="PaceMs"/>, because a message and the commit it leads to cost the supervisor about as much as fifty facts in it.
/// </summary>
internal sealed partial class WorkerCore
{
    /// <summary>
    /// Reports in flight and not counted. One: while a commit is under way the next report gathers, so that a busy worker costs the supervisor one
    /// message a commit; runs hold items ahead, so nothing waits for it.
    /// </summary>
    internal const int MostInFlight = 1;

    /// <summary>
    /// Between a report and the next, unless a run ended or is about to want items, or there is a messageful. Far below the work that runs hold
    /// ahead (300 ms), and less than a person sees.
    /// </summary>
    internal const long PaceMs = 100;

    /// <summary>About how much one message gathers.</summary>
    internal const int BatchBytes = 256 * 1024;

    private const int LeastShare = 16 * 1024;

    /// <summary>Room in a message for what is not facts.</summary>
    private const int MessageSlack = 64 * 1024;

    private readonly Queue<RunState> _unread = new();
    private int _inFlight;
    private long _nextReport;
    private bool _isUrgent;

    /// <summary>The supervisor knows what progress is.</summary>
    private bool _isProgressHeard;

    private bool HasToReport => IsConnected && _inFlight < MostInFlight && _unread.Count > 0;

    /// <summary>A run that ended, or came down to its last item or to none, must be heard of before it stands still.</summary>
    private void NoteWant(RunState state, HeldRun? run)
    {
        var left = run?.Left ?? 0;
        _isUrgent |= state.IsEnded || (left <= 1 && left != state.Left);
        state.Left = left;
    }

    private void MarkUnread(RunState state)
    {
        if (IsConnected && state.IsPositioned && !state.IsQueued)
        {
            state.IsQueued = true;
            _unread.Enqueue(state);
        }
    }

    private void SendReports(long now)
    {
        while (HasToReport && (_isUrgent || now >= _nextReport))
        {
            SendBatch(now);
        }
    }

    private void SendBatch(long now)
    {
        var message = new Wire.Reports();
        var batch = new Batch();
        var left = BatchBytes;

        // A run that prints much leaves room for the others.
        var share = Math.Max(BatchBytes / Math.Max(1, _unread.Count), LeastShare);
        for (var runs = _unread.Count; runs > 0 && left > 0; runs--)
        {
            var state = _unread.Dequeue();
            state.IsQueued = false;
            if (!_held.ContainsKey(state.Key))
            {
                continue;
            }

            var from = state.Sent;
            var records = _runs.Read(state.Key, from, Math.Min(left, share));
            if (records.Count == 0)
            {
                continue;
            }

            left = Add(state, from, records, left, ref message, ref batch);
            if (_runs.Find(state.Key) is { } run && run.JournalEnd > state.Sent)
            {
                MarkUnread(state);
            }
        }

        if (Close(message, batch))
        {
            _isUrgent = false;
            _nextReport = _unread.Count > 0 ? now : now + PaceMs;
        }
    }

    private int Add(RunState state, long from, IReadOnlyList<JournalRecord> records, int left, ref Wire.Reports message, ref Batch batch)
    {
        var report = new Wire.Report { Key = LinkRecords.Key(state.Key), From = from };
        foreach (var record in records)
        {
            if (record.Body is RunProgress && !_isProgressHeard)
            {
                state.Read(record);
                continue;
            }

            var fact = LinkRecords.Fact(record);
            var size = fact.CalculateSize() + 8;
            if (BatchBytes - left + size > Wire.LinkLimits.MessageBytes - MessageSlack)
            {
                if (report.Facts.Count > 0)
                {
                    message.Reports_.Add(report);
                    state.SentIn(batch);
                }

                Close(message, batch);
                (message, batch, left) = (new Wire.Reports(), new Batch(), BatchBytes);
                report = new Wire.Report { Key = report.Key, From = state.Sent };
            }

            report.Facts.Add(fact);
            state.Read(record);
            left -= size;
        }

        message.Reports_.Add(report);
        state.SentIn(batch);
        return left;
    }

    /// <returns>False: there was nothing to send.</returns>
    private bool Close(Wire.Reports message, Batch batch)
    {
        if (batch.Open == 0)
        {
            return false;
        }

        _inFlight++;
        _messages.Add(new Wire.WorkerMessage { Reports = message });
        return true;
    }
}
