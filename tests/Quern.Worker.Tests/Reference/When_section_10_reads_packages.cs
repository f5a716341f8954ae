using Quern.Execution.Runs;
using Quern.Worker.Core;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Tests.Reference;

/// <summary>Keys of a package that the worker reads, as jobs send them, and the shell. Source: reference, qube-jobs 10.2 and 10.5, qube-clients 5.3.</summary>
public sealed class When_section_10_reads_packages
{
    private static Launch Plan(string package, Action<Wire.Start>? change = null)
    {
        var start = new Wire.Start { Key = LinkRecords.Key(Core.CoreHarness.Run1), User = "bob", JobName = "shot", JobType = "cmdrange", Command = "render", Package = package };
        change?.Invoke(start);
        return LaunchPlan.Build(start, Core.CoreHarness.Facts(WorkerMode.Service), new WorkerSettings(), []);
    }

    [Theory]
    [InlineData("regex_outputPaths", "outputPaths")]
    [InlineData("regex_errors", "errors")]
    [InlineData("regex_highlights", "highlights")]
    [InlineData("regex_progress", "progress")]
    public void Should_look_for_patterns_in_the_output(string key, string pattern)
        => Assert.Equal([KeyValuePair.Create(pattern, "a (.+)\nb (.+)")], Plan($$"""{"{{key}}":"a (.+)\nb (.+)","cmdline":"x"}""").Reading.Patterns);

    [Theory]
    [InlineData("""{"validate_fileMinSize":1000}""", 1000)]
    [InlineData("""{"validate_fileMinSize":"1000"}""", 1000)]
    [InlineData("""{}""", 0)]
    public void Should_want_outputs_of_that_size(string package, long bytes) => Assert.Equal(bytes, Plan(package).Reading.LeastBytes);

    [Theory]
    [InlineData("""{"outputPaths_required":true}""", true, false)]
    [InlineData("""{"outputPaths_required":"1"}""", true, false)]
    [InlineData("""{"outputPaths_required":0}""", false, false)]
    [InlineData("""{"redirectStderrToStdout":true}""", false, true)]
    [InlineData("""{"redirectStderrToStdout":"0"}""", false, false)]
    public void Should_want_outputs_and_merge_streams_where_it_is_on(string package, bool required, bool merged)
        => Assert.Equal((required, merged), (Plan(package).Reading.RequiresPaths, Plan(package).Reading.MergesErrors));

    [Theory]
    [InlineData("", "/bin/sh")]
    [InlineData("/bin/bash", "/bin/bash")]
    public void Should_use_the_shell_of_the_package(string shell, string used) => Assert.Equal(used, Plan("", start => start.Shell = shell).Shell);
}
