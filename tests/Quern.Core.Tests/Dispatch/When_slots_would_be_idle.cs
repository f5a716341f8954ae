using Quern.Core.Actions;
using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

/// <summary>SmartShare. Source: reference, qube-jobs 12.6.</summary>
public sealed class When_slots_would_be_idle
{
    private static FarmHarness Sharing(PreemptPolicy policy = PreemptPolicy.Aggressive, int most = -1, int limit = 100)
        => new(new FarmOptions { SmartShare = new SmartShare(true, policy, most, limit), WidePatienceMs = -1 });

    private static int Running(FarmHarness farm, JobId job) => farm.Job(job).CountInstances(Status.Running);

    private static int Secondaries(FarmHarness farm, JobId job) => farm.Job(job).InstanceList.Count(instance => instance is { IsSecondary: true, IsPlaced: true });

    [Fact]
    public void A_job_with_an_agenda_fills_them()
    {
        var farm = Sharing(PreemptPolicy.Disabled);
        farm.AddWorker(8);
        var job = farm.Submit("1-100", spec => spec with { Cpus = 2 });
        var plain = farm.Submit("");
        Assert.Equal((8, 6, 0), (Running(farm, job), Secondaries(farm, job), Running(farm, plain)));
    }

    [Theory]
    [InlineData(null, -1, 100, 8)]
    [InlineData(null, 3, 100, 3)]
    [InlineData(5, 3, 100, 5)]
    [InlineData(-1, 3, 100, 8)]
    [InlineData(-1, 3, 6, 6)]
    [InlineData(0, -1, 100, 2)]
    [InlineData(1, -1, 100, 2)]
    public void No_job_has_more_than_it_may(int? ofJob, int most, int limit, int running)
    {
        var farm = Sharing(most: most, limit: limit);
        farm.AddWorker(8);
        var job = farm.Submit("1-100", spec => spec with { Cpus = 2, MaxCpus = ofJob });
        Assert.Equal(running, Running(farm, job));
    }

    [Fact]
    public void None_is_filled_where_it_is_off()
    {
        var farm = new FarmHarness();
        farm.AddWorker(8);
        Assert.Equal(1, Running(farm, farm.Submit("1-100", spec => spec with { MaxCpus = -1 })));
    }

    [Fact]
    public void All_jobs_have_as_many()
    {
        var farm = Sharing(PreemptPolicy.Disabled);
        var first = farm.Submit("1-100", spec => spec with { Priority = 9 });
        var second = farm.Submit("1-100", spec => spec with { Priority = 1, Cpus = 3 });
        farm.AddWorker(10);
        Assert.Equal((3, 3), (Secondaries(farm, first), Secondaries(farm, second)));
    }

    [Fact]
    public void The_richest_gives_to_a_job_that_comes_later()
    {
        var farm = Sharing();
        farm.AddWorker(10);
        var first = farm.Submit("1-100");
        Assert.Equal(9, Secondaries(farm, first));
        var second = farm.Submit("1-100");
        Step(farm, 4);

        Assert.Equal((5, 5), (Running(farm, first), Running(farm, second)));
        Assert.Equal((4, 4), (Secondaries(farm, first), Secondaries(farm, second)));
    }

    [Fact]
    public void Nobody_is_taken_from_where_that_is_the_policy()
    {
        var farm = Sharing(PreemptPolicy.Disabled);
        farm.AddWorker(4);
        var first = farm.Submit("1-100");
        var second = farm.Submit("1-100", spec => spec with { Priority = 1 });
        Assert.Equal((4, 0), (Running(farm, first), Running(farm, second)));
    }

    [Theory]
    [InlineData(PreemptPolicy.Passive)]
    [InlineData(PreemptPolicy.Aggressive)]
    public void They_give_way_first_whatever_the_priorities_are(PreemptPolicy policy)
    {
        var farm = Sharing(policy);
        farm.AddWorker(3);
        var best = farm.Submit("1-100", spec => spec with { Priority = 1, Cpus = 1 });
        var worst = farm.Submit("", spec => spec with { Priority = 9999 });
        Step(farm, 3);

        Assert.Equal(Status.Complete, farm.Job(worst).Status);
        Assert.Equal(0, farm.Job(best).InstanceList.Count(instance => instance is { IsSecondary: false, Run: > 1 }));
    }

    [Fact]
    public void An_instance_that_gave_way_rests_and_does_not_hold_the_job_up()
    {
        var farm = Sharing();
        var worker = farm.AddWorker(4);
        var job = farm.Submit("1-6");
        Assert.Equal(4, Running(farm, job));
        for (var step = 0; step < 30 && !farm.Job(job).Status.IsDone(); step++)
        {
            worker.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.All(farm.Job(job).InstanceList, instance => Assert.Equal(Status.Complete, instance.Status));
        Assert.All(farm.Completions.Where(pair => pair.Key.Job == job), pair => Assert.Equal(1, pair.Value));
    }

    [Fact]
    public void A_restart_of_the_supervisor_changes_nothing()
    {
        var farm = Sharing();
        farm.AddWorker(6);
        var job = farm.Submit("1-100", spec => spec with { Cpus = 2 });
        farm.Act(Verb.Kill, $"{job}.5");
        Step(farm, 2);
        Assert.Equal((6, 4), (Running(farm, job), Secondaries(farm, job)));
        farm.Restart();
        Assert.Equal((6, 4), (Running(farm, job), Secondaries(farm, job)));
        Assert.Equal(Status.Killed, farm.Job(job).InstanceList[5].Status);
    }

    [Fact]
    public void A_job_that_is_blocked_or_killed_leaves_them_to_others()
    {
        var farm = Sharing();
        farm.AddWorker(4);
        var first = farm.Submit("1-100");
        var second = farm.Submit("1-100");
        farm.Act(Verb.Kill, $"{first}");
        Step(farm, 3);
        Assert.Equal(Status.Killed, farm.Job(first).Status);
        Assert.Equal(4, Running(farm, second));
        farm.Act(Verb.Block, $"{second}");
        Step(farm, 3);
        Assert.Equal((Status.Blocked, 0), (farm.Job(second).Status, Secondaries(farm, second)));
        farm.Act(Verb.Unblock, $"{second}");
        Assert.Equal(4, Running(farm, second));
    }

    [Fact]
    public void A_job_that_asks_for_more_by_now_keeps_them_as_its_own()
    {
        var farm = Sharing();
        farm.AddWorker(6);
        var job = farm.Submit("1-100", spec => spec with { Cpus = 2 });
        Assert.Equal((6, 4), (Running(farm, job), Secondaries(farm, job)));

        farm.Modify($"{job}", spec => spec with { Cpus = 4 }, "cpus");

        Assert.Equal((6, 2), (Running(farm, job), Secondaries(farm, job)));
        farm.Restart();
        Assert.Equal((6, 2), (Running(farm, job), Secondaries(farm, job)));
        farm.Modify($"{job}", spec => spec with { Cpus = 9 }, "cpus");
        Assert.Equal((6, 0), (Running(farm, job), Secondaries(farm, job)));
        Assert.Equal(3, farm.Job(job).CountInstances(Status.Pending));
    }

    private static void Step(FarmHarness farm, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            foreach (var worker in farm.Workers.Values.ToList())
            {
                worker.Step();
            }
        }
    }
}
