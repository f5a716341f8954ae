using System.Diagnostics;
using Quern.Execution.Runs;
using Quern.Execution.Windows;

namespace Quern.Windows.Tests.Starting;

public sealed class PriorityTests
{
    [Theory]
    [InlineData(-20, PriorityClass.High)]
    [InlineData(-7, PriorityClass.High)]
    [InlineData(-6, PriorityClass.AboveNormal)]
    [InlineData(0, PriorityClass.Normal)]
    [InlineData(1, PriorityClass.BelowNormal)]
    [InlineData(10, PriorityClass.BelowNormal)]
    [InlineData(19, PriorityClass.Idle)]
    public void Should_follow_the_nice_value(int nice, uint expected) => Assert.Equal(expected, PriorityClass.Of(nice));

    [Theory]
    [InlineData(-20, "High")]
    [InlineData(0, "Normal")]
    [InlineData(5, "BelowNormal")]
    [InlineData(19, "Idle")]
    public async Task Should_be_what_the_command_has(int nice, string expected)
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, Child.Line("wait"), WindowsFarm.Frame(1)) with { NiceValue = nice };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunItemStarted>(launch.Key).Any(), "it runs");
        using var command = Process.GetProcessById(farm.Bodies<RunItemStarted>(launch.Key).Single().Pid);
        Assert.Equal(expected, command.PriorityClass.ToString());
    }
}
