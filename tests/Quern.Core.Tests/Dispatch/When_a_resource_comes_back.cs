using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Resources;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

/// <summary>Only who had too little of a resource of the farm waits for it, and is looked at when some comes back.</summary>
public sealed class When_a_resource_comes_back
{
    private readonly FarmHarness farm = new(new FarmOptions
    {
        PreemptPolicy = PreemptPolicy.Disabled, GlobalResources = [(new ResourceName(ResourceClass.Global, "nuke"), 2)],
    });

    private JobId Submit(int licences) => farm.Submit("", spec => spec with { Reservations = $"host.processors=1,global.nuke={licences}" });

    private Status StatusOf(JobId job) => farm.Job(job).Status;

    [Fact]
    public void Should_start_a_job_that_wants_several_when_the_last_of_them_is_back()
    {
        var worker = farm.AddWorker(8);
        var first = Submit(1);
        var second = Submit(1);
        var both = Submit(2);
        worker.StepRun(worker.Run(first), 0);
        worker.Report();
        Assert.Equal((Status.Complete, Status.Pending), (StatusOf(first), StatusOf(both)));
        worker.StepRun(worker.Run(second), 0);
        worker.Report();
        Assert.Equal((Status.Complete, Status.Running), (StatusOf(second), StatusOf(both)));
    }

    [Fact]
    public void Should_start_every_job_for_which_there_is_enough_when_several_are_back_at_once()
    {
        var worker = farm.AddWorker(8);
        var holder = Submit(2);
        var waiting = new[] { Submit(1), Submit(1) };
        Assert.All(waiting, job => Assert.Equal(Status.Pending, StatusOf(job)));
        worker.StepRun(worker.Run(holder), 0);
        worker.Report();
        Assert.All(waiting, job => Assert.Equal(Status.Running, StatusOf(job)));
    }
}
