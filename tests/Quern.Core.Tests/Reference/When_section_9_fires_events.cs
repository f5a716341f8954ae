using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Reference;

/// <summary>
/// Each name of an event, fired by what it is the event of; each bit of a language. How triggers are read is in <see cref="Triggers.When_triggers_are_read"/>.
/// Source: reference, qube-jobs 9.2 and 9.4.
/// </summary>
public sealed class When_section_9_fires_events
{
    private readonly FarmHarness farm = new();

    [Theory]
    [InlineData("qube", 1, true)]
    [InlineData("perl", 2, false)]
    [InlineData("python", 4, true)]
    [InlineData("post", 8, true)]
    [InlineData("mail", 16, true)]
    [InlineData("dependency", 32, true)]
    [InlineData("auto_wrangling", 64, true)]
    public void Should_give_a_language_its_bit(string word, int bit, bool isOn)
    {
        Assert.Equal(word, CallbackLanguage.Word((CallbackLanguages)bit));
        Assert.Equal(isOn, CallbackLanguages.Default.HasFlag((CallbackLanguages)bit));
        CallbackLanguages? ofCallbacks = bit < 32 ? (CallbackLanguages)bit : null;
        Assert.Equal((ofCallbacks, ofCallbacks), (CallbackLanguage.Read(word), CallbackLanguage.Read($"{bit}")));
    }

    [Theory]
    [InlineData("submit-job-self", "")]
    [InlineData("assigned-subjob-self-0", "host")]
    [InlineData("assigned-work-self-*", "host")]
    [InlineData("running-job-self", "host")]
    [InlineData("running-subjob-self-0", "host")]
    [InlineData("running-host-self-node-01", "host")]
    [InlineData("running-work-self-2", "host step step step")]
    [InlineData("complete-work-self-2", "host step step step step")]
    [InlineData("complete-job-self", "retire")]
    [InlineData("complete-subjob-self-0", "retire")]
    [InlineData("done-job-self", "retire")]
    [InlineData("done-job-self", "kill")]
    [InlineData("done-work-self-2", "failitem")]
    [InlineData("failed-job-self", "fail")]
    [InlineData("failed-work-self-*", "failitem")]
    [InlineData("failed-work-self-2", "failitem")]
    [InlineData("killed-job-self", "kill")]
    [InlineData("killed-work-self-2", "kill")]
    [InlineData("blocked-job-self", "block")]
    [InlineData("blocked-work-self-2", "block")]
    [InlineData("modified-job-self", "modify")]
    [InlineData("removed-job-self", "kill remove")]
    [InlineData("timeout-subjob-self-*", "host minute")]
    [InlineData("timeout-work-self-*", "host step minute")]
    [InlineData("approved-job-self", "qbtrigger")]
    [InlineData("approved-global-self", "qbtriggerglobal")]
    [InlineData("down-host-self-node-01", "host unplug")]
    public void Should_fire_when_that_happens_and_not_before(string trigger, string happens)
    {
        var job = farm.Submit("1-3", spec => spec with
        {
            TimeoutSeconds = 60, ItemTimeoutSeconds = 60, Callbacks = [new CallbackSpec { Triggers = trigger, Code = "told", Language = CallbackLanguages.Post, Maximum = 1 }],
        });
        var words = happens.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var at = 0; at < words.Length; at++)
        {
            Assert.True(farm.Posts.Count == 0, $"{trigger} was fired before {words[at]}");
            Happen(job, words[at]);
        }

        Assert.Equal($"{job}", Assert.Single(farm.Posts).Job.ToString());
    }

    /// <summary>An instance that stays while there is nothing to do waits.</summary>
    [Fact]
    public void Should_fire_waiting_when_an_instance_is_told_to_ask_again()
    {
        var worker = farm.AddWorker(1);
        farm.Submit("1", spec => spec with { Flags = ["disable_auto_complete"], Callbacks = [new CallbackSpec { Triggers = "waiting-subjob-self-*", Code = "told", Language = CallbackLanguages.Post }] });
        worker.Step();
        Assert.Empty(farm.Posts);
        worker.Step();
        farm.Restart();
        worker.Step();
        Assert.Single(farm.Posts);
    }

    private void Happen(JobId job, string word)
    {
        switch (word)
        {
            case "host": farm.AddWorker(1, "node-01").Report(); break;
            case "step": farm.Workers.Values.Single().Step(); break;
            case "minute": farm.Advance(60_000); break;
            case "unplug":
                farm.Workers.Values.Single().Disconnect();
                farm.Advance(60_000);
                break;
            case "failitem": farm.Act(Verb.Fail, $"{job}:2"); break;
            case "modify": farm.Modify($"{job}", spec => spec with { Notes = "later" }, "notes"); break;
            case "qbtrigger":
                farm.Farm.FireEvent("approved", job, FarmHarness.Ann, farm.Now);
                farm.Settle();
                break;
            case "qbtriggerglobal":
                farm.Farm.FireEvent("approved", null, FarmHarness.Ann, farm.Now);
                farm.Settle();
                break;
            default: Assert.Empty(farm.Act(Verbs.FromWord(word)!.Value, $"{job}").Refused); break;
        }
    }
}
