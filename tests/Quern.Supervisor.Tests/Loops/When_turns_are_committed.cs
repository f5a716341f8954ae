namespace Quern.Supervisor.Tests.Loops;

public sealed class When_turns_are_committed
{
    [Fact]
    public async Task Should_say_nothing_before_the_commit()
    {
        await using var harness = new LoopHarness();
        harness.Store.Hold();
        var answer = harness.PutAsync("a");
        await Deadline.UntilAsync(() => harness.Store.Entered == 1, "the commit begins");
        Assert.False(answer.IsCompleted);
        Assert.Empty(harness.Said);

        harness.Store.Open();
        Assert.Equal("a", await answer.Within());
        Assert.Equal(["a"], harness.Said);
    }

    [Fact]
    public async Task Should_hold_a_read_back_until_what_it_saw_is_durable_and_commit_nothing_for_it()
    {
        await using var harness = new LoopHarness();
        harness.Store.Hold();
        var write = harness.PutAsync("a");
        await Deadline.UntilAsync(() => harness.Store.Entered == 1, "the commit begins");
        var read = harness.Loop.Ask((farm, _) => farm.Setting("a"), CancellationToken.None);
        Assert.False(read.IsCompleted);

        harness.Store.Open();
        Assert.Equal("1", await read.Within());
        await write.Within();
        Assert.Equal(1, harness.Store.Commits);
    }

    [Fact]
    public async Task Should_share_one_commit_among_the_turns_that_gather_meanwhile_and_keep_their_order()
    {
        await using var harness = new LoopHarness();
        harness.Store.Hold();
        var answers = new List<Task<string>> { harness.PutAsync("0") };
        await Deadline.UntilAsync(() => harness.Store.Entered == 1, "the commit begins");
        for (var at = 1; at <= 50; at++)
        {
            var before = harness.Turns;
            answers.Add(harness.PutAsync($"{at}"));
            await Deadline.UntilAsync(() => harness.Turns > before, "a turn of its own");
        }

        harness.Store.Open();
        await Task.WhenAll(answers).Within();
        Assert.InRange(harness.Store.Commits, 2, 3);
        Assert.Equal(Enumerable.Range(0, 51).Select(at => $"{at}"), harness.Said);
    }

    [Fact]
    public async Task Should_commit_what_it_has_before_it_ends()
    {
        await using var harness = new LoopHarness();
        var answer = harness.PutAsync("a");
        await harness.Loop.DisposeAsync().AsTask().Within();
        Assert.Equal("a", await answer.Within());
        Assert.Equal(1, harness.Store.Commits);
    }
}
