using Google.Protobuf;
using Quern.Core;
using Quern.Protocol.Link;
using Quern.Worker.Core;

namespace Quern.Simulation;

/// <summary>The worker's program around its real core: turns, connections with back-off. It can crash, restart and be cut off.</summary>
internal sealed class SimWorker
{
    private const int ReadoptSeconds = 60;

    private readonly World _world;
    private readonly SimSupervisor _supervisor;
    private readonly SimHost _host;
    private readonly WorkerId _id;
    private readonly int _slots;
    private readonly bool _isDesktop;
    private WorkerCore? _core;
    private SimLink? _link;
    private int _incarnation;
    private bool _isTurnDue;
    private bool _hasNews;
    private int _backoff = 100;

    public SimWorker(World world, SimSupervisor supervisor, Ledger ledger, WorkerId id, string name, int slots, bool isDesktop)
    {
        (_world, _supervisor, _id, _slots, _isDesktop) = (world, supervisor, id, slots, isDesktop);
        _host = new SimHost(world, ledger, name, slots, isDesktop);
        _host.NewsForWorker = () =>
        {
            _hasNews = true;
            NeedTurn();
        };
    }

    public SimHost Host => _host;

    public bool IsUp => _core is not null;

    /// <summary>Nothing passes between this worker and the supervisor.</summary>
    public bool IsPartitioned { get; private set; }

    /// <summary>Where hosts stand, by the last letter of their names.</summary>
    private static readonly string[] Clusters = ["/a", "/b", "/a/c"];

    public static Core.Workers.WorkerFacts Joining(string name, int slots) => new() { Name = name, Slots = slots, Mode = "service", ProxyMode = "proxy", Address = "10.0.0.1" };

    public void Start()
    {
        if (_core is not null)
        {
            return;
        }

        _incarnation++;
        _isTurnDue = false;
        _hasNews = false;
        _core = new WorkerCore(_host, Facts(), new WorkerSettings
        {
            Local = new Dictionary<string, string> { ["worker_cpus"] = $"{_slots}", ["worker_readopt_seconds"] = $"{ReadoptSeconds}", ["worker_cluster"] = Clusters[_host.Name[^1] % Clusters.Length] },
        });
        _world.Trace($"{_host.Name} starts with {_host.Runs.Count} runs");
        NeedTurn();
        Connect();
    }

    /// <summary>The program is gone without a word.</summary>
    public void Crash()
    {
        if (_core is not null)
        {
            _world.Trace($"{_host.Name} crashes");
            End();
        }
    }

    /// <summary>The machine loses its power: program, proxies and commands.</summary>
    public void PowerFails()
    {
        Crash();
        _host.PowerFails();
    }

    /// <summary>The program is told to end.</summary>
    public void Stop(StopKind kind)
    {
        _world.Trace($"{_host.Name} is told to stop: {kind}");
        _core?.StopRequested(kind, _world.Time);
        NeedTurn();
    }

    public void Partition(long milliseconds)
    {
        _world.Trace($"{_host.Name} is cut off for {milliseconds} ms");
        IsPartitioned = true;
        _link?.Cut((int)Math.Min(milliseconds, 25_000));
        _world.After(milliseconds, () => IsPartitioned = false);
    }

    /// <summary>The connection breaks; a new one can be made.</summary>
    public void CutConnection()
    {
        _world.Trace($"{_host.Name} loses its connection");
        _link?.Cut(_world.Dice.Between(0, 3000));
    }

    private WorkerFacts Facts() => new()
    {
        Name = _host.Name, Version = "0.1.0", Mode = _isDesktop ? WorkerMode.Desktop : WorkerMode.Service, Owner = "ann", Os = "linux",
        Address = "10.0.0.1", Cores = _slots, MemoryBytes = 1L << 30, BootId = $"{_host.Name}-{_incarnation}", Directory = "/opt/quern", Supervisor = "farm:50001",
    };

    private void End()
    {
        _core = null;
        _incarnation++;
        _link?.ClientLeaves(IsPartitioned ? 25_000 : 20);
        _link = null;
        _host.WorkerEnded(ReadoptSeconds);
    }

    private void NeedTurn()
    {
        if (_core is not null && !_isTurnDue)
        {
            _isTurnDue = true;
            Later(0, 1, Turn);
        }
    }

    private void Turn()
    {
        _isTurnDue = false;
        var core = _core!;
        if (_hasNews)
        {
            _hasNews = false;
            core.RunsChanged(_world.Time);
        }

        if (core.NextDue is { } due && due <= _world.Time)
        {
            core.Tick(_world.Time);
        }

        foreach (var message in core.TakeMessages())
        {
            var bytes = message.ToByteArray();
            _world.Trace(bytes);
            _link?.SendToServer(bytes);
        }

        core.TakeNotes();
        if (core.Refusal is not null)
        {
            throw new LawBroken($"{_host.Name} was refused: {core.Refusal}");
        }

        if (core.IsFinished)
        {
            _world.Trace($"{_host.Name} ends");
            End();
            return;
        }

        if (core.WantsReconnect && _link is { } link)
        {
            link.ClientLeaves(20);
            Closed(link);
        }

        if (core.NextDue is { } next)
        {
            Later((int)Math.Max(1, next - _world.Time), (int)Math.Max(1, next - _world.Time), NeedTurn);
        }
    }

    private void Connect()
    {
        if (IsPartitioned || !_supervisor.IsUp)
        {
            _backoff = Math.Min(_backoff * 2, 5000);
            Later(_backoff / 2, _backoff, Connect);
            return;
        }

        Later(1, 10, () =>
        {
            var link = new SimLink(_world, _host.Name);
            _link = link;
            link.ClientHears = bytes =>
            {
                if (_link == link)
                {
                    _backoff = 100;
                    _core!.Received(SupervisorMessage.Parser.ParseFrom(bytes), _world.Time);
                    NeedTurn();
                }
            };
            link.ClientClosed = () => Closed(link);
            _supervisor.Accept(link, _id);
            _core!.Connected();
            NeedTurn();
        });
    }

    private void Closed(SimLink link)
    {
        if (_link != link)
        {
            return;
        }

        link.ClientLeaves(20);
        _link = null;
        _core!.Disconnected();
        NeedTurn();
        Later(10, _backoff, Connect);
    }

    private void Later(int least, int most, Action action)
    {
        var incarnation = _incarnation;
        _world.After(least, most, () =>
        {
            if (incarnation == _incarnation)
            {
                action();
            }
        });
    }
}
