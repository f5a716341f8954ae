using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

/// <summary>What holds over time on any farm: shares get their parts, and who waits for a host gets it when it was said.</summary>
public sealed class When_time_passes
{
    [Fact]
    public void Shares_get_their_parts_within_five_in_a_hundred()
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var random = new Random(seed);
            (string Cluster, double Weight)[] shares = [("/x", random.Next(1, 8)), ("/y", random.Next(1, 8)), ("/z", random.Next(1, 8))];
            var timed = new TimedFarm(new FarmOptions { WidePatienceMs = -1, ShareOfOthers = 1, Shares = [.. shares.Select(share => (ClusterPath.Parse(share.Cluster, out _)!, share.Weight))] });
            for (var at = 0; at < 4; at++)
            {
                timed.Farm.AddWorker(10, $"w{at}");
            }

            // The first has the farm for itself until the others come.
            var jobs = shares.Select((share, at) => Submit(timed, random, share.Cluster, at * 5_000)).ToList();
            timed.Run(30_000);
            var used = new double[shares.Length];
            timed.Run(60_000, ms =>
            {
                for (var at = 0; at < jobs.Count; at++)
                {
                    used[at] += ms * (double)timed.Farm.Job(jobs[at]).InstanceList.Where(instance => instance.IsPlaced).Sum(instance => instance.Slots);
                }
            });

            for (var at = 0; at < shares.Length; at++)
            {
                var part = used[at] / used.Sum();
                var due = shares[at].Weight / shares.Sum(share => share.Weight);
                Assert.True(Math.Abs(part - due) <= 0.05, $"seed {seed}: {shares[at].Cluster} had {part:P1} of what was used, its part is {due:P1}");
                Assert.True(used.Sum() >= 0.95 * 40 * 60_000, $"seed {seed}: {used.Sum() / (40 * 60_000):P0} of the farm was used");
            }
        }
    }

    private static JobId Submit(TimedFarm timed, Random random, string cluster, long afterMs)
    {
        timed.Run(afterMs);
        var shortest = random.Next(500, 4000);
        var id = timed.Farm.Submit("1-20000", spec => spec with { Cluster = cluster, Cpus = 40, Priority = random.Next(1, 100) });
        timed.Lasts[id] = item => shortest + (item * 7919 % 1000);
        return id;
    }

    [Fact]
    public void A_wide_job_starts_within_its_patience_and_the_longest_item_that_goes_before()
    {
        for (var seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            const long PatienceMs = 10_000;
            var timed = new TimedFarm(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled, WidePatienceMs = PatienceMs });
            for (var at = 0; at < random.Next(1, 4); at++)
            {
                timed.Farm.AddWorker(8, $"w{at}");
            }

            // A stream that fills the farm for ever: long items, and short ones that may fill the time on the kept host.
            long longest = 0;
            foreach (var (priority, lasts) in new[] { (500, random.Next(8_000, 30_000)), (600, random.Next(400, 1500)) })
            {
                var id = timed.Farm.Submit("1-20000", spec => spec with { Cpus = 12, Priority = priority, Reservations = $"host.processors={random.Next(1, 3)}" });
                timed.Lasts[id] = _ => lasts;
                longest = Math.Max(longest, lasts);
            }

            timed.Run(5_000 + random.Next(10_000));
            var wide = timed.Farm.Submit("1", spec => spec with { Priority = 100, Reservations = random.Next(2) == 0 ? "host.processors=8" : "host.processors=4*" });
            timed.Lasts[wide] = _ => 1000;
            timed.Run(PatienceMs + 2_000);
            Assert.True(timed.Farm.Job(wide).InstanceList[0].Run > 0 || timed.Farm.Farm.Workers.Any(worker => timed.Farm.History.Any(row => row.Comment.Contains($"kept for job {wide}", StringComparison.Ordinal))), $"seed {seed}: no host was kept after the patience");
            timed.Run(longest + 1_000);
            Assert.True(timed.Farm.Job(wide).InstanceList[0].Run > 0, $"seed {seed}: the wide job has not started {longest + 3_000} ms after a host was to be kept for it");
        }
    }
}
