namespace Quern.Worker.Core;

/// <summary>What happens to a service worker's runs when its host passes to the desktop worker.</summary>
internal enum YieldKind
{
    /// <summary>No new items; those that run end first.</summary>
    Finish,

    /// <summary>They are ended at once and go back to the queue; no retry is counted.</summary>
    Move,
}

/// <summary>
/// Dual mode, the service worker's side: it takes nothing new, sees its runs to their end, has everything acknowledged, and then has nothing to say: the loop may
/// close the link. Unlike a stop it waits for a supervisor that is away, because what is not delivered would run again.
/// <code>
///   serving ──YieldRequested──> yielding (Hello draining) ──nothing held, all acknowledged──> has yielded ──TakenBack──> serving
///                                   └────────────────────────────────TakenBack───────────────────────────────────────────┘
/// </code>
/// </summary>
internal sealed partial class WorkerCore
{
    private YieldKind? _yield;
    private string _yieldsTo = "";

    /// <summary>Nothing of the supervisor's is here any more, and as it was welcomed after it had said that it takes no more, no order to start anything is on its way.</summary>
    public bool HasYielded => _yield is not null && _stop is null && _held.Count == 0 && IsServing && _told is { Draining: true };

    /// <summary>The host is to pass to a person's desktop worker. Finishing can become moving; the other way round changes nothing.</summary>
    public void YieldRequested(YieldKind kind, string person, long now)
    {
        if (_stop is not null || _yield == kind || _yield == YieldKind.Move)
        {
            return;
        }

        _yield = kind;
        _yieldsTo = person;
        _isUrgent = true;
        Note($"yields to the desktop worker of {person}: no new runs, {Runs(CountLiving())} to {(kind == YieldKind.Finish ? "finish" : "end and go back to the queue")}");
        if (kind == YieldKind.Move)
        {
            EndAll($"{_facts.Name} passes to the desktop worker of {person}", now);
        }

        Reopen();
    }

    /// <summary>The host is this worker's again, whether it had passed or not.</summary>
    public void TakenBack()
    {
        if (_yield is null)
        {
            return;
        }

        _yield = null;
        _stuckAt = _stop is null ? long.MaxValue : _stuckAt;
        Note($"serves again; the desktop worker of {_yieldsTo} does not have the host");
        if (IsConnected)
        {
            TellChanges();
        }
    }

    private void WatchYield(long now)
    {
        if (now >= _stuckAt)
        {
            _stuckAt = long.MaxValue;
            Warn($"some processes could not be ended in time; {_facts.Name} passes to the desktop worker of {_yieldsTo} when they are gone");
        }
    }
}
