using Quern.Execution.Hosts;

namespace Quern.Worker.Tests;

public sealed class When_the_machine_is_measured
{
    [Theory]
    [InlineData("0.52 0.58 0.25 2/1210 12345", 0.52, 0.58, 0.25)]
    [InlineData("0.00 0.00 0.00 1/90 7", 0, 0, 0)]
    public void Should_read_the_load_of_three_spans(string line, double one, double five, double fifteen)
        => Assert.Equal(new LoadAverages(one, five, fifteen), HostFacts.LoadOf(line));

    [Theory]
    [InlineData("")]
    [InlineData("0.52 0.58")]
    [InlineData("0.52 0.58 many")]
    public void Should_have_no_load_where_there_is_no_such_line(string line) => Assert.Null(HostFacts.LoadOf(line));

    [Theory]
    [InlineData("SwapTotal", 2097148L * 1024)]
    [InlineData("SwapFree", 1048576L * 1024)]
    [InlineData("Swap", 0)]
    public void Should_read_memory_by_its_name(string name, long bytes)
        => Assert.Equal(bytes, HostFacts.BytesOf(["MemTotal:       16384256 kB", "SwapCached:         1234 kB", "SwapTotal:       2097148 kB", "SwapFree:        1048576 kB"], name));
}
