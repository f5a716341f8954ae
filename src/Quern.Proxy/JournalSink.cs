using Quern.Execution.Control;
using Quern.Execution.Journal;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>
/// The writing end of the run's journal. Records gather in memory and leave with one write, followed by one small message to the worker. The file
/// was opened for appending by the worker, so every write is whole records at the end.
/// </summary>
internal sealed class JournalSink(IWorkerEnd worker)
{
    private const int FlushBytes = 128 * 1024;
    private readonly WireWriter _pending = new(4096);
    private readonly WireWriter _notice = new(32);
    private long _written;

    /// <summary>There is a worker to tell.</summary>
    internal bool IsHeard { get; set; } = true;

    /// <summary>A write failed: the disk is full or gone. Nothing more can be recorded.</summary>
    internal bool IsBroken { get; private set; }

    internal void Append(JournalBody body) => JournalCodec.Write(_pending, Clock.UnixMs, body);

    internal void AppendOutput(int item, int attempt, bool isError, ReadOnlySpan<byte> data)
    {
        JournalCodec.WriteOutput(_pending, Clock.UnixMs, item, attempt, isError, data);
        if (_pending.Length >= FlushBytes)
        {
            Flush();
        }
    }

    /// <summary>Writes what is pending and tells the worker. False when it cannot be written.</summary>
    internal bool Flush()
    {
        if (_pending.Length == 0 || IsBroken)
        {
            return !IsBroken;
        }

        if (!worker.Append(_pending.Written))
        {
            IsBroken = true;
            return false;
        }

        _written += _pending.Length;
        _pending.Clear();
        Notify();
        return true;
    }

    /// <summary>Says that the journal grew. A message that is lost is no harm: the worker has older ones to read and then looks at the file.</summary>
    internal void Notify()
    {
        if (!IsHeard)
        {
            return;
        }

        _notice.Clear();
        var begin = Frames.Begin(_notice, FrameKind.Journal);
        _notice.Long(_written);
        Frames.Finish(_notice, begin);
        worker.Notify(_notice.Written);
    }
}
