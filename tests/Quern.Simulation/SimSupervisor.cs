using Google.Protobuf;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;
using Quern.Store;
using Quern.Supervisor.Link;
using Wire = Quern.Protocol.Link;

namespace Quern.Simulation;

/// <summary>
/// The supervisor's program around the real farm: turns, group commit (one batch in flight while the next fills), nothing said before it is
/// durable, sessions. It can crash at any instant.
/// </summary>
internal sealed class SimSupervisor
{
    private const int KillGraceSeconds = 1;

    private readonly World _world;
    private readonly Ledger _ledger;
    private readonly FarmOptions _options;
    private readonly Dictionary<WorkerId, Session> _sessions = [];
    private readonly List<SimLink> _links = [];
    private MemoryStore _store;
    private List<Input> _inputs = [];
    private List<DoneTurn> _done = [];
    private List<DoneTurn>? _committing;
    private int _incarnation;
    private bool _isTurnDue;
    private long? _wake;

    public SimSupervisor(World world, Ledger ledger, FarmOptions options, MemoryStore store)
    {
        (_world, _ledger, _options, _store) = (world, ledger, options, store);
        Output = new SimOutputLog(world, (run, position, bytes) => Tell((farm, now) => farm.OutputDurable(run, position, bytes, now)));
    }

    public SimOutputLog Output { get; }

    /// <summary>Null while the supervisor is down.</summary>
    public Farm? Farm { get; private set; }

    public bool IsUp => Farm is not null;

    private Now Now => new(_world.Time, _world.UnixMs);

    public void Start()
    {
        _incarnation++;
        _store = _store.Reopen();
        Farm = Farm.Load(_store.Load(), _options, Now);
        _world.Trace($"supervisor starts: {Farm.Jobs.Count} jobs, {Farm.Workers.Count} workers");
        Output.CutBack(Farm);
        Tell((_, _) => { });
    }

    /// <summary>Dies now. A batch in flight is durable or not; nothing of it is ever said.</summary>
    public void Crash()
    {
        if (Farm is null)
        {
            return;
        }

        var isDurable = _committing is not null && _store.NextFailure is null && _world.Dice.Chance(50);
        _world.Trace($"supervisor crashes{(isDurable ? ", its last batch is durable" : "")}");
        if (isDurable)
        {
            Write(_committing!);
        }

        Farm = null;
        _incarnation++;
        _wake = null;
        (_inputs, _done, _committing, _isTurnDue) = ([], [], null, false);
        _sessions.Clear();
        _links.ForEach(link => link.ServerLeaves(20));
        _links.Clear();
        Output.Crash();
    }

    /// <summary>The next commit fails, as on a full disk; the supervisor ends by that.</summary>
    public void BreakStore() => _store.NextFailure = new StoreException("the disk is full", null);

    public void Tell(Action<Farm, Now> fact) => Ask(fact, () => { });

    /// <summary>Applies <paramref name="fact"/> in a turn; <paramref name="released"/> is called when that is durable, or never.</summary>
    public void Ask(Action<Farm, Now> fact, Action released)
    {
        if (Farm is null)
        {
            return;
        }

        _inputs.Add(new Input(fact, released));
        if (!_isTurnDue)
        {
            _isTurnDue = true;
            Later(0, 2, RunTurn);
        }
    }

    /// <summary>A worker has opened a connection; its certificate says who it is.</summary>
    public void Accept(SimLink link, WorkerId worker)
    {
        if (Farm is null)
        {
            link.ServerLeaves(5);
            return;
        }

        _links.Add(link);
        var session = new Session(link, worker);
        var incarnation = _incarnation;
        link.ServerHears = bytes =>
        {
            if (incarnation == _incarnation)
            {
                Hear(session, bytes);
            }
        };
        link.ServerClosed = () =>
        {
            if (incarnation == _incarnation)
            {
                Close(session);
            }
        };
    }

    private void Hear(Session session, byte[] bytes)
    {
        var message = Wire.WorkerMessage.Parser.ParseFrom(bytes);
        switch (message.BodyCase)
        {
            case Wire.WorkerMessage.BodyOneofCase.Hello when !session.HasGreeted:
                session.HasGreeted = true;
                Ask((farm, now) => Open(farm, session, message.Hello, now), () => Welcome(session));
                break;
            case Wire.WorkerMessage.BodyOneofCase.Reports:
                var reports = message.Reports.Reports_.Select(LinkMessages.Report).ToArray();
                Tell((farm, now) =>
                {
                    if (farm.FindWorker(session.Worker)?.Connections == session.Connection)
                    {
                        Array.ForEach(reports, report => farm.Reported(session.Worker, report, now));
                    }
                });
                break;
            case Wire.WorkerMessage.BodyOneofCase.Heartbeat:
                Tell((farm, now) => farm.Heartbeat(session.Worker, LinkMessages.Vitals(message.Heartbeat), now));
                break;
            default:
                // Hello twice: the link brought it twice.
                break;
        }
    }

    private void Open(Farm farm, Session session, Wire.Hello hello, Now now)
    {
        if (_sessions.TryGetValue(session.Worker, out var old))
        {
            old.Link.ServerLeaves(20);
        }

        session.Connection = farm.LinkUp(session.Worker, LinkMessages.Facts(hello), LinkMessages.Vitals(hello.Vitals), LinkMessages.Held(hello), now)
            ?? throw new LawBroken($"worker {session.Worker} is not known any more");
        _sessions[session.Worker] = session;
        _world.Trace($"worker {session.Worker} is connected for the {session.Connection}. time, holds [{string.Join(" ", hello.Held.Select(held => $"{held.Key.Job}.{held.Key.Sub}#{held.Key.Run}:{held.JournalEnd}{(held.Ended ? "!" : "")}"))}]");
    }

    private void Welcome(Session session)
    {
        session.IsWelcome = true;
        Send(session.Link, new Wire.SupervisorMessage { Welcome = new Wire.Welcome { Protocol = Wire.LinkLimits.Version, Supervisor = "farm", WorkerId = session.Worker.Value } });
        Flush(session);
    }

    private void Close(Session session)
    {
        session.Link.ServerLeaves(20);
        _links.Remove(session.Link);
        Tell((farm, now) =>
        {
            if (_sessions.TryGetValue(session.Worker, out var current) && current == session)
            {
                _sessions.Remove(session.Worker);
                farm.LinkDown(session.Worker, now);
                _world.Trace($"worker {session.Worker} is away");
            }
        });
    }

    private void RunTurn()
    {
        _isTurnDue = false;
        var inputs = _inputs;
        _inputs = [];
        inputs.ForEach(input => input.Fact(Farm!, Now));
        var turn = Farm!.Take(Now);
        Farm.CheckInvariants();
        _ledger.Observe(Farm, turn);
        Output.Append(turn);
        foreach (var row in turn.Rows.Events)
        {
            _world.Trace($"job {row.Job}.{row.Sub} [{row.Items}] {row.Comment}");
        }

        _done.Add(new DoneTurn(turn, inputs));
        BeginCommit();
        SetWake();
    }

    private void SetWake()
    {
        if (Farm!.NextWake is not { } wake || _wake == wake)
        {
            return;
        }

        _wake = wake;
        Later(Math.Max(1, wake - _world.Time), () =>
        {
            if (_wake == wake)
            {
                _wake = null;
                Tell((_, _) => { });
            }
        });
    }

    private void BeginCommit()
    {
        if (_committing is not null || _done.Count == 0)
        {
            return;
        }

        _committing = _done;
        _done = [];
        var isSlow = _world.IsFaulty && _world.Dice.Chance(2);
        Later(isSlow ? 100 : 1, isSlow ? 2000 : 4, EndCommit);
    }

    private void EndCommit()
    {
        try
        {
            Write(_committing!);
        }
        catch (StoreException error)
        {
            _world.Trace($"the store failed: {error.Message}");
            _committing = null;
            Crash();
            return;
        }

        var committed = _committing!;
        _committing = null;
        foreach (var done in committed)
        {
            Output.Remove(done.Turn.RemovedJobs);
            foreach (var order in done.Turn.Orders)
            {
                Say(order);
            }

            done.Inputs.ForEach(input => input.Released());
        }

        foreach (var session in _sessions.Values)
        {
            Flush(session);
        }

        if (_done.Count == 0 && _inputs.Count == 0 && _world.Dice.Chance(3))
        {
            FarmDump.CheckReload(Farm!, _store, _options, Now);
        }

        BeginCommit();
    }

    private void Write(List<DoneTurn> turns)
    {
        var rows = turns.Select(done => done.Turn.Rows).Where(batch => !batch.IsEmpty).ToList();
        _store.Commit(rows);
        turns.ForEach(done => _ledger.Committed(done.Turn));
    }

    private void Say(AddressedOrder addressed)
    {
        if (_sessions.TryGetValue(addressed.Worker, out var session) && session.Connection == addressed.Connection)
        {
            session.Orders.AddRange(LinkMessages.Orders(addressed.Order, KillGraceSeconds));
            _world.Trace($"to worker {addressed.Worker}: {addressed.Order.GetType().Name} {addressed.Order.Run} {Items(addressed.Order)}");
        }
    }

    private static string Items(LinkOrder order) => order switch
    {
        StartOrder start => Text(start.Items),
        GrantOrder grant => Text(grant.Items),
        RecallOrder recall => Text(recall.Items),
        KillItemOrder kill => Text([kill.Item]),
        AcknowledgeOrder acknowledge => $"{acknowledge.Position}",
        _ => "",
    };

    private static string Text(IReadOnlyList<ItemGrant> grants) => string.Join(" ", grants.Select(grant => $"{grant.Item}@{grant.Attempt}"));

    private void Flush(Session session)
    {
        if (session.IsWelcome && session.Orders.Count > 0)
        {
            var orders = new Wire.Orders();
            orders.Orders_.AddRange(session.Orders);
            session.Orders.Clear();
            Send(session.Link, new Wire.SupervisorMessage { Orders = orders });
        }
    }

    private void Send(SimLink link, Wire.SupervisorMessage message)
    {
        var bytes = message.ToByteArray();
        _world.Trace(bytes);
        link.SendToClient(bytes);
    }

    private void Later(long least, long most, Action action) => Later(_world.Dice.Between((int)least, (int)most), action);

    private void Later(long milliseconds, Action action)
    {
        var incarnation = _incarnation;
        _world.After(milliseconds, () =>
        {
            if (incarnation == _incarnation)
            {
                action();
            }
        });
    }

    private sealed record Input(Action<Farm, Now> Fact, Action Released);

    private sealed record DoneTurn(Turn Turn, List<Input> Inputs);

    private sealed class Session(SimLink link, WorkerId worker)
    {
        public SimLink Link => link;
        public WorkerId Worker => worker;
        public int Connection { get; set; }
        public bool HasGreeted { get; set; }
        public bool IsWelcome { get; set; }
        public List<Wire.Order> Orders { get; } = [];
    }
}

/// <summary>A farm as text, to hold one against another.</summary>
internal static class FarmDump
{
    /// <summary>Loading the rows gives exactly the live farm.</summary>
    public static void CheckReload(Farm farm, MemoryStore store, FarmOptions options, Now now)
    {
        var loaded = Farm.Load(store.Load(), options, now);
        var (live, again) = (Lines(farm), Lines(loaded));
        for (var line = 0; line < Math.Max(live.Count, again.Count); line++)
        {
            var (left, right) = (live.ElementAtOrDefault(line), again.ElementAtOrDefault(line));
            if (left != right)
            {
                throw new LawBroken($"loading the rows does not give the live farm:\n  live   {left}\n  loaded {right}");
            }
        }
    }

    private static List<string> Lines(Farm farm)
    {
        var lines = new List<string>();
        foreach (var job in farm.Jobs)
        {
            // A retry's delay ends with the supervisor: those items are pending in the rows.
            var isExact = job.Spec.RetryWorkDelaySeconds == 0;
            lines.Add($"job {job.Id} {(isExact ? job.Status : "")} {job.Hold} {job.Label} {job.StartedMs} {job.EndedMs}");
            lines.AddRange(job.InstanceList.Select(i => $"  {i.Id} {i.Status} {i.Phase} run {i.Run} at {i.Worker?.Id} retries {i.Retries} journal {i.Position} output {i.OutputPosition}/{i.OutputBytes} current {i.CurrentItem} [{string.Join(" ", i.Leases.Select(lease => $"{lease.Item}@{lease.Attempt}"))}]"));
            for (var index = 0; isExact && index < (job.Items?.Count ?? 0); index++)
            {
                var item = job.Items![index];
                lines.Add($"  {job.Id}:{index} {item.State} attempts {item.Attempts} retries {item.Retries} exit {item.ExitCode}");
            }
        }

        lines.AddRange(farm.Workers.Select(worker => $"worker {worker.Id} {worker.Name} {worker.SlotsUsed}"));
        return lines;
    }
}
