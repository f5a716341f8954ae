using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Farms;

public sealed class When_a_host_is_locked
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void Should_give_it_nothing_new_and_finish_the_current_items()
    {
        var worker = farm.AddWorker(2, "w1");
        var job = farm.Submit("1-40", spec => spec with { Cpus = 2 });
        worker.Step();
        Lock(worker, "host.processor_all=1");
        for (var step = 0; step < 6; step++)
        {
            worker.Step();
        }

        Assert.DoesNotContain(worker.Runs, run => !run.IsEnded);
        Assert.Equal(2, farm.Job(job).Items!.CountOf(ItemState.Complete));
        Assert.Equal(Status.Pending, farm.Job(job).Status);
        Lock(worker, "");
        Assert.True(worker.Has(job));
    }

    [Fact]
    public void Should_free_as_many_slots_as_are_locked()
    {
        var worker = farm.AddWorker(2, "w1");
        var job = farm.Submit("1-40", spec => spec with { Cpus = 2 });
        worker.Step();
        Lock(worker, "host.processor_1=1");
        for (var step = 0; step < 6; step++)
        {
            worker.Step();
        }

        Assert.Single(worker.Runs, run => !run.IsEnded);
        Assert.Equal(1, farm.Farm.FindWorker(worker.Id)!.SlotsUsed);
        Assert.Equal(Status.Running, farm.Job(job).Status);
    }

    [Fact]
    public void Should_finish_only_the_current_items_on_a_host_that_takes_no_more()
    {
        var worker = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-40");
        worker.Step();
        Assert.NotEmpty(worker.Run(job).Held);
        worker.Disconnect();
        worker.Connect(isDraining: true);
        for (var step = 0; step < 6; step++)
        {
            worker.Step();
        }

        Assert.Empty(worker.Runs);
        Assert.Equal(1, farm.Job(job).Items!.CountOf(ItemState.Complete));
        worker.Disconnect();
        worker.Connect();
        Assert.True(worker.Has(job));
    }

    [Fact]
    public void Should_end_what_runs_when_it_is_purged_and_run_it_elsewhere_at_no_cost()
    {
        var first = farm.AddWorker(1, "w1");
        var job = farm.Submit("1-2");
        first.Step();
        var second = farm.AddWorker(1, "w2");
        farm.Farm.SetLock(first.Id, HostLock.Parse("host.processor_all=1", out _)!, isPurge: true, FarmHarness.Ann, farm.Now);
        farm.Settle();
        first.Step();
        Assert.False(first.Has(job));
        for (var step = 0; step < 12; step++)
        {
            second.Step();
        }

        Assert.Equal(Status.Complete, farm.Job(job).Status);
        Assert.Equal(0, farm.Job(job).InstanceList[0].Retries);
    }

    [Fact]
    public void Should_open_by_itself_when_its_calendar_says_so()
    {
        var worker = farm.AddWorker(1, "w1");
        var hour = (int)(farm.Now.Unix / 3_600_000 % 24);
        Lock(worker, $"host.processor_all=weekcalendar {{ {string.Join(' ', Enumerable.Range(0, 24).Select(row => $"{row} {string.Join(' ', Enumerable.Repeat(row == hour ? 1 : 0, 7))}"))} }}");
        var job = farm.Submit("1-2");
        Assert.False(worker.Has(job));
        farm.Advance(farm.Farm.NextWake!.Value - farm.Now.Monotonic);
        Assert.True(worker.Has(job));
    }

    [Fact]
    public void Should_open_when_its_person_has_rested_long_enough()
    {
        var worker = farm.AddWorker(1, "w1");
        Lock(worker, "host.processor_all=watchdog 10");
        var job = farm.Submit("1-2");
        Look(worker, idle: 9);
        Assert.False(worker.Has(job));
        Look(worker, idle: 10);
        Assert.True(worker.Has(job));
    }

    [Fact]
    public void Should_stay_locked_over_a_restart_of_the_supervisor()
    {
        var worker = farm.AddWorker(2, "w1");
        Lock(worker, "host.processor_0=1");
        farm.Restart();
        Assert.Equal(1, farm.Farm.FindWorker(worker.Id)!.SlotsFree);
        Lock(worker, "");
        farm.Restart();
        Assert.Equal(2, farm.Farm.FindWorker(worker.Id)!.SlotsFree);
    }

    [Fact]
    public void Should_end_nothing_by_the_time_of_another_place_when_the_host_or_the_supervisor_returns()
    {
        // Locked in every hour but the host's own present one, which is two hours ahead of UTC.
        var worker = farm.AddWorker(1, "w1");
        worker.Vitals = WorkerVitals.Unknown with { UtcOffsetMinutes = 120 };
        worker.Connect();
        var hour = (int)((farm.Now.Unix / 3_600_000) + 2) % 24;
        Lock(worker, $"host.lock_mode=aggressive,host.processor_all=weekcalendar {{ {string.Join(' ', Enumerable.Range(0, 24).Select(row => $"{row} {string.Join(' ', Enumerable.Repeat(row == hour ? 0 : 1, 7))}"))} }}");
        var job = farm.Submit("1-2");
        worker.Step();
        worker.Disconnect();
        worker.Connect();
        farm.Restart();
        Assert.Equal(Status.Running, farm.Job(job).Status);
        Assert.True(worker.Has(job));
    }

    [Fact]
    public void Should_give_a_host_in_trouble_nothing_until_it_is_well()
    {
        var worker = farm.AddWorker(1, "w1");
        Look(worker, idle: null, "the disk is full");
        var job = farm.Submit("1-2");
        Assert.False(worker.Has(job));
        Assert.True(farm.Farm.FindWorker(worker.Id)!.IsInPanic);
        Look(worker, idle: null);
        Assert.True(worker.Has(job));
        Assert.Equal(["host w1: panic: the disk is full", "host w1: is well again"], farm.History.Select(row => row.Comment).Where(text => text.StartsWith("host ", StringComparison.Ordinal)));
    }

    private void Lock(FakeWorker worker, string text)
    {
        farm.Farm.SetLock(worker.Id, HostLock.Parse(text, out _)!, isPurge: false, FarmHarness.Ann, farm.Now);
        farm.Settle();
    }

    private void Look(FakeWorker worker, int? idle, params string[] troubles)
    {
        farm.Farm.Heartbeat(worker.Id, WorkerVitals.Unknown with { IdleMinutes = idle, Troubles = troubles }, farm.Now);
        farm.Settle();
    }
}
