using System.Globalization;
using System.Text;
using Quern.Execution.Runs;

namespace Quern.Simulation;

/// <summary>
/// A run on a machine: its journal, its proxy and the command that runs. The command's text is <c>work MILLISECONDS FAILPERCENT</c>.
/// The proxy keeps the rules of the real one (Quern.Proxy/RunServer): orders it has heard before do nothing.
/// </summary>
internal sealed class SimRun(SimHost host, RunKey key, Launch? launch)
{
    private const int RecordBytes = 10;

    private readonly List<JournalRecord> _journal = [];
    private readonly List<ItemLease> _held = [];
    private readonly HashSet<(int Item, int Attempt)> _seen = [];
    private readonly Queue<RunOrder> _unheard = new();
    private readonly List<Action> _standing = [];
    private long _end;
    private Execution? _current;
    private KillRun? _kill;
    private bool _isFinishing;
    private bool _isSuspended;
    private bool _isAlive;
    private bool _isKnown = true;
    private bool _isForgotten;
    private int _ordered = SlotsOf(launch);
    private int _told = SlotsOf(launch);
    private int _used;
    private int _step;

    public RunKey Key => key;

    /// <summary>What the command that runs was told it may use; when none runs, what the worker has ordered.</summary>
    public int Slots => _current is null ? _ordered : _used;

    /// <summary>The last record is written.</summary>
    public bool IsOver { get; private set; }

    /// <summary>And nothing of it is left on the machine.</summary>
    public bool IsGone { get; private set; }

    public bool HasProxy => _isAlive;

    private static int SlotsOf(Launch? launch) => launch is null ? 0 : int.Parse(launch.FarmEnvironment["QB_JOBSLOTS"], CultureInfo.InvariantCulture);

    private World World => host.World;
    private Dice Dice => host.World.Dice;

    public HeldRun Held() => new(key, _end, IsGone, _isKnown ? [.. _held] : [], _held.Count + (_current is null ? 0 : 1), "", _isSuspended);

    public void Begin()
    {
        _isAlive = true;
        foreach (var item in launch!.Items)
        {
            _seen.Add((item.Item, item.Attempt));
            _held.Add(item);
        }

        Later(1, 20, () =>
        {
            if (World.IsFaulty && Dice.Chance(2))
            {
                _isAlive = false;
                Finish(new RunEnded(RunEndCause.BadLogin, 0, 0, $"the account {launch.Account} cannot be had on {host.Name}"));
                return;
            }

            Append(new RunReady(launch.Account, 997, 997, 100));
            if (launch.HasAgenda)
            {
                StartNext();
            }
            else
            {
                StartCommand(-1, 0);
            }
        });
    }

    public void Refuse(RunEndCause cause, string text) => Finish(new RunEnded(cause, 0, 0, text));

    /// <summary>A new worker's program finds the run. What the proxy holds is known when it has knocked.</summary>
    public void TakenBack()
    {
        if (!_isAlive)
        {
            if (!IsOver)
            {
                World.After(5, 300, EndForProxy);
            }

            return;
        }

        _isKnown = false;
        var unheard = _unheard;
        unheard.Clear();
        World.After(0, 500, () =>
        {
            if (_isAlive && host.HasWorker)
            {
                _isKnown = true;
                while (unheard.TryDequeue(out var order))
                {
                    Obey(order);
                }

                host.Changed(key);
            }
        });
    }

    public void Hear(RunOrder order)
    {
        _ordered = order is ResizeRun resize ? resize.Slots : _ordered;
        if (_isKnown || order is KillRun)
        {
            Obey(order);
        }
        else
        {
            _unheard.Enqueue(order);
        }
    }

    public IReadOnlyList<JournalRecord> Read(long position, int maxBytes)
    {
        var records = new List<JournalRecord>();
        foreach (var record in _journal)
        {
            if (record.Position > position && (records.Count == 0 || record.Position - position <= maxBytes))
            {
                records.Add(record);
            }
        }

        return records;
    }

    public void Discard(long position) => _journal.RemoveAll(record => record.Position <= position);

    public void Forget()
    {
        _isForgotten = true;
        _step++;
        _isAlive = false;
        IsOver = IsGone = true;
        End(Fate.Forgotten);
    }

    /// <summary>kill -9 of the proxy: its command ends with it, and nobody says how.</summary>
    public void ProxyDies()
    {
        if (!_isAlive)
        {
            return;
        }

        World.Trace($"{host.Name}: the proxy of {key} dies");
        _step++;
        _isAlive = false;
        _isKnown = true;
        End(Fate.Lost);
        if (host.HasWorker)
        {
            World.After(1, 100, EndForProxy);
        }
    }

    private void Obey(RunOrder order)
    {
        if (!_isAlive)
        {
            return;
        }

        switch (order)
        {
            case GrantItems grant:
                foreach (var item in grant.Items.Where(item => _seen.Add((item.Item, item.Attempt))))
                {
                    _held.Add(item);
                    if (_kill is not null)
                    {
                        Release(item.Item, item.Attempt);
                    }
                }

                StartNext();
                break;
            case RecallItems recall:
                foreach (var (item, attempt) in recall.Items)
                {
                    Release(item, attempt);
                }

                break;
            case ResizeRun resize:
                _told = resize.Slots;
                break;
            case FinishRun:
                _isFinishing = true;
                StartNext();
                break;
            case SuspendRun when _kill is null && !IsOver:
                _isSuspended = true;
                Append(new RunSuspended(true));
                break;
            case SuspendRun:
                break;
            case ResumeRun:
                Resume();
                break;
            case KillRun kill:
                Resume();
                Kill(kill);
                break;
            case KillItem kill when _current?.Item == kill.Item && _current.Attempt == kill.Attempt:
                Resume();
                StopCommand(StartNext, kill.Reason);
                break;
            case KillItem kill:
                Release(kill.Item, kill.Attempt);
                break;
        }
    }

    private void Kill(KillRun kill)
    {
        if (_kill is not null)
        {
            return;
        }

        _kill = kill;
        StopCommand(
            () =>
            {
                _isAlive = false;
                Finish(new RunEnded(kill.WorkerStopping ? RunEndCause.WorkerStopped : RunEndCause.Killed, 0, 0, kill.Reason));
            },
            kill.Reason);
    }

    private void Resume()
    {
        if (!_isSuspended)
        {
            return;
        }

        _isSuspended = false;
        Append(new RunSuspended(false));
        var standing = _standing.ToList();
        _standing.Clear();
        standing.ForEach(action => action());
        StartNext();
    }

    /// <summary>TERM, grace, KILL. What the command does meanwhile counts as stopped.</summary>
    private void StopCommand(Action then, string reason)
    {
        _step++;
        Later(0, 200, () =>
        {
            if (_current is { } current)
            {
                if (current.Item >= 0)
                {
                    Append(new RunItemEnded(current.Item, current.Attempt, ItemEndCause.Stopped, 0, 15, reason, 1, 1));
                }

                End(Fate.Stopped);
            }

            then();
        });
    }

    private void Release(int item, int attempt)
    {
        if (_held.RemoveAll(held => held.Item == item && held.Attempt == attempt) > 0)
        {
            Append(new RunItemReleased(item, attempt));
        }
    }

    private void StartNext()
    {
        if (!_isAlive || _isSuspended || IsOver || _current is not null || _kill is not null || (_journal.Count == 0 && _end == 0))
        {
            return;
        }

        if (_held.Count > 0)
        {
            var item = _held[0];
            _held.RemoveAt(0);
            Append(new RunItemStarted(item.Item, item.Attempt, 200));
            StartCommand(item.Item, item.Attempt);
        }
        else if (_isFinishing)
        {
            _isAlive = false;
            Finish(new RunEnded(RunEndCause.Finished, 0, 0, ""));
        }
    }

    private void StartCommand(int item, int attempt)
    {
        var words = launch!.Command.Split(' ');
        var mean = int.Parse(words[1], CultureInfo.InvariantCulture);
        var fails = Dice.Chance(int.Parse(words[2], CultureInfo.InvariantCulture));
        var execution = host.Ledger.Started(key, item, attempt, host.Name);
        World.Trace($"{host.Name}: {key} runs item {item}@{attempt}");
        _current = execution;
        _used = _told;
        host.CheckSlots();
        Speak(execution, Dice.Between(0, 3), Dice.Between(1, mean), () => CommandEnds(execution, fails));
    }

    private void Speak(Execution execution, int lines, int wait, Action ends) => Later(wait, wait, () =>
    {
        if (lines == 0)
        {
            ends();
            return;
        }

        var text = $"{execution.Item}@{execution.Attempt}:{execution.Output.Count}\n";
        execution.Output.Add(text);
        Append(new RunOutput(execution.Item, execution.Attempt, Dice.Chance(20), Encoding.UTF8.GetBytes(text)));
        Speak(execution, lines - 1, Dice.Between(0, wait), ends);
    });

    private void CommandEnds(Execution execution, bool fails)
    {
        var exit = fails ? Dice.Between(1, 3) : 0;
        End(fails ? Fate.Failed : Fate.Succeeded);
        if (execution.Item < 0)
        {
            _isAlive = false;
            Finish(new RunEnded(RunEndCause.Finished, exit, 0, ""));
            return;
        }

        var cause = !fails ? ItemEndCause.Exited : Dice.Pick([ItemEndCause.Exited, ItemEndCause.Signaled, ItemEndCause.TimedOut, ItemEndCause.NotStarted]);
        Append(new RunItemEnded(execution.Item, execution.Attempt, cause, cause == ItemEndCause.Exited ? exit : 0, cause == ItemEndCause.Signaled ? 11 : 0, fails ? "it failed" : "", 3, 4));
        StartNext();
    }

    private void End(Fate fate)
    {
        if (_current is not null)
        {
            _current.Fate = fate;
            World.Trace($"{host.Name}: {key} item {_current.Item}@{_current.Attempt} {fate}");
            _lost = fate == Fate.Lost ? _current : null;
            _current = null;
        }
    }

    private Execution? _lost;

    /// <summary>The worker writes what the proxy could not.</summary>
    private void EndForProxy()
    {
        if (IsOver || _isForgotten || !host.HasWorker)
        {
            return;
        }

        if (_lost is { Item: >= 0 } lost)
        {
            Append(new RunItemEnded(lost.Item, lost.Attempt, _kill is null ? ItemEndCause.Lost : ItemEndCause.Stopped, 0, 0, "its proxy is gone", 0, 0));
        }

        Finish(_kill is null ? new RunEnded(RunEndCause.ProxyLost, 0, 0, "its proxy is gone") : new RunEnded(RunEndCause.Killed, 0, 0, _kill.Reason));
    }

    private void Finish(RunEnded end)
    {
        foreach (var item in _held.ToList())
        {
            Release(item.Item, item.Attempt);
        }

        IsOver = true;
        Append(end);

        // The last processes may take a moment longer than the last record.
        World.After(0, 50, () =>
        {
            IsGone = true;
            if (!_isForgotten)
            {
                host.Changed(key);
            }
        });
    }

    private void Append(JournalBody body)
    {
        _end += RecordBytes + (body is RunOutput output ? output.Data.Length : 0);
        _journal.Add(new JournalRecord(_end, World.UnixMs, body));
        host.Changed(key);
    }

    /// <summary>Something the living proxy does later, unless it was told otherwise meanwhile.</summary>
    private void Later(int least, int most, Action action)
    {
        var step = _step;
        World.After(least, most, () =>
        {
            GoOn();
        });

        void GoOn()
        {
            if (_isSuspended)
            {
                _standing.Add(GoOn);
            }
            else if (step == _step && _isAlive)
            {
                action();
            }
        }
    }
}
