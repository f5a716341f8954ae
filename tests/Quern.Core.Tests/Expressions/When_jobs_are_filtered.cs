using Quern.Core.Expressions;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Expressions;

public sealed class When_jobs_are_filtered
{
    private readonly FarmHarness farm = new();

    [Theory]
    [InlineData("priority <= 100 && (status=pending || status=killed)", true)]
    [InlineData("priority <= 100 && (status=failed || status=killed)", false)]
    [InlineData("job.priority == 50", true)]
    [InlineData("PRIORITY eq 50 and user = ann", true)]
    [InlineData("flag.mail", true)]
    [InlineData("not flag.grid and 'mail' in flags", true)]
    [InlineData("kind == comp, cpus >= 2", true)]
    [InlineData("todo < 3", false)]
    [InlineData("reservations == 'host.processors=1'", true)]
    public void Should_hold_or_not(string text, bool holds)
    {
        var job = farm.Job(farm.Submit("1-3", spec => spec with { Priority = 50, User = "ann", Kind = "comp", Cpus = 2, Flags = ["mail"] }));

        Assert.Equal(holds, (JobCondition.Parse(text, out var refusal) ?? throw new InvalidOperationException(refusal)).Holds(job));
    }

    [Theory]
    [InlineData("proirity <= 100", "at character 1: a job has no 'proirity', did you mean 'job.priority'?")]
    [InlineData("host.os == linux", "at character 1: 'host.os' is of hosts; a job has id, pid")]
    [InlineData("status = = failed", "at character 10: '=' does not belong there")]
    public void Should_say_where_it_is_wrong(string text, string expected)
    {
        Assert.Null(JobCondition.Parse(text, out var refusal));
        Assert.StartsWith(expected, refusal, StringComparison.Ordinal);
    }
}
