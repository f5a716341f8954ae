using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

/// <summary>Sentences about any farm, over generated ones. The harness checks the invariants after every turn; a failure names its seed.</summary>
public sealed class Random_farms
{
    [Fact]
    public void Finish_every_job_and_count_each_item_once_whatever_happens()
    {
        for (var seed = 1; seed <= 150; seed++)
        {
            try
            {
                RunSeed(seed);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }
        }
    }

    private static void RunSeed(int seed)
    {
        var random = new Random(seed);
        var farm = new FarmHarness(OptionsOf(seed));
        var workers = Enumerable.Range(0, random.Next(1, 4)).Select(at => farm.AddWorker(random.Next(2, 5), $"w{at}", change: facts => facts with { JobTypes = "cmdline,cmdrange,tool" })).ToList();
        for (var step = 0; step < 300; step++)
        {
            Disturb(farm, workers, random);
        }

        Drain(farm, workers);
        foreach (var job in farm.Farm.Jobs)
        {
            Assert.True(job.Status.IsDone() || job.Hold != Hold.None, $"job {job.Id} is {job.Status}: {farm.Dump()}");
        }
    }

    /// <summary>Every third farm fills idle slots.</summary>
    private static FarmOptions OptionsOf(int seed)
        => seed % 3 == 0 ? new FarmOptions { SmartShare = new SmartShare(true, seed % 2 == 0 ? PreemptPolicy.Aggressive : PreemptPolicy.Passive, -1, 6) } : new FarmOptions();

    private static void Disturb(FarmHarness farm, List<FakeWorker> workers, Random random)
    {
        var worker = workers[random.Next(workers.Count)];
        var ids = farm.Farm.Jobs.Select(job => job.Id).ToList();
        var target = ids.Count == 0 ? "1" : ids[random.Next(ids.Count)].ToString();
        switch (random.Next(23))
        {
            case 0 or 1 when ids.Count < 12:
                farm.Submit(random.Next(3) == 0 ? "" : $"1-{random.Next(1, 40)}", spec => spec with
                {
                    Prototype = random.Next(3) == 0 ? "tool" : spec.Prototype,
                    Cpus = random.Next(1, 4), RetryWork = random.Next(-1, 3), RetrySubjob = random.Next(-1, 2), Processors = random.Next(1, 3),
                    Dependency = ids.Count > 0 && random.Next(3) == 0 ? $"link-done-job-{target}" : "",
                });
                break;
            case 2:
                worker.Disconnect();
                break;
            case 3:
                farm.Advance(random.Next(40_000));
                break;
            case 4:
                farm.Restart();
                break;
            case 5 when worker.Runs.FirstOrDefault(run => !run.IsEnded) is { } run:
                run.LoseProxy(farm.Now.Unix);
                break;
            case 6:
                farm.Act((Verb)random.Next((int)Verb.Remove), target + (random.Next(3) switch { 0 => ".0", 1 => ":1-5", _ => "" }), FarmHarness.Root);
                break;
            case 9 when ids.Count > 0:
                Modify(farm, target, random);
                break;
            case 7 when random.Next(4) == 0:
                worker.Burn();
                break;
            case 8:
                worker.Connect();
                break;
            default:
                worker.Step(random.Next(5) == 0 ? 1 : 0);
                break;
        }
    }

    /// <summary>Everything by which dispatch tells jobs apart, and how many instances there are.</summary>
    private static void Modify(FarmHarness farm, string target, Random random)
    {
        string[] hosts = ["", "", "w0", "w0,w1"];
        string[] requirements = ["", "host.processors >= 1", "job.id > 0"];
        farm.Modify(target, spec => spec with
        {
            Priority = random.Next(1, 4), Cpus = random.Next(1, 6), Hosts = hosts[random.Next(hosts.Length)], Requirements = requirements[random.Next(requirements.Length)],
            Reservations = random.Next(3) == 0 ? "host.processors=1-3" : $"host.processors={random.Next(1, 3)}", Cluster = random.Next(2) == 0 ? "/" : "/show", RetryWork = random.Next(-1, 3), Pgrp = long.Parse(target),
        }, [.. new[] { "priority", "cpus", "hosts", "requirements", "reservations", "cluster", "retrywork", "pgrp" }.Where(_ => random.Next(2) == 0)]);
    }

    private static void Drain(FarmHarness farm, List<FakeWorker> workers)
    {
        foreach (var job in farm.Farm.Jobs.Where(job => job.Hold == Hold.User).ToList())
        {
            farm.Act(Verb.Unblock, $"{job.Id}");
        }

        foreach (var job in farm.Farm.Jobs.ToList())
        {
            farm.Act(Verb.Unblock, $"{job.Id}");
            farm.Act(Verb.Resume, $"{job.Id}");
        }

        for (var step = 0; step < 3000 && farm.Farm.Jobs.Any(job => !job.Status.IsDone()); step++)
        {
            farm.Advance(500);
            foreach (var job in farm.Farm.Jobs.Where(job => !job.Status.IsDone() && job.InstanceList.All(instance => instance.Status.IsDone())).ToList())
            {
                // Each of its instances was retired by name, its items wait.
                farm.Act(Verb.Retry, $"{job.Id}.0");
            }

            foreach (var worker in workers)
            {
                if (!worker.IsConnected)
                {
                    worker.Connect();
                }

                worker.Step();
            }
        }
    }
}
