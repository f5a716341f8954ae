using Quern.Core.Agendas;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Triggers;

/// <summary>Sentences about any graph of jobs that wait for others, by labels, ids and item by item, with restarts at any point. A failure names its seed.</summary>
public sealed class Random_dependencies
{
    [Fact]
    public void End_in_their_order_and_release_each_item_once()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            try
            {
                RunSeed(new Random(seed));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }
    }

    private static void RunSeed(Random random)
    {
        var farm = new FarmHarness();
        var worker = farm.AddWorker(random.Next(1, 5));
        var frames = random.Next(1, 12);
        var waits = new List<(int Job, int Before, bool ByItem)>();
        var specs = Enumerable.Range(0, random.Next(2, 9)).Select(at => FarmHarness.Spec($"1-{frames}", spec => spec with
        {
            Label = $"job-{at}", Cpus = random.Next(1, 4), Dependency = string.Join(",", Terms(random, at, waits)),
        })).ToList();
        var result = farm.SubmitAll(specs);
        Assert.Null(result.Refusal);
        for (var step = 0; step < 2000 && farm.Farm.Jobs.Any(job => !job.Status.IsDone()); step++)
        {
            worker.Step();
            CheckOrder(farm, result.Ids, waits, frames);
            if (random.Next(12) == 0)
            {
                farm.Restart();
            }
        }

        Assert.All(farm.Farm.Jobs, job => Assert.Equal(Status.Complete, job.Status));
        Assert.All(farm.Completions, done => Assert.Equal(1, done.Value));
        var released = farm.History.Where(row => row.Comment == "work state: pending").SelectMany(row => Frames(row.Items).Select(frame => (row.Job, frame))).ToList();
        Assert.Equal(released.Distinct().Count(), released.Count);
    }

    private static IEnumerable<string> Terms(Random random, int job, List<(int, int, bool)> waits)
    {
        for (var before = 0; before < job; before++)
        {
            var kind = random.Next(5);
            if (kind <= 1)
            {
                waits.Add((job, before, kind == 1));
                yield return kind == 1 ? $"link-complete-work-job-{before}" : $"complete-job-job-{before}";
            }
        }
    }

    private static void CheckOrder(FarmHarness farm, IReadOnlyList<JobId> ids, List<(int Job, int Before, bool ByItem)> waits, int frames)
    {
        foreach (var (job, before, byItem) in waits)
        {
            var (later, earlier) = (farm.Job(ids[job]), farm.Job(ids[before]));
            for (var frame = 0; frame < frames; frame++)
            {
                var hasBegun = later.Items![frame].State is not (ItemState.Blocked or ItemState.Pending);
                Assert.True(!hasBegun || (byItem ? earlier.Items![frame].State == ItemState.Complete : earlier.Status == Status.Complete),
                    $"item {frame} of job {later.Id} began before {earlier.Id}");
            }
        }
    }

    private static IEnumerable<string> Frames(string items)
    {
        var agenda = Agenda.Parse(items, AgendaSplit.Frames, 1, AgendaOrder.Ascend, 1000).Agenda!;
        return Enumerable.Range(0, agenda.Count).Select(at => agenda[at].Name);
    }
}
