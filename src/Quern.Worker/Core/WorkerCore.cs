using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>
/// The worker's decisions. Synchronous: no clock, socket or task; inputs go in by the methods, and what follows from them is taken out by
/// <see cref="TakeMessages"/> and <see cref="TakeNotes"/> and read from the properties. Not thread-safe; the worker's loop owns it, and the
/// run host with it. The simulation drives the same object.
/// <code>
///   away ──Connected──> greeting (Hello sent) ──Welcome──> serving ──Disconnected──> away
///   serving: a run's reports begin at the position the supervisor acknowledged on this connection (0 for a run begun on it)
///   any ──StopRequested──> stopping: no new runs; finished when the runs are over and delivered (or delivery took too long)
/// </code>
/// </summary>
internal sealed partial class WorkerCore
{
    /// <summary>What ended runs have to say is waited for this long when the worker stops.</summary>
    internal const long DeliveryMs = 10_000;

    /// <summary>Grace of a run that an earlier worker started: what the supervisor gives where nobody says otherwise.</summary>
    private const int UnknownGraceSeconds = 30;

    /// <summary>On top of the grace: what the kernel does not let go of must not hold the worker for ever.</summary>
    private const long StuckMs = 30_000;

    private readonly IRunHost _runs;
    private readonly WorkerFacts _facts;
    private readonly Dictionary<RunKey, RunState> _held = [];
    private readonly List<Wire.WorkerMessage> _messages = [];
    private readonly List<WorkerNote> _notes = [];

    private WorkerSettings _settings;
    private Wire.Hello? _told;
    private int _settingsVersion;
    private StopKind? _stop;
    private long _nextHeartbeat;
    private long? _deliverUntil;
    private WorkerVitals _vitals = WorkerVitals.Unknown;
    private JobTypes _types = JobTypes.None;

    /// <summary>As the last look at the machine found it; null where it cannot tell.</summary>
    public int? IdleMinutes => _vitals.IdleMinutes;

    private bool _isReopening;
    private long _stuckAt = long.MaxValue;

    public WorkerCore(IRunHost runs, WorkerFacts facts, WorkerSettings settings)
    {
        _runs = runs;
        _facts = facts;
        _settings = settings;
        foreach (var run in runs.Recover())
        {
            _held.Add(run.Key, new RunState(run.Key) { Account = run.Account, IsEnded = run.Ended, KillGraceSeconds = UnknownGraceSeconds });
            Note($"{run.Key} is {(run.Ended ? "over, its journal is not delivered yet" : "taken back")}");
        }
    }

    public bool IsConnected { get; private set; }

    /// <summary>Welcomed on the present connection.</summary>
    public bool IsServing { get; private set; }

    /// <summary>The present connection should be closed and opened anew, to say what has changed about this worker.</summary>
    public bool WantsReconnect { get; private set; }

    /// <summary>Number the supervisor knows this worker by; 0 before the first welcome.</summary>
    public int WorkerId { get; private set; }

    /// <summary>The supervisor's last word, when it does not want this worker as it is: its sentence. Null otherwise.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Nothing is left to do: the program ends.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>What ended runs have to say can still be heard: connected, or about to be again.</summary>
    private bool IsDeliveryExpected => IsServing || _isReopening;

    public bool IsDraining => _stop is not null || _yield is not null;

    public WorkerSettings Settings => _settings;

    /// <summary>Every run that is here, for the status page.</summary>
    public IReadOnlyCollection<RunState> Held => _held.Values;

    /// <summary>The moment at which <see cref="Tick"/> has something to do; null = none.</summary>
    public long? NextDue
    {
        get
        {
            if (_stop is not null && _deliverUntil is null && !HasLiving())
            {
                return IsFinished ? null : 0;
            }

            var due = IsServing ? _nextHeartbeat : long.MaxValue;
            due = Math.Min(due, HasToReport ? _nextReport : long.MaxValue);
            due = Math.Min(due, Math.Min(_deliverUntil ?? long.MaxValue, _stuckAt));
            return due == long.MaxValue || IsFinished ? null : due;
        }
    }

    /// <summary>What is to be sent on the present connection, in order.</summary>
    public IReadOnlyList<Wire.WorkerMessage> TakeMessages()
    {
        if (_messages.Count == 0)
        {
            return [];
        }

        var taken = _messages.ToArray();
        _messages.Clear();
        return taken;
    }

    public IReadOnlyList<WorkerNote> TakeNotes()
    {
        if (_notes.Count == 0)
        {
            return [];
        }

        var taken = _notes.ToArray();
        _notes.Clear();
        return taken;
    }

    /// <summary>A connection is open.</summary>
    public void Connected()
    {
        IsConnected = true;
        IsServing = false;
        WantsReconnect = false;
        _messages.Clear();
        _inFlight = 0;
        _unread.Clear();
        _told = Describe();
        var hello = _told.Clone();
        hello.Vitals = LinkRecords.Heartbeat(_vitals);
        foreach (var state in _held.Values.ToList())
        {
            if (_runs.Find(state.Key) is not { } run)
            {
                _held.Remove(state.Key);
                continue;
            }

            state.IsEnded = run.Ended;
            state.StartConnection(run.Held);
            hello.Held.Add(LinkRecords.Held(run));
        }

        _messages.Add(new Wire.WorkerMessage { Hello = hello });
    }

    /// <summary>The connection is gone; what was sent and not acknowledged is sent again on the next.</summary>
    public void Disconnected()
    {
        IsConnected = false;
        IsServing = false;
        _messages.Clear();
        _inFlight = 0;
        _unread.Clear();
        CheckFinished();
    }

    /// <summary>The run host has news. <paramref name="now"/> in monotonic milliseconds.</summary>
    public void RunsChanged(long now)
    {
        foreach (var key in _runs.TakeChanged())
        {
            if (_held.TryGetValue(key, out var state))
            {
                var run = _runs.Find(key);
                state.IsEnded = run is not { Ended: false };
                NoteWant(state, run);
                MarkUnread(state);
            }
        }

        SendReports(now);
        CheckFinished();
    }

    /// <summary>The machine was looked at. A trouble that comes or goes is said at once, and so is a person who comes back to the machine.</summary>
    public void Observed(WorkerVitals vitals)
    {
        var before = _vitals;
        _vitals = vitals;
        foreach (var trouble in vitals.Troubles.Except(before.Troubles))
        {
            Warn($"takes no new runs: {trouble}");
        }

        if (before.Troubles.Count > 0 && vitals.Troubles.Count == 0)
        {
            Note("is well again and takes runs");
        }

        if (!before.Troubles.SequenceEqual(vitals.Troubles) || vitals.IdleMinutes < before.IdleMinutes)
        {
            _nextHeartbeat = 0;
        }
    }

    /// <summary>The folders of job types were looked at. What is new there is told to the supervisor; runs that are here keep what they were started with.</summary>
    public void JobTypesFound(JobTypes types)
    {
        foreach (var problem in types.Problems.Except(_types.Problems))
        {
            Warn(problem);
        }

        _types = types;
        if (IsConnected)
        {
            TellChanges();
        }
    }

    /// <summary>Time has passed: <paramref name="now"/> in monotonic milliseconds.</summary>
    public void Tick(long now)
    {
        SendReports(now);
        if (IsServing && now >= _nextHeartbeat)
        {
            _nextHeartbeat = now + _settings.HeartbeatSeconds * 1000L;
            _messages.Add(new Wire.WorkerMessage { Heartbeat = LinkRecords.Heartbeat(_vitals) });
        }

        if (_stop is null)
        {
            WatchYield(now);
            return;
        }

        if (now >= _stuckAt)
        {
            Warn("some processes could not be ended in time; what they are is in the log above");
            IsFinished = true;
            return;
        }

        if (HasLiving())
        {
            return;
        }

        _deliverUntil ??= now + DeliveryMs;
        if (now >= _deliverUntil)
        {
            Warn("the supervisor has not acknowledged everything: the journals stay here and are delivered by the next start");
            IsFinished = true;
        }
    }

    /// <summary>The local settings were read anew; they hold for the runs that start from now on.</summary>
    public void LocalSettingsChanged(WorkerSettings settings)
    {
        _settings = settings with { Central = _settings.Central };
        Note("settings read again: they hold for new runs");
        if (IsConnected)
        {
            TellChanges();
        }
    }

    /// <summary>The worker is told to stop. A stronger word overrides a weaker one; a weaker one after it changes nothing.</summary>
    public void StopRequested(StopKind kind, long now)
    {
        if (_stop == StopKind.Kill || (_stop == kind))
        {
            return;
        }

        _isUrgent = true;

        switch (kind)
        {
            case StopKind.Restart:
                Note($"stopping; {Runs(CountLiving())} live on and wait {_settings.ReadoptSeconds} s for the next worker");
                IsFinished = true;
                break;
            case StopKind.Drain:
                _stop = kind;
                Note($"draining: no new runs, {Runs(CountLiving())} to finish");
                Reopen();
                CheckFinished();
                break;
            case StopKind.Kill:
                _stop = kind;
                KillAll(now);

                // Without this word the supervisor would give the freed slots away again, to be refused, for as long as the worker ends.
                Reopen();
                CheckFinished();
                break;
        }
    }

    private static string Runs(int count) => count == 1 ? "1 run" : $"{count} runs";

    private void KillAll(long now)
    {
        Note($"stopping: {Runs(CountLiving())} to end");
        EndAll("the worker was told to stop", now);
    }

    /// <summary>Ends every run on the worker's account: no retry is counted.</summary>
    private void EndAll(string reason, long now)
    {
        var grace = 0L;
        foreach (var state in _held.Values.Where(state => !state.IsEnded))
        {
            grace = Math.Max(grace, state.KillGraceSeconds);
            _runs.Order(state.Key, new KillRun(reason, WorkerStopping: true));
        }

        _stuckAt = now + grace * 1000 + StuckMs;
    }

    /// <summary>Stopping ends when the runs are over and heard; without a connection what they have to say stays in their journals.</summary>
    private void CheckFinished()
    {
        if (_stop is null || IsFinished || HasLiving())
        {
            return;
        }

        if (!HasUndelivered() || !IsDeliveryExpected)
        {
            IsFinished = true;
        }
    }

    private void Reopen() => WantsReconnect = _isReopening = IsConnected;

    private bool HasLiving() => _held.Values.Any(state => !state.IsEnded);

    private int CountLiving() => _held.Values.Count(state => !state.IsEnded);

    private bool HasUndelivered() =>
        _held.Values.Any(state => !state.IsPositioned || (_runs.Find(state.Key) is { } run && run.JournalEnd > state.Acknowledged));

    private Wire.Hello Describe()
    {
        var hello = DescribeFixed();
        hello.Properties.Add(_facts.Properties.ToDictionary(pair => pair.Key, pair => pair.Value));
        hello.Properties["flags"] = _settings.Text("worker_flags");
        HostTexts.AddProperties(hello.Properties, _settings.List("worker_properties"));
        HostTexts.AddResources(hello.Resources, _settings.List("worker_resources"));
        if (_yield is not null)
        {
            hello.Properties["yields_to"] = _yieldsTo;
        }

        return hello;
    }

    private Wire.Hello DescribeFixed() => new()
    {
        Protocol = Wire.LinkLimits.Version,
        Name = _facts.Name,
        Version = _facts.Version,
        Slots = _settings.Slots(_facts.Cores),
        Mode = _facts.Mode switch { WorkerMode.Service => "service", WorkerMode.Desktop => "desktop" },
        ProxyMode = LaunchPlan.ProxyMode(_facts, _settings),
        Account = _facts.Mode == WorkerMode.Desktop ? _facts.Owner : _settings.ProxyAccount,
        Os = _facts.Os,
        Address = _facts.Address,
        Cores = _facts.Cores,
        MemoryBytes = _facts.MemoryBytes,
        SwapBytes = _facts.SwapBytes,
        BootId = _facts.BootId,
        SealingKey = _facts.NeedsPasswords ? _facts.SealingKey : "",
        Draining = IsDraining,
        Cluster = _settings.Text("worker_cluster"),
        Groups = { _settings.List("worker_groups") },
        Restrictions = _settings.Text("worker_restrictions"),
        JobTypes = _types.Told(_settings),
        Local = { _settings.Told() },
    };

    private void Note(string text) => _notes.Add(new WorkerNote(false, text));

    private void Warn(string text) => _notes.Add(new WorkerNote(true, text));
}
