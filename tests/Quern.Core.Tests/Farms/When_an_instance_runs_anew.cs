using System.Text;
using Quern.Core.Actions;
using Quern.Core.Farms;

namespace Quern.Core.Tests.Farms;

/// <summary>The lines that parsers of Qube's logs look for. Source: reference, qube-jobs 5.</summary>
public sealed class When_an_instance_runs_anew
{
    private static string Printed(FakeWorker worker) => string.Concat(worker.Output.Where(chunk => chunk.Position == OutputChunk.OfTheFarm).Select(chunk => Encoding.UTF8.GetString(chunk.Data.Span)));

    [Fact]
    public void Its_output_says_so_between_two_rows()
    {
        var farm = new FarmHarness();
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-3");
        worker.Step();
        Assert.Equal("", Printed(worker));
        farm.Act(Verb.Interrupt, $"{job}.0");
        worker.Step();
        worker.Step();

        var lines = Printed(worker).TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches("^qube! - retry/requeue on [A-Z][a-z]{2} Nov 1[0-9] [0-9:]{8} 2024 UTC$", lines[1]);
        Assert.All([lines[0], lines[2]], row => Assert.Matches("^=+$", row));
    }

    [Theory]
    [InlineData("1-9")]
    [InlineData("")]
    public void Its_output_says_that_it_was_told_to_make_room(string range)
    {
        var farm = new FarmHarness();
        var worker = farm.AddWorker(1);
        farm.Submit(range, spec => spec with { Priority = 900 });
        farm.Submit("", spec => spec with { Priority = 1 });
        Assert.Equal("preempt order received - job should exit\n", Printed(worker));
    }

    [Fact]
    public void A_person_who_preempts_is_heard_too()
    {
        var farm = new FarmHarness();
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-9");
        worker.Step();
        farm.Act(Verb.Preempt, $"{job}.0");
        Assert.Equal("preempt order received - job should exit\n", Printed(worker));
    }
}
