using Quern.Execution.Runs;

namespace Quern.Proxy;

/// <summary>
/// Standing still, time limits too. Where the worker does it (a control group, with this proxy in it), it waits until the journal says that the proxy knows.
/// </summary>
internal sealed partial class RunServer
{
    private void Suspend()
    {
        if (_end is not null)
        {
            return;
        }

        if (_suspendedMs == 0)
        {
            _suspendedMs = Clock.Ms;
            _system.Suspend();
        }

        _journal.Append(new RunSuspended(true));
    }

    private void Resume()
    {
        if (_suspendedMs == 0)
        {
            return;
        }

        var stood = Clock.Ms - _suspendedMs;
        _suspendedMs = 0;
        _runLimit.Postpone(stood);
        _itemLimit.Postpone(stood);
        _checkLimit.Postpone(stood);
        _leaveLimit.Postpone(stood);
        _waitLimit.Postpone(stood);
        _grace.Postpone(stood);
        _system.Resume();
        _journal.Append(new RunSuspended(false));
        StartNext();
    }
}
