using Quern.Core.Expressions;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Expressions;

public sealed class When_hosts_are_chosen
{
    private static readonly Worker Host = new(new WorkerId(1), new WorkerFacts
    {
        Name = "node7", Os = "linux", Slots = 8, Cluster = "/show", Groups = "fast,gpu", MemoryBytes = 64L << 30, Resources = new Dictionary<string, int> { ["scratch"] = 100 },
        Properties = new Dictionary<string, string> { ["flags"] = "remove_logs,auto_mount", ["room"] = "b2" },
    });

    [Theory]
    [InlineData("host.processors.total > 4", true)]
    [InlineData("processors.avail >= 8 && os=linux", true)]
    [InlineData("os=winnt", false)]
    [InlineData("\"gpu\" in host.groups", true)]
    [InlineData("host.groups has slow", false)]
    [InlineData("scratch.used = 0 and room = b2", true)]
    [InlineData("host.flag.auto_mount", true)]
    [InlineData("not host.flag.load_profile", true)]
    [InlineData("memory.total >= 65536", true)]
    [InlineData("nowhere = 1", false)]
    public void Should_hold_or_not(string text, bool expected) => Assert.Equal(expected, HostCondition.Parse(text, out _)!.Holds(Host));

    [Theory]
    [InlineData("job.id = 3", "'job.id' is of jobs, and hosts are looked for; operands begin with host.")]
    [InlineData("host.os =", "at character 10")]
    public void Should_say_where_it_is_wrong(string text, string part)
    {
        Assert.Null(HostCondition.Parse(text, out var refusal));
        Assert.Contains(part, refusal, StringComparison.Ordinal);
    }
}
