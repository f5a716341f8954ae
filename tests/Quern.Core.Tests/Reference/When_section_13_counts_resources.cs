using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Resources;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Reference;

/// <summary>How each class of resources is counted when jobs are dispatched. The arithmetic of licences is in <see cref="Resources.ResourceCountTests"/>. Source: reference, qube-jobs 13.</summary>
public sealed class When_section_13_counts_resources
{
    private static FarmHarness Farm(string resources) => new(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled, WidePatienceMs = -1, GlobalResources = ResourceList.Parse(resources, out _)! });

    private static string Placed(FarmHarness farm, JobId job)
        => string.Join(' ', farm.Job(job).InstanceList.Where(instance => instance.IsPlaced).GroupBy(instance => instance.Worker!.Name).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key}:{group.Count()}"));

    /// <summary>Three hosts of two slots, one job of six instances that reserves one of it for each.</summary>
    [Theory]
    [InlineData("global.nuke=3", "global.nuke=1", 3, 3)]
    [InlineData("global_host.nuke=2", "global_host.nuke=1", 4, 2)]
    [InlineData("license.nuke=3", "license.nuke", 3, 3)]
    [InlineData("license_host.nuke=1", "license_host.nuke=1", 2, 1)]
    [InlineData("scoped.disk=9", "scoped.disk=1", 3, 3)]
    [InlineData("scoped.disk=2", "scoped.disk=1", 2, 2)]
    public void Should_run_as_many_as_it_is_enough_for(string declared, string reserved, int running, int held)
    {
        var farm = Farm(declared);
        foreach (var name in new[] { "a", "b", "c" })
        {
            farm.AddWorker(2, name, change: facts => facts with { Resources = new Dictionary<string, int> { ["scoped.disk"] = 1 } });
        }

        var resource = ResourceList.Parse(declared, out _)![0].Resource;
        if (declared.StartsWith("license", StringComparison.Ordinal))
        {
            // Until a licence server was heard all are used.
            Assert.Equal(0, farm.Job(farm.Submit("", spec => spec with { Reservations = $"host.processors=1,{reserved}" })).CountInstances(Status.Running));
            farm.Act(Verb.Kill, "1");
            Assert.Null(farm.Farm.UpdateResource(resource, 100, 0, FarmHarness.Root, farm.Now));
            farm.Settle();
        }

        var job = farm.Submit("", spec => spec with { Cpus = 6, Reservations = $"host.processors=1,{reserved}" });
        Assert.Equal((running, held), (farm.Job(job).CountInstances(Status.Running), farm.Farm.FindResource(resource)!.Held));
        farm.Restart();
        Assert.Equal(held, farm.Farm.FindResource(resource)!.Held);
        farm.Act(Verb.Kill, $"{job}");
        foreach (var worker in farm.Workers.Values)
        {
            worker.Step();
        }

        Assert.Equal(0, farm.Farm.FindResource(resource)!.Held);
    }

    /// <summary>The farm's total and each host's own both count.</summary>
    [Fact]
    public void Should_keep_a_scoped_resource_within_the_host_that_has_little_of_it()
    {
        var farm = Farm("scoped.disk=5");
        farm.AddWorker(4, "a", change: facts => facts with { Resources = new Dictionary<string, int> { ["scoped.disk"] = 1 } });
        farm.AddWorker(4, "b", change: facts => facts with { Resources = new Dictionary<string, int> { ["scoped.disk"] = 3 } });
        Assert.Equal("a:1 b:3", Placed(farm, farm.Submit("", spec => spec with { Cpus = 8, Reservations = "host.processors=1,scoped.disk=1" })));
    }

    /// <summary>11.2: megabytes are subtracted, integers only, per instance.</summary>
    [Fact]
    public void Should_subtract_reserved_memory_from_its_host()
    {
        var farm = Farm("");
        var worker = farm.AddWorker(8, change: facts => facts with { MemoryBytes = 5000L << 20 });
        Assert.Equal("w1:2", Placed(farm, farm.Submit("", spec => spec with { Cpus = 8, Reservations = "host.processors=1,host.memory=2000" })));
        Assert.Equal(4000, farm.Farm.FindWorker(worker.Id)!.Held("memory"));
    }
}
