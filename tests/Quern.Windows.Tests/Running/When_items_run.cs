using System.Text;
using Quern.Execution.Runs;

namespace Quern.Windows.Tests.Running;

public sealed class When_items_run
{
    [Fact]
    public async Task Should_run_each_in_order_with_its_tokens_and_keep_outputs_apart()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, "echo QB_FRAME_NUMBER QB_PADDED_FRAME_NUMBER %QB_FRAME_RANGE%& exit QB_FRAME_NUMBER", [.. Enumerable.Range(1, 5).Select(number => WindowsFarm.Frame(number))]);
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new GrantItems([WindowsFarm.Frame(6), WindowsFarm.Frame(6), WindowsFarm.Frame(5)]));
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        Assert.Equal([1, 2, 3, 4, 5, 6], farm.Bodies<RunItemStarted>(launch.Key).Select(item => item.Item));
        Assert.Equal([1, 2, 3, 4, 5, 6], farm.Bodies<RunItemEnded>(launch.Key).Select(item => item.ExitCode));
        Assert.All(farm.Bodies<RunItemEnded>(launch.Key), item => Assert.Equal(ItemEndCause.Exited, item.Cause));
        foreach (var output in farm.Bodies<RunOutput>(launch.Key).GroupBy(output => output.Item))
        {
            Assert.Equal($"{output.Key} {output.Key:D4} {output.Key}", Encoding.UTF8.GetString([.. output.SelectMany(part => part.Data.ToArray())]).Trim());
        }

        Assert.Equal(RunEndCause.Finished, farm.End(launch.Key)!.Cause);
    }

    [Fact]
    public async Task Should_report_the_exit_code_of_a_command_without_agenda_and_keep_its_errors_apart()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Launch(1, "echo out& echo err 1>&2& exit 3");
        Assert.Equal("out", (await farm.Output(launch)).Trim());
        Assert.Equal("err", farm.Text(launch.Key, isError: true).Trim());
        Assert.Equal((RunEndCause.Finished, 3), (farm.End(launch.Key)!.Cause, farm.End(launch.Key)!.ExitCode));
    }

    [Fact]
    public async Task Should_keep_every_byte_of_much_output()
    {
        const int size = 20 * 1024 * 1024;
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Launch(1, Child.Line("bytes", size.ToString()));
        await farm.Output(launch);
        Assert.Equal(size, farm.Bodies<RunOutput>(launch.Key).Where(output => !output.IsError).Sum(output => output.Data.Length));
    }

    [Fact]
    public async Task Should_hold_the_account_of_its_logon()
    {
        await using var farm = new WindowsFarm();
        var launch = WindowsFarm.Frames(1, "echo", WindowsFarm.Frame(1));
        await farm.Output(launch);
        Assert.Equal(System.Security.Principal.WindowsIdentity.GetCurrent().Name, farm.Bodies<RunReady>(launch.Key).Single().Account);
    }
}
