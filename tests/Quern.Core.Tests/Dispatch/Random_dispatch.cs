using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Resources;
using Quern.Core.Tests.Farms;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Dispatch;

/// <summary>
/// Sentences about who gets a host, over generated farms. What a job may use is worked out here anew, from what it asked for and from what the host says, not from what dispatch
/// keeps. The harness checks the invariants after every turn; a failure names its seed.
/// </summary>
public sealed class Random_dispatch
{
    private static readonly string[] Clusters = ["/", "/a", "/a/b", "/c"];
    private static readonly string[] Reservations = ["host.processors=1", "host.processors=1", "host.processors=2", "host.processors=1,host.memory=3000", "host.processors=1,global.nuke=1", "host.processors=2,global_host.node=1", "host.processors=2+", "host.processors=1-4", "host.processors=2-3,host.memory=1000", "host.processors=4*"];
    private static readonly ResourceName Nuke = new(ResourceClass.Global, "nuke");
    private static readonly ResourceName Node = new(ResourceClass.GlobalHost, "node");

    [Theory]
    [InlineData(PreemptPolicy.Disabled)]
    [InlineData(PreemptPolicy.Passive)]
    [InlineData(PreemptPolicy.Aggressive)]
    public void Should_use_nothing_twice_and_leave_nothing_unused_that_somebody_waits_for(PreemptPolicy policy)
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            try
            {
                RunSeed(seed, policy);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }
    }

    private static void RunSeed(int seed, PreemptPolicy policy)
    {
        var random = new Random(seed);
        var farm = new FarmHarness(new FarmOptions { PreemptPolicy = policy, WidePatienceMs = 5_000, GlobalResources = [(Nuke, 2), (Node, 1)] });
        for (var at = 0; at < 4; at++)
        {
            farm.AddWorker(random.Next(1, 5), $"w{at}", change: facts => facts with { Cluster = Clusters[random.Next(Clusters.Length)], Groups = random.Next(2) == 0 ? "fast" : "", MemoryBytes = 8L << 30, JobTypes = "cmdline,cmdrange,tool" });
        }

        var runs = new Dictionary<InstanceId, int>();
        for (var step = 0; step < 150; step++)
        {
            Disturb(farm, random);
            Check(farm, runs);
        }
    }

    private static void Disturb(FarmHarness farm, Random random)
    {
        var worker = farm.Workers.Values.ElementAt(random.Next(farm.Workers.Count));
        var jobs = farm.Farm.Jobs.ToList();
        switch (random.Next(12))
        {
            case 0 or 1 or 2 when jobs.Count(job => !job.Status.IsDone()) < 12:
                farm.Submit(random.Next(4) == 0 ? "" : $"1-{random.Next(1, 20)}", spec => spec with
                {
                    Prototype = random.Next(3) == 0 ? "tool" : spec.Prototype, Cpus = random.Next(1, 4), Priority = random.Next(1, 5), Cluster = Clusters[random.Next(Clusters.Length)], Reservations = Reservations[random.Next(Reservations.Length)],
                    Groups = random.Next(6) == 0 ? "fast" : "", Restrictions = random.Next(6) == 0 ? "/a/+" : "",
                });
                break;
            case 3:
                farm.Advance(random.Next(4_000));
                break;
            case 4 when jobs.Count > 0:
                farm.Act(Verb.Remove, jobs[random.Next(jobs.Count)].Id.ToString(), FarmHarness.Root);
                break;
            case 8 when jobs.Count > 0:
                farm.Act(random.Next(2) == 0 ? Verb.Block : Verb.Unblock, $"{jobs[random.Next(jobs.Count)].Id}:{random.Next(1, 20)}", FarmHarness.Root);
                break;
            case 5 when random.Next(3) == 0:
                farm.Restart();
                break;
            case 6 when random.Next(3) == 0:
                worker.Disconnect();
                break;
            case 7:
                worker.Connect();
                break;
            default:
                worker.Step();
                break;
        }
    }

    private static void Check(FarmHarness farm, Dictionary<InstanceId, int> runs)
    {
        foreach (var worker in farm.Farm.Workers)
        {
            Assert.True(worker.SlotsUsed <= worker.Facts.Slots, $"{worker.Name} uses {worker.SlotsUsed} of {worker.Facts.Slots} slots");
            Assert.True(MemoryFree(worker) >= 0, $"{worker.Name}: more memory reserved than there is");
        }

        Assert.All(farm.Farm.GlobalResources, resource => Assert.InRange(resource.Held, 0, resource.Configured));
        var waiting = farm.Farm.Jobs.Where(job => job.Hold == Hold.None && job.Items is not { Pending: 0 } && job.InstanceList.Any(instance => instance.Status == Status.Pending && !instance.IsPlaced && instance.Phase == RunPhase.Idle)).ToList();
        foreach (var worker in farm.Farm.Workers.Where(worker => worker.CanTake))
        {
            foreach (var job in waiting.Where(job => Wants(job, worker) && HasRoom(farm, job, worker, null)))
            {
                Assert.Contains(farm.Farm.Why(new Target(job.Id), worker.Name, farm.Now, out _)!.Hosts, entry => entry.Fit == Fit.Reserved);
            }

            foreach (var started in worker.Instances.Where(instance => instance.IsPlaced && runs.GetValueOrDefault(instance.Id) != instance.Run))
            {
                var passed = waiting.FirstOrDefault(job => job != started.Job && Wants(job, worker) && HasRoom(farm, job, worker, started) && GoesBefore(job, started.Job, worker)
                    && farm.Farm.Why(new Target(job.Id), worker.Name, farm.Now, out _)!.Hosts.All(entry => entry.Fit != Fit.Reserved));
                Assert.True(passed is null, $"{started.Id} was started on {worker.Name} while job {passed?.Id} waits, goes before it there and would have had room");
            }
        }

        foreach (var instance in farm.Farm.Jobs.SelectMany(job => job.InstanceList))
        {
            runs[instance.Id] = instance.Run;
        }
    }

    private static bool Wants(Job job, Worker worker)
    {
        var place = ClusterPath.Parse(worker.Facts.Cluster, out _)!;
        return (job.Spec.Groups.Length == 0 || worker.Facts.Groups == job.Spec.Groups) && (job.Spec.Restrictions.Length == 0 || place.Common(ClusterPath.Parse("/a", out _)!) == 1);
    }

    /// <param name="without">As if this one had not been started.</param>
    private static bool HasRoom(FarmHarness farm, Job job, Worker worker, Instance? without)
    {
        var wanted = job.Reservations;
        var free = worker.SlotsFree + (without?.Slots ?? 0);
        if (wanted.Slots.Kind == SlotKind.WholeHost ? free < worker.Facts.Slots || free < wanted.Slots.Minimum : free < wanted.Slots.Minimum)
        {
            return false;
        }

        var given = without is null ? [] : ReservationList.Parse(without.Allocations, out _)!.Others;
        foreach (var demand in wanted.Others)
        {
            var back = given.Where(other => other.Class == demand.Class && other.Name == demand.Name).Sum(other => other.Amount);
            var isThere = demand.Class == ResourceClass.GlobalHost && worker.Instances.Any(other => other != without && other.IsPlaced && other.Allocations.Contains("global_host.node", StringComparison.Ordinal));
            if (!isThere && demand.Amount > back + (demand.Class == ResourceClass.Host ? MemoryFree(worker) : farm.Farm.FindResource(new ResourceName(demand.Class, demand.Name))!.Count.Free))
            {
                return false;
            }
        }

        return true;
    }

    private static int MemoryFree(Worker worker) =>
        (int)(worker.Facts.MemoryBytes >> 20) - worker.Instances.Where(instance => instance.IsPlaced).SelectMany(instance => ReservationList.Parse(instance.Allocations, out _)!.Others).Where(demand => demand.Name == "memory").Sum(demand => demand.Amount);

    private static bool GoesBefore(Job job, Job other, Worker worker)
    {
        var place = ClusterPath.Parse(worker.Facts.Cluster, out _)!;
        return (job.Cluster.Rank(place), job.Spec.Priority, job.Id.Value).CompareTo((other.Cluster.Rank(place), other.Spec.Priority, other.Id.Value)) < 0;
    }
}
