using Quern.Execution.Control;
using Quern.Execution.Journal;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>
/// The writing end of the run's journal. Records gather in memory and leave with one write, followed by one small message to the worker. The descriptor
/// was opened for appending before the drop, so every write is whole records at the end.
/// </summary>
internal sealed unsafe class JournalSink(int journal, int control)
{
    private const int FlushBytes = 128 * 1024;
    private readonly WireWriter _pending = new(4096);
    private readonly WireWriter _notice = new(32);
    private long _written;

    /// <summary>Socket to tell; -1 while there is no worker.</summary>
    internal int Control { get; set; } = control;

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

        fixed (byte* start = _pending.Written)
        {
            nint done = 0;
            while (done < _pending.Length)
            {
                var count = LibC.write(journal, start + done, (nuint)(_pending.Length - done));
                if (count <= 0 && Errno.Last != Errno.EINTR)
                {
                    IsBroken = true;
                    return false;
                }

                done += Math.Max(count, 0);
            }
        }

        _written += _pending.Length;
        _pending.Clear();
        Notify();
        return true;
    }

    /// <summary>Says that the journal grew. A full socket is no loss: the worker has older messages to read and then looks at the file.</summary>
    internal void Notify()
    {
        if (Control < 0)
        {
            return;
        }

        _notice.Clear();
        var begin = Frames.Begin(_notice, FrameKind.Journal);
        _notice.Long(_written);
        Frames.Finish(_notice, begin);
        fixed (byte* start = _notice.Written)
        {
            _ = LibC.send(Control, start, (nuint)_notice.Length, LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
        }
    }
}
