using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>
/// Journals on their way to the supervisor. Few messages are in flight, and each takes whatever has gathered: an idle worker's report leaves at once,
/// a busy one's batches grow by themselves.
/// </summary>
internal sealed partial class WorkerCore
{
    /// <summary>
    /// Reports in flight and not counted. One: while a commit is under way the next report gathers, so that a busy worker costs the supervisor one
    /// message a commit; runs hold items ahead, so nothing waits for it.
    /// </summary>
    internal const int MostInFlight = 1;

    /// <summary>About how much one message gathers.</summary>
    internal const int BatchBytes = 256 * 1024;

    private const int LeastShare = 16 * 1024;

    /// <summary>Room in a message for what is not facts.</summary>
    private const int MessageSlack = 64 * 1024;

    private readonly Queue<RunState> _unread = new();
    private int _inFlight;

    private void MarkUnread(RunState state)
    {
        if (IsConnected && state.IsPositioned && !state.IsQueued)
        {
            state.IsQueued = true;
            _unread.Enqueue(state);
        }
    }

    private void SendReports()
    {
        while (IsConnected && _inFlight < MostInFlight && _unread.Count > 0)
        {
            SendBatch();
        }
    }

    private void SendBatch()
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

            // There may be more behind these; an empty reading takes the run off the queue.
            MarkUnread(state);
            left = Add(state, from, records, left, ref message, ref batch);
        }

        Close(message, batch);
    }

    private int Add(RunState state, long from, IReadOnlyList<JournalRecord> records, int left, ref Wire.Reports message, ref Batch batch)
    {
        var report = new Wire.Report { Key = LinkRecords.Key(state.Key), From = from };
        foreach (var record in records)
        {
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

    private void Close(Wire.Reports message, Batch batch)
    {
        if (batch.Open > 0)
        {
            _inFlight++;
            _messages.Add(new Wire.WorkerMessage { Reports = message });
        }
    }
}
