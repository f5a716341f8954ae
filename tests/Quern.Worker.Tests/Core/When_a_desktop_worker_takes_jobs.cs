using Quern.Execution.Runs;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_a_desktop_worker_takes_jobs
{
    [Theory]
    [InlineData("any", "bob", true)]
    [InlineData("owner", "bob", false)]
    [InlineData("owner", "ann", true)]
    public void Should_take_those_of_others_as_its_owner_says(string accept, string submitter, bool isTaken)
    {
        var harness = new CoreHarness(WorkerMode.Desktop, local: new Dictionary<string, string> { ["worker_desktop_accept"] = accept });
        harness.Connect();
        harness.Start(CoreHarness.Run1, user: submitter);
        Assert.Equal(isTaken ? 1 : 0, harness.Host.Launches.Count);
        if (!isTaken)
        {
            var end = Assert.IsType<RunEnded>(Assert.Single(harness.Host.Read(CoreHarness.Run1, 0, 1000)).Body);
            Assert.Equal(RunEndCause.BadLogin, end.Cause);
            Assert.Contains("takes jobs of its owner ann only", end.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Should_not_be_told_by_the_supervisor_whose_they_are()
    {
        var harness = new CoreHarness(WorkerMode.Desktop, local: new Dictionary<string, string> { ["worker_desktop_accept"] = "owner" });
        harness.Connect(("worker_desktop_accept", "any"));
        harness.Start(CoreHarness.Run1);
        Assert.Empty(harness.Host.Launches);
    }
}
