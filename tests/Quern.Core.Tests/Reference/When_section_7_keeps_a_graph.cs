using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Reference;

/// <summary>Labels make a graph that can be submitted again. Source: reference, qube-jobs 7.</summary>
public sealed class When_section_7_keeps_a_graph
{
    private readonly FarmHarness farm = new();

    private static CallbackSpec On(string triggers, string code) => new() { Triggers = triggers, Code = code, Language = CallbackLanguages.Qube };

    /// <summary>B starts by an event of A, and A goes on by another event of B.</summary>
    [Fact]
    public void Should_feed_back_and_mean_the_jobs_of_each_submission()
    {
        JobSpec[] graph =
        [
            FarmHarness.Spec("1-3", spec => spec with { Label = "simulate", Callbacks = [On("complete-work-simulate-1", "block-work-self"), On("complete-job-preview", "kill-self")] }),
            FarmHarness.Spec("", spec => spec with { Label = "preview", StartsBlocked = true, Callbacks = [On("complete-work-simulate-1", "unblock-self")] }),
        ];
        var worker = farm.AddWorker(1);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var ids = farm.SubmitAll(graph).Ids;
            for (var step = 0; step < 12; step++)
            {
                worker.Step();
            }

            Assert.Equal([Status.Complete, Status.Complete], ids.Select(id => farm.Job(id).Status));
        }

        Assert.Equal(4, farm.Farm.Jobs.Count);
    }

    /// <summary>The documented recipe, as codes: what becomes of the leader becomes of the group.</summary>
    [Fact]
    public void Should_kill_the_group_by_callbacks_on_its_leader()
    {
        var ids = farm.SubmitAll(
        [
            FarmHarness.Spec("1-3", spec => spec with { Label = "leader" }),
            FarmHarness.Spec("1-3", spec => spec with { Callbacks = [On("killed-job-leader", "kill-self"), On("removed-job-leader", "kill-self")] }),
            FarmHarness.Spec("1-3", spec => spec with { Callbacks = [On("removed-job-leader", "kill-self")] }),
        ]).Ids;
        farm.Act(Quern.Core.Actions.Verb.Kill, $"{ids[0]}");
        Assert.Equal([Status.Killed, Status.Killed, Status.Pending], ids.Select(id => farm.Job(id).Status));
        farm.Act(Quern.Core.Actions.Verb.Remove, $"{ids[0]}");
        Assert.Equal(Status.Killed, farm.Job(ids[2]).Status);
    }
}
