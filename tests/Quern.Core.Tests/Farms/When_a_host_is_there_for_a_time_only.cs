using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Farms;

/// <summary>Worker flag <c>auto_remove</c>. Source: reference, qube-worker 1.5.</summary>
public sealed class When_a_host_is_there_for_a_time_only
{
    private readonly FarmHarness farm = new();

    private FakeWorker Add(string flags) => farm.AddWorker(1, "cloud", change: facts => facts with { Properties = new Dictionary<string, string> { ["flags"] = flags } });

    [Theory]
    [InlineData("remove_logs,auto_remove", 0)]
    [InlineData("40", 0)]
    [InlineData("remove_logs", 1)]
    [InlineData("8", 1)]
    public void Should_be_no_member_once_it_is_down(string flags, int members)
    {
        var worker = Add(flags);
        worker.Disconnect();
        farm.Advance(farm.Options.WorkerLostMs - 1);
        Assert.Single(farm.Farm.Workers);
        farm.Advance(1);
        Assert.Equal(members, farm.Farm.Workers.Count);
        farm.Restart();
        Assert.Equal(members, farm.Farm.Workers.Count);
    }

    [Fact]
    public void Should_run_elsewhere_what_ran_there_at_no_cost_of_a_retry()
    {
        var worker = Add("auto_remove");
        var job = farm.Submit("1-2");
        worker.Step();
        worker.Disconnect();
        farm.Advance(farm.Options.WorkerLostMs);

        var other = farm.AddWorker(1, "w2");
        for (var step = 0; step < 8; step++)
        {
            other.Step();
        }

        Assert.Equal((Status.Complete, 0), (farm.Job(job).Status, farm.Job(job).Items![0].Retries));
        Assert.Contains(farm.History, row => row.Comment == "host cloud: left the farm (auto_remove)");
    }

    [Fact]
    public void Should_come_back_as_the_host_it_was()
    {
        var worker = Add("auto_remove");
        worker.Disconnect();
        farm.Advance(farm.Options.WorkerLostMs);
        farm.Restart();
        worker.Connect();
        Assert.Equal(worker.Id, Assert.Single(farm.Farm.Workers).Id);
    }

    [Fact]
    public void Should_go_too_when_it_left_while_the_supervisor_was_down()
    {
        var worker = Add("auto_remove");
        worker.Disconnect();
        farm.Restart();
        farm.Advance(farm.Options.WorkerLostMs);
        Assert.Empty(farm.Farm.Workers);
    }

    [Fact]
    public void Should_stay_on_the_list_while_output_of_what_ended_there_is_missing()
    {
        var worker = Add("auto_remove");
        var job = farm.Submit();
        worker.Runs.Single().Say(new Quern.Core.Farms.OutputFact(-1, 0, false, new byte[5]), farm.Now.Unix);
        worker.Step();
        Assert.Equal(RunPhase.Closing, farm.Job(job).InstanceList[0].Phase);
        worker.Disconnect();
        farm.Advance(farm.Options.WorkerLostMs);
        Assert.Single(farm.Farm.Workers);
    }
}
