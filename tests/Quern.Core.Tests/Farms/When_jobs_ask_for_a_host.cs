using Quern.Core.Workers;

namespace Quern.Core.Tests.Farms;

public sealed class When_jobs_ask_for_a_host
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void A_job_that_wants_a_screen_waits_for_a_desktop_worker_and_says_so()
    {
        farm.AddWorker(4, change: facts => facts with { Mode = "service" });
        var job = farm.Submit("1-2", spec => spec with { Requirements = "host.worker_mode == 'desktop'" });
        Assert.Equal(Status.Pending, farm.Job(job).Status);
        Assert.Equal("no host meets its requirements: host.worker_mode == 'desktop'", farm.Farm.ReasonOf(farm.Job(job)));
        var desktop = farm.AddWorker(1, change: facts => facts with { Mode = "desktop" });
        Assert.Equal(Status.Running, farm.Job(job).Status);
        Assert.True(desktop.Has(job));
    }

    [Fact]
    public void What_runs_there_can_be_asked_for()
    {
        var worker = farm.AddWorker(4);
        var first = farm.Submit("", spec => spec with { Kind = "sim" });
        var second = farm.Submit("", spec => spec with { Kind = "sim", Requirements = "not (job.kind in host.duty.kind)" });
        Assert.Equal(Status.Running, farm.Job(first).Status);
        Assert.Equal(Status.Pending, farm.Job(second).Status);
        worker.Step();
        Assert.Equal(Status.Running, farm.Job(second).Status);
    }

    [Theory]
    [InlineData("host.gpu_model has 'A40'", false)]
    [InlineData("host.gpu_model == 'RTX 4090'", true)]
    [InlineData("host.gpus >= 2", true)]
    [InlineData("host.gpus.avail > 2", false)]
    [InlineData("host.memory.total == 2048", true)]
    [InlineData("host.processors == 4 and host.processors.used == 0", true)]
    [InlineData("job.user == 'ann' and job.flag.mail", false)]
    public void Properties_and_resources_are_operands(string requirements, bool runs)
    {
        farm.AddWorker(4, change: facts => facts with
        {
            MemoryBytes = 2048L << 20, Properties = new Dictionary<string, string> { ["gpu_model"] = "RTX 4090" }, Resources = new Dictionary<string, int> { ["gpus"] = 2 },
        });
        var job = farm.Submit("", spec => spec with { Requirements = requirements });
        Assert.Equal(runs ? Status.Running : Status.Pending, farm.Job(job).Status);
        farm.Restart();
        Assert.Equal(requirements, farm.Job(job).Requirement!.Text);
    }
}
