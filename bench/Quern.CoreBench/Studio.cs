using Quern.Core.Expressions;
using Quern.Core.Agendas;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Resources;
using Quern.Core.Workers;

namespace Quern.CoreBench;

/// <summary>
/// The hosts and jobs of a studio of any size: shows in clusters, three kinds of hosts, graphics cards, licences; jobs that ask for memory, groups, properties, several slots,
/// now and then for a whole host. Everything follows from the seed.
/// </summary>
internal sealed class Studio(int seed, FarmSize size)
{
    private static readonly string[] Shows = ["/show/alpha", "/show/beta", "/show/gamma", "/show/delta", "/comp", "/light", "/sim", "/sim/water", "/td", "/"];

    private static readonly (int Parts, string Reservations)[] Wishes =
    [
        (40, "host.processors=1"), (15, "host.processors=2"), (10, "host.processors=4"), (10, "host.processors=1,host.memory=4000"), (6, "host.processors=8,host.memory=24000"),
        (6, "host.processors=1,global.nuke=1"), (4, "host.processors=2,global_host.arnold=1"), (4, "host.processors=1,host.gpu=1"), (3, "host.processors=2+"), (1, "host.processors=16*"), (1, "host.processors=4-8"),
    ];

    private static readonly string[] Requirements =
    [
        "", "", "", "", "", "", "host.memory.total >= 64000", "host.os == 'linux'", "host.cpus >= 16 and host.memory.total > 32000", "'fast' in host.groups", "host.flavor == 'blue'",
        "host.memory.total >= 128000 or host.flavor == 'red'",
    ];

    private readonly Random _random = new(seed);
    private readonly string _agenda = Agenda.Parse($"1-{size.Items}", AgendaSplit.Frames, 1, AgendaOrder.Ascend, 10_000_000).Agenda!.Save();

    public static FarmOptions Options(FarmSize size) => new()
    {
        GlobalResources = [(new ResourceName(ResourceClass.Global, "nuke"), size.Workers), (new ResourceName(ResourceClass.GlobalHost, "arnold"), size.Workers / 4)],
    };

    public WorkerFacts Host(int number) => new()
    {
        Name = $"node{number:D5}", Address = "10.0.0.1", Os = "linux", Mode = "service", ProxyMode = "proxy", Account = "render", Slots = size.Slots, Cores = size.Slots,
        Cluster = Shows[number % Shows.Length],
        Groups = (number % 3) switch { 0 => "fast,all", 1 => "slow,all", _ => "all" },
        MemoryBytes = (long)(32 << (number % 3)) << 30,
        Resources = number % 10 == 0 ? new Dictionary<string, int> { ["gpu"] = 2 } : new Dictionary<string, int>(),
        Properties = new Dictionary<string, string> { ["flavor"] = number % 2 == 0 ? "blue" : "red" },
    };

    public JobSpec Job(int number)
    {
        var hasAgenda = number % 20 != 0;
        return new JobSpec
        {
            Name = $"shot {number}", Prototype = hasAgenda ? "cmdrange" : "cmdline", User = $"user{_random.Next(200)}", Agenda = hasAgenda ? _agenda : "", Range = hasAgenda ? $"1-{size.Items}" : "",
            Package = new Dictionary<string, string> { ["cmdline"] = "render QB_FRAME_NUMBER" },
            Cluster = Shows[_random.Next(Shows.Length)],
            Restrictions = _random.Next(12) == 0 ? "/show/+ || /sim/+" : "",
            Priority = _random.Next(1, 50) * 100,
            Cpus = hasAgenda ? _random.Next(1, 33) : 1,
            Reservations = Wish(),
            Requirements = Requirements[_random.Next(Requirements.Length)],
            Groups = _random.Next(15) == 0 ? "fast" : "",
            HostOrder = _random.Next(40) == 0 ? "-host.memory.avail" : "",
        };
    }

    private string Wish()
    {
        var at = _random.Next(Wishes.Sum(wish => wish.Parts));
        foreach (var (parts, text) in Wishes)
        {
            at -= parts;
            if (at < 0)
            {
                return text;
            }
        }

        return "";
    }
}
