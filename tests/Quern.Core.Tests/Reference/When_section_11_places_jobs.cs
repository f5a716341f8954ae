using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Tests.Farms;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Reference;

/// <summary>The documented requirements and host orders, with who is dispatched where. Source: reference, qube-jobs 11.1 and 11.4.</summary>
public sealed class When_section_11_places_jobs
{
    private readonly FarmHarness farm = new(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled, WidePatienceMs = -1 });

    private string[] HostsOf(JobId job) => [.. farm.Job(job).InstanceList.Where(instance => instance.IsPlaced).Select(instance => instance.Worker!.Name).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("host.os eq linux", "big,small")]
    [InlineData("host.os=linux or host.os=osx", "big,mac,small")]
    [InlineData("host.processors.total > 10", "big")]
    [InlineData("\"maya\" in host.jobtypes", "big,mac")]
    [InlineData("host.os = winnt and host.processor_speed >= 3000", "pc")]
    [InlineData("host.processor_speed >= 3000", "big,pc")]
    [InlineData("host.os=linux, host.memory.total>10000", "big")]
    [InlineData("host.processors.used=0", "big,mac,pc,small")]
    [InlineData("not (job.id in host.duty.id)", "big,mac,pc,small")]
    public void Should_run_on_each_host_that_it_holds_for(string requirements, string hosts)
    {
        Add("big", 16, "linux", 3200, 64000, "cmdline,cmdrange,maya");
        Add("small", 2, "linux", 2400, 4000, "cmdline,cmdrange");
        Add("mac", 4, "osx", 2400, 8000, "cmdline,maya,cmdrange");
        Add("pc", 4, "winnt", 3600, 8000, "cmdline,cmdrange");
        var job = farm.Submit("", spec => spec with { Cpus = 40, Requirements = requirements });
        Assert.Equal(hosts.Split(','), HostsOf(job).Distinct());
    }

    /// <summary>Once per host: what runs there already counts, also of the job itself.</summary>
    [Theory]
    [InlineData("not (job.id in host.duty.id)", "", "a,b")]
    [InlineData("not (job.kind in host.duty.kind)", "sim", "b")]
    [InlineData("not (job.kind in host.duty.kind)", "comp", "a,b")]
    [InlineData("not(host.duty.type has myType)", "", "b,b,b,b")]
    [InlineData("host.processors.used=0", "", "b")]
    public void Should_look_at_what_runs_there(string requirements, string kind, string hosts)
    {
        Add("a", 4, "linux", 2400, 4000, "cmdline,cmdrange,myType");
        farm.Submit("", spec => spec with { Prototype = "myType", Kind = "sim", Hosts = "a" });
        Add("b", 4, "linux", 2400, 4000, "cmdline,cmdrange");
        var job = farm.Submit("", spec => spec with { Cpus = 4, Requirements = requirements, Kind = kind });
        Assert.Equal(hosts.Split(','), HostsOf(job));
    }

    /// <summary>The first host by the order is filled before the next one is chosen; of a one slot is taken.</summary>
    [Theory]
    [InlineData("host.processor_speed", "b b c")]
    [InlineData("+host.processor_speed", "b b c")]
    [InlineData("-host.processor_speed", "a c c")]
    [InlineData("host.memory.total", "c c b")]
    [InlineData("-host.memory.total", "a b b")]
    [InlineData("host.memory.avail", "c c b")]
    [InlineData("-host.processors.used,+host.memory.total", "c c b")]
    [InlineData("+host.processors.used", "a b b")]
    public void Should_fill_hosts_in_that_order(string order, string hosts)
    {
        Add("a", 2, "linux", 2000, 1000, "cmdline,cmdrange");
        farm.Submit("", spec => spec with { Hosts = "a", Reservations = "host.processors=1" });
        Add("b", 2, "linux", 4000, 2000, "cmdline,cmdrange");
        Add("c", 2, "linux", 3000, 3000, "cmdline,cmdrange");
        var job = farm.Submit("", spec => spec with { Cpus = 3, HostOrder = order });
        Assert.Equal(hosts.Split(' '), farm.Job(job).InstanceList.Select(instance => instance.Worker!.Name));
    }

    private void Add(string name, int slots, string os, int speed, int memory, string types)
    {
        var worker = farm.AddWorker(slots, name, change: facts => facts with
        {
            Os = os, MemoryBytes = (long)memory << 20, JobTypes = types, Properties = new Dictionary<string, string> { ["processor_speed"] = $"{speed}" },
        });
        farm.Farm.Heartbeat(worker.Id, WorkerVitals.Unknown with { FreeMemoryBytes = (long)memory << 19 }, farm.Now);
        farm.Settle();
    }
}
