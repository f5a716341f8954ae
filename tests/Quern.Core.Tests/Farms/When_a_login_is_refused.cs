using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Core.Tests.Farms;

public sealed class When_a_login_is_refused
{
    private readonly FarmHarness farm = new();

    private void Refuse(FakeWorker worker, JobId job)
    {
        worker.Run(job).EndRun(RunEnd.BadLogin, 0, farm.Now.Unix, "no account 'ann' on w1: create it there");
        worker.Report();
    }

    [Fact]
    public void Should_try_other_hosts_first_spend_no_item_and_clear_by_itself()
    {
        var first = farm.AddWorker(4, "w1");
        var second = farm.AddWorker(2, "w2");
        var job = farm.Submit("1-3", spec => spec with { RetryWork = 0 });
        Refuse(first, job);
        Assert.True(second.Has(job));
        Assert.Equal(Status.Running, farm.Job(job).Status);
        Refuse(second, job);
        Assert.Equal(Status.BadLogin, farm.Job(job).Status);
        Assert.Contains("no account 'ann'", farm.Farm.ReasonOf(farm.Job(job)), StringComparison.Ordinal);
        Assert.Equal(3, farm.Job(job).Items!.Pending);
        Assert.Equal(0, farm.Job(job).Items![0].Retries);
        farm.Advance(farm.Options.BadLoginRetryMs + 1);
        Assert.Equal(Status.Running, farm.Job(job).Status);
    }

    [Fact]
    public void Should_keep_the_state_while_it_is_killed()
    {
        var worker = farm.AddWorker();
        var job = farm.Submit("1-3");
        Refuse(worker, job);
        Assert.Equal(Status.BadLogin, farm.Job(job).Status);
        Assert.NotEmpty(farm.Act(Verb.Kill, $"{job}").Affected);
        Assert.Equal(Status.Killed, farm.Job(job).Status);
    }

    [Fact]
    public void Should_try_again_when_the_host_connects_anew_and_tell_history_once()
    {
        var worker = farm.AddWorker();
        var job = farm.Submit("1-3");
        for (var round = 0; round < 3; round++)
        {
            Refuse(worker, job);
            Assert.Equal(Status.BadLogin, farm.Job(job).Status);
            farm.Advance(farm.Options.BadLoginRetryMs + 1);
        }

        Assert.Single(farm.History, row => row.Comment.Contains("badlogin", StringComparison.Ordinal));
        Refuse(worker, job);
        worker.Disconnect();
        worker.Connect();
        Assert.Equal(Status.Running, farm.Job(job).Status);
    }
}
