using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Reference;

/// <summary>What a command finds of its item, as variables. As text of the command: <see cref="Commands.FrameTokenTests"/>. Source: reference, qube-jobs 10.1 and 10.2.</summary>
public sealed class When_section_10_makes_an_environment(RealMachine machine)
{
    [Theory]
    [InlineData("10-18x2", 10, 18, 2, "END=18 NUMBER=10 PADDING=4 RANGE=10-18x2 START=10 STEP=2", "END=0018 NUMBER=0010 START=0010 STEP=0002")]
    [InlineData("17", 17, 17, 1, "END=17 NUMBER=17 PADDING=4 RANGE=17 START=17 STEP=1", "END=0017 NUMBER=0017 START=0017 STEP=0001")]
    public async Task Should_tell_the_item_its_frames(string name, long start, long end, long step, string plain, string padded)
    {
        await using var farm = new TestFarm(machine);
        var output = await farm.Output(TestFarm.Frames(1, "env | grep ^QB_ | sort | tr '\\n' ' '", new ItemLease(0, 1, name, true, start, end, step)), finishes: true);
        var expected = plain.Split(' ').Select(pair => $"QB_FRAME_{pair}").Concat(padded.Split(' ').Select(pair => $"QB_PADDED_FRAME_{pair}"));
        Assert.Equal(expected.Order(StringComparer.Ordinal), output.Trim().Split(' ').Order(StringComparer.Ordinal));
    }

    /// <summary>-c of the job's shell, /bin/sh without one; login files are not read.</summary>
    [Theory]
    [InlineData("/bin/sh", "echo ${BASH_VERSION:-none} $0", "none /bin/sh\n")]
    [InlineData("/bin/bash", "echo ${BASH_VERSION:+bash} $- ; shopt -q login_shell || echo no login", "bash hBc\nno login\n")]
    public async Task Should_run_the_command_by_that_shell(string shell, string command, string printed)
    {
        await using var farm = new TestFarm(machine);
        Assert.Equal(printed, await farm.Output(TestFarm.Launch(1, command) with { Shell = shell }));
    }
}
