using Quern.Execution.Commands;
using Quern.Execution.Control;
using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>Orders of the worker, and its absence.</summary>
internal sealed partial class RunServer
{
    /// <summary>Between TERM and KILL when a desktop worker ends with its session.</summary>
    private const int LogoutGraceSeconds = 3;

    private void ReadOrders()
    {
        var isOpen = _line.Read();
        ObeyReceived();
        if (!isOpen && !_isDone)
        {
            Lost();
        }
    }

    private void ObeyReceived()
    {
        while (!_isDone && _line.TryTake(out var kind, out var order))
        {
            if (kind == FrameKind.Welcome)
            {
                _line.Welcomed();
                _journal.IsHeard = true;
                _journal.Notify();
            }
            else if (order is not null)
            {
                Obey(order);
            }
        }
    }

    private void Obey(RunOrder order)
    {
        switch (order)
        {
            case GrantItems grant:
                if (_end is null)
                {
                    _held.Add(grant.Items);
                    StartNext();
                }
                else
                {
                    // The grant and the end crossed: what never starts is given back.
                    foreach (var item in grant.Items.Where(_held.IsNew))
                    {
                        _journal.Append(new RunItemReleased(item.Item, item.Attempt));
                    }
                }

                break;
            case RecallItems recall:
                foreach (var (item, attempt) in recall.Items)
                {
                    Release(item, attempt);
                }

                break;
            case FinishRun finish:
                _isFinishing = true;
                _next = finish.Next;
                LimitRest();
                StartNext();
                break;
            case SuspendRun:
                Suspend();
                break;
            case ResumeRun:
                Resume();
                break;
            case ResizeRun resize:
                _granted = [$"{FarmVariables.Slots}={resize.Slots}", $"{FarmVariables.Allocations}={resize.Allocations}"];
                break;
            case KillRun kill:
                EndRun(kill.WorkerStopping ? RunEndCause.WorkerStopped : RunEndCause.Killed, kill.Reason, GraceOf(kill));
                break;
            case KillItem kill when _running?.Work.Item is { } item && item.Item == kill.Item && item.Attempt == kill.Attempt:
                StopRunning(ItemEndCause.Stopped, kill.Reason, _launch.KillGraceSeconds);
                break;
            case KillItem kill when _work?.Item is { } item && item.Item == kill.Item && item.Attempt == kill.Attempt:
                // It stands still between two of its steps.
                (_work.Cause, _work.Text) = (ItemEndCause.Stopped, kill.Reason);
                _work.Abandon();
                Resume();
                break;
            case KillItem kill:
                Release(kill.Item, kill.Attempt);
                break;
            default:
                break;
        }
    }

    private void Release(int item, int attempt)
    {
        if (_held.Remove(item, attempt))
        {
            _journal.Append(new RunItemReleased(item, attempt));
        }
    }

    private void Lost()
    {
        _line.Close();
        _journal.IsHeard = false;
        if (!_line.CanKnock)
        {
            EndRun(RunEndCause.WorkerStopped, "the worker ended", 0);
            return;
        }

        _line.BeginKnocking();
    }

    private void CheckLine()
    {
        if (_line.IsGivenUp)
        {
            _line.StopKnocking();
            EndRun(RunEndCause.WorkerStopped, $"no worker took the run back within {_launch.ReadoptSeconds} s", _launch.KillGraceSeconds);
        }
        else if (_line.IsKnockDue)
        {
            _line.Knock(_held.All);
        }
    }

    /// <summary>At logout the session goes away under what runs: it has no time to give.</summary>
    private int GraceOf(KillRun kill) =>
        kill.WorkerStopping && _launch.IsDesktop ? Math.Min(LogoutGraceSeconds, _launch.KillGraceSeconds) : _launch.KillGraceSeconds;
}
