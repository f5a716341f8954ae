using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Reference;

/// <summary>What the history says, and by which part it says it; how a line is printed is in the tests of qbhist. What a job is said to wait for. Source: reference, qube-jobs 2.2 and 17.2.</summary>
public sealed class When_section_17_tells_history
{
    private readonly FarmHarness farm = new();

    [Fact]
    public void Should_tell_a_jobs_life()
    {
        var job = farm.Submit("95");
        var worker = farm.AddWorker(1, "node7");
        worker.Step();
        worker.Step();
        worker.Step();
        farm.Act(Verb.Remove, $"{job}");
        var lines = farm.History.Where(row => row.Job == job.Value).Select(row => $"{job}{(row.Items.Length > 0 ? ":" + row.Items : row.Sub >= 0 ? $".{row.Sub}" : "")} - {row.Who}@{row.From} {row.Comment}").ToList();
        Assert.Equal(
            [
                $"{job} - ann@desk1 job submitted: pending from desk1",
                $"{job}.0 - __QUBE_SYSTEM__@ started on: node7 (10.0.0.1)",
                $"{job}:95 - __QUBE_SYSTEM__@ work state: complete subjob: {job}.0 (node7)",
                $"{job} - __QUBE_SYSTEM__@ job state: complete",
                $"{job} - ann@desk1 removed",
            ],
            lines);
    }

    [Theory]
    [InlineData("job", 1)]
    [InlineData("subjob", 2)]
    [InlineData("work", 4)]
    [InlineData("callback", 8)]
    [InlineData("user", 16)]
    [InlineData("admin", 32)]
    [InlineData("mail", 64)]
    public void Should_have_a_bit_for_each_part(string part, int bit) => Assert.Equal(Enum.Parse<EventComponent>(part, ignoreCase: true), (EventComponent)bit);

    /// <summary>Autoscalers look for the second of these texts.</summary>
    [Theory]
    [InlineData(false, "", "no available hosts to run job.")]
    [InlineData(true, "", "none")]
    [InlineData(true, "host.processors=9", "no available hosts to run job.")]
    public void Should_say_why_a_job_waits(bool hasHost, string reservations, string reason)
    {
        if (hasHost)
        {
            farm.AddWorker(1);
        }

        Assert.Equal(reason, farm.Farm.ReasonOf(farm.Job(farm.Submit("", spec => spec with { Reservations = reservations }))));
    }
}
