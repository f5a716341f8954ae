using Quern.Execution.Control;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>
/// What is said on the line to the worker. When it is lost, the proxy knocks at the worker's socket with growing pauses until it is let in or time is up.
/// </summary>
internal sealed class WorkerLine(LaunchEnvelope envelope, IWorkerEnd worker, FrameInput input)
{
    private const long FirstPauseMs = 50;
    private const long LongestPauseMs = 2000;
    private const long WelcomeMs = 10_000;
    private readonly Deadline _giveUp = new();
    private readonly WireWriter _hello = new();
    private FrameInput _input = input;
    private long _pauseMs;
    private bool _isKnocking;

    /// <summary>False: the run ends with its worker.</summary>
    internal bool CanKnock => envelope.KnockPath.Length > 0;

    internal Deadline Next { get; } = new();

    internal bool IsGivenUp => _giveUp.IsDue;

    internal bool IsKnockDue => Next.IsDue;

    /// <summary>Reads what is there. False when the other side is gone or talks nonsense.</summary>
    internal bool Read()
    {
        while (worker.IsOpen)
        {
            var room = _input.Room();
            var count = worker.Receive(room);
            if (count <= 0)
            {
                return count == 0;
            }

            _input.Added(count);
            if (count < room.Length)
            {
                return true;
            }
        }

        return false;
    }

    internal bool TryTake(out FrameKind kind, out RunOrder? order)
    {
        order = null;
        if (!_input.Next(out kind, out var content))
        {
            return false;
        }

        order = Frames.ReadOrder(kind, content);
        return true;
    }

    internal void Close()
    {
        worker.Close();
        _input = new FrameInput(Frames.MaxToProxy);
    }

    /// <summary>Called each time the line is lost; only the first of them sets when to give up.</summary>
    internal void BeginKnocking()
    {
        if (!_isKnocking)
        {
            _isKnocking = true;
            _pauseMs = FirstPauseMs;
            _giveUp.Set(Math.Max(1, envelope.Launch.ReadoptSeconds) * 1000L);
        }

        Pause();
    }

    internal void StopKnocking()
    {
        Close();
        Next.Clear();
        _giveUp.Clear();
    }

    internal void Welcomed()
    {
        _isKnocking = false;
        Next.Clear();
        _giveUp.Clear();
    }

    internal void Knock(IReadOnlyList<ItemLease> held)
    {
        Close();
        Pause();
        _hello.Clear();
        Frames.WriteHello(_hello, new Hello(envelope.Launch.Key, envelope.Secret, held));
        if (worker.Knock(envelope.KnockPath, _hello.Written))
        {
            Next.Set(WelcomeMs);
        }
    }

    private void Pause()
    {
        // Spread by pid: after a restart all proxies of a machine knock.
        Next.Set(_pauseMs + (Environment.ProcessId % 50));
        _pauseMs = Math.Min(_pauseMs * 2, LongestPauseMs);
    }
}
