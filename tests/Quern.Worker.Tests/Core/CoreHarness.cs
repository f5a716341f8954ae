using Google.Protobuf;
using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;
using ItemLease = Quern.Execution.Runs.ItemLease;

namespace Quern.Worker.Tests.Core;

/// <summary>A worker's core with a made-up machine and supervisor. Every message passes through the codec.</summary>
internal sealed class CoreHarness
{
    public static readonly RunKey Run1 = new(12, 0, 1);
    public static readonly RunKey Run2 = new(12, 1, 1);

    public CoreHarness(WorkerMode mode = WorkerMode.Service, Dictionary<string, string>? local = null, Action<FakeRunHost>? before = null, Dictionary<string, string>? commandLine = null, string sealingKey = "")
    {
        before?.Invoke(Host);
        Core = new WorkerCore(
            Host,
            Facts(mode) with { SealingKey = sealingKey },
            new WorkerSettings { Local = local ?? [], CommandLine = commandLine ?? [] });
    }

    public FakeRunHost Host { get; } = new();

    public WorkerCore Core { get; }

    /// <summary>Monotonic milliseconds; a test that cares moves it.</summary>
    public long Now { get; set; }

    public Hello LastHello { get; private set; } = new();

    public static WorkerFacts Facts(WorkerMode mode) => new()
    {
        Name = "node-1",
        Version = "0.1.0",
        Mode = mode,
        Owner = "ann",
        Os = "linux",
        Address = "10.0.0.7",
        Cores = 4,
        MemoryBytes = 1 << 30,
        SwapBytes = 2 << 20,
        BootId = "boot-1",
        Directory = "/opt/quern",
        Supervisor = "farm:50001",
    };

    /// <summary>Connects and is welcomed.</summary>
    public void Connect(params (string Key, string Value)[] central)
    {
        Core.Connected();
        LastHello = Assert.Single(Core.TakeMessages()).Hello;
        var welcome = new Welcome { Protocol = LinkLimits.Version, Supervisor = "farm", WorkerId = 7 };
        foreach (var (key, value) in central)
        {
            welcome.Settings.Add(key, value);
        }

        Receive(new SupervisorMessage { Welcome = welcome });
    }

    public void Receive(SupervisorMessage message) => Core.Received(SupervisorMessage.Parser.ParseFrom(message.ToByteArray()), Now);

    public void Order(params Order[] orders)
    {
        var message = new Orders();
        message.Orders_.AddRange(orders);
        Receive(new SupervisorMessage { Orders = message });
    }

    public void Start(RunKey key, int slots = 1, string user = "bob", params ItemLease[] items)
    {
        var start = new Start { Key = LinkRecords.Key(key), User = user, JobName = "shot", JobType = "cmdrange", Command = "render QB_FRAME_NUMBER", Slots = slots, HasAgenda = true, Pgrp = key.Job };
        start.Items.AddRange(items.Select(LinkRecords.Lease));
        Order(new Order { Start = start });
    }

    /// <summary>The supervisor has counted everything up to the position; it took the time in which reports gather.</summary>
    public void Acknowledge(RunKey key, long position)
    {
        Now += WorkerCore.PaceMs;
        Order(new Order { Acknowledge = new Acknowledge { Key = LinkRecords.Key(key), Position = position } });
    }

    public long Append(RunKey key, JournalBody body)
    {
        var position = Host.Append(key, body);
        Core.RunsChanged(Now);
        return position;
    }

    public void End(RunKey key)
    {
        Host.End(key);
        Core.RunsChanged(Now);
    }

    /// <summary>The Reports messages that were to be sent.</summary>
    public List<Reports> Reports()
    {
        var reports = new List<Reports>();
        foreach (var message in Core.TakeMessages())
        {
            Assert.True(message.CalculateSize() <= LinkLimits.MessageBytes, $"a message of {message.CalculateSize()} bytes");
            if (message.BodyCase == WorkerMessage.BodyOneofCase.Reports)
            {
                reports.Add(Protocol.Link.Reports.Parser.ParseFrom(message.Reports.ToByteArray()));
            }
        }

        return reports;
    }

    /// <summary>Positions of the facts that were to be sent, in order.</summary>
    public List<long> SentPositions() => [.. Reports().SelectMany(message => message.Reports_).SelectMany(report => report.Facts).Select(fact => fact.Position)];

    public static ItemLease Frame(int item, int attempt = 1) => new(item, attempt, $"{item + 1}", true, item + 1, item + 1, 1);
}
