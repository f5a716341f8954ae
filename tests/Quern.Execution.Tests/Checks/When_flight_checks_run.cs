using System.Text;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Checks;

/// <summary>Source: reference, qube-jobs 10.3.</summary>
public sealed class When_flight_checks_run(RealMachine machine) : IDisposable
{
    private const string Says = "echo $(basename $0) $QB_FRAME_NUMBER $QB_FRAME_STATUS$QB_INSTANCE_STATUS $QB_SYSTEM_EXIT_CODE; ";
    private readonly string _folder = Directory.CreateTempSubdirectory("qxchecks").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Script(string place, string text)
    {
        var path = Path.Combine(_folder, place);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "#!/bin/sh\n" + Says + text + "\n");
        foreach (var folder in Directory.EnumerateDirectories(_folder, "*", SearchOption.AllDirectories).Append(_folder))
        {
            File.SetUnixFileMode(folder, (UnixFileMode)0x1ED);
        }

        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
        return path;
    }

    private FlightChecks System => new() { Folder = _folder };

    private static async Task<string[]> Lines(TestFarm farm, Launch launch, bool finishes = true) =>
        (await farm.Output(launch, finishes)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()).ToArray();

    [Fact]
    public async Task Should_run_the_jobs_own_before_the_systems_by_name_and_leave_out_texts()
    {
        Script("instance/pre/20-disk", "");
        Script("instance/pre/10-mounts", "");
        Script("instance/pre/README.txt", "");
        Script("instance/post/bye", "");
        Script("agenda/pre/frame", "");
        Script("agenda/post/frame-after", "");
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "echo render QB_FRAME_NUMBER", TestFarm.Frame(1), TestFarm.Frame(2)) with
        {
            Checks = System with { InstancePre = [Script("own", "")], AgendaPost = [Script("own-after", "")] },
        };
        Assert.Equal(
            ["own", "10-mounts", "20-disk", "frame 1", "render 1", "own-after 1 complete 0", "frame-after 1 complete 0", "frame 2", "render 2", "own-after 2 complete 0", "frame-after 2 complete 0", "bye complete 0"],
            await Lines(farm, launch));
        Assert.Equal([ItemEndCause.Exited, ItemEndCause.Exited], farm.Bodies<RunItemEnded>(launch.Key).Select(item => item.Cause));
        Assert.All(farm.Bodies<RunItemEnded>(launch.Key), item => Assert.Equal(RunVerdict.None, item.Verdict));
        Assert.Equal((RunEndCause.Finished, RunVerdict.None), (farm.End(launch.Key)!.Cause, farm.End(launch.Key)!.Verdict));
    }

    [Fact]
    public async Task Should_fail_the_item_without_its_command_and_go_on_with_the_next()
    {
        Script("agenda/pre/a", "test $QB_FRAME_NUMBER != 1");
        Script("agenda/pre/b", "");
        Script("agenda/post/z", "");
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "echo render QB_FRAME_NUMBER", TestFarm.Frame(1), TestFarm.Frame(2)) with { Checks = System };
        Assert.Equal(["a 1", "z 1 failed 0", "a 2", "b 2", "render 2", "z 2 complete 0"], await Lines(farm, launch));
        var ends = farm.Bodies<RunItemEnded>(launch.Key).ToList();
        Assert.Equal((ItemEndCause.NotStarted, VerdictKind.Failed), (ends[0].Cause, ends[0].Verdict.Kind));
        Assert.Contains("agenda/pre/a' refused with exit code 1", ends[0].Text);
        Assert.Equal((ItemEndCause.Exited, VerdictKind.None), (ends[1].Cause, ends[1].Verdict.Kind));
    }

    [Fact]
    public async Task Should_fail_the_item_when_a_check_after_it_refuses_whatever_the_exit_code()
    {
        Script("agenda/post/y", "exit 4");
        Script("agenda/post/z", "");
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "true", TestFarm.Frame(1)) with { Checks = System };
        Assert.Equal(["y 1 complete 0"], await Lines(farm, launch));
        var end = farm.Bodies<RunItemEnded>(launch.Key).Single();
        Assert.Equal((ItemEndCause.Exited, 0, VerdictKind.Failed), (end.Cause, end.ExitCode, end.Verdict.Kind));
        Assert.Contains("y' refused with exit code 4", end.Verdict.Text);
    }

    [Fact]
    public async Task Should_run_checks_after_a_command_that_failed_or_was_killed()
    {
        Script("agenda/post/z", "");
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "test QB_FRAME_NUMBER = 1 && exit 3; kill -SEGV $$", TestFarm.Frame(1), TestFarm.Frame(2)) with { Checks = System };
        Assert.Equal(["z 1 failed 3", "z 2 failed 139"], await Lines(farm, launch));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Should_fail_the_instance_and_run_nothing_of_it(bool hasAgenda)
    {
        Script("instance/pre/a", "exit 2");
        Script("instance/pre/b", "");
        Script("instance/post/z", "");
        await using var farm = new TestFarm(machine);
        var launch = (hasAgenda ? TestFarm.Frames(1, "echo render", TestFarm.Frame(1), TestFarm.Frame(2)) : TestFarm.Launch(1, "echo render")) with { Checks = System };
        Assert.Equal(["a", "z failed 0"], await Lines(farm, launch, finishes: false));
        var end = farm.End(launch.Key)!;
        Assert.Equal((RunEndCause.Finished, VerdictKind.Failed), (end.Cause, end.Verdict.Kind));
        Assert.Contains("instance/pre/a' refused with exit code 2", end.Text);
        Assert.Equal(hasAgenda ? 2 : 0, farm.Bodies<RunItemReleased>(launch.Key).Count());
    }

    [Fact]
    public async Task Should_blame_the_host_by_one_exit_code_and_give_back_what_it_holds()
    {
        Script("agenda/pre/a", "test $QB_FRAME_NUMBER = 1 || exit 86");
        Script("instance/post/z", "");
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "true", TestFarm.Frame(1), TestFarm.Frame(2), TestFarm.Frame(3)) with { Checks = System };
        await Lines(farm, launch, finishes: false);
        var blamed = farm.Bodies<RunItemEnded>(launch.Key).Last();
        Assert.Equal((2, ItemEndCause.Stopped, VerdictKind.HostBlamed, 600), (blamed.Item, blamed.Cause, blamed.Verdict.Kind, blamed.Verdict.Seconds));
        Assert.Equal([3], farm.Bodies<RunItemReleased>(launch.Key).Select(item => item.Item));
        Assert.Equal((RunEndCause.Refused, VerdictKind.HostBlamed), (farm.End(launch.Key)!.Cause, farm.End(launch.Key)!.Verdict.Kind));
    }

    [Fact]
    public async Task Should_end_a_check_that_takes_too_long_and_name_one_that_is_not_there()
    {
        await using var farm = new TestFarm(machine);
        var slow = TestFarm.Frames(1, "true", TestFarm.Frame(1)) with { Checks = new() { AgendaPre = [Script("slow", "sleep 60")], TimeLimitSeconds = 1 }, KillGraceSeconds = 0 };
        await farm.Output(slow, finishes: true);
        Assert.Contains("slow' took longer than its limit of 1 s", farm.Bodies<RunItemEnded>(slow.Key).Single().Text);
        var missing = TestFarm.Launch(2, "true") with { Checks = new() { InstancePre = ["/no/such/check"] } };
        await farm.Output(missing);
        Assert.Contains("the flight check '/no/such/check' could not be run", farm.End(missing.Key)!.Text);
    }

    [Fact]
    public async Task Should_run_as_the_jobs_account_and_stop_with_the_run()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "true", TestFarm.Frame(1)) with { Checks = new() { AgendaPre = [Script("who", "id -un; sleep 60")], AgendaPost = [Script("after", "")] } };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains(RealMachine.Artist), "the check told who it is");
        farm.Host.Order(launch.Key, new KillRun("enough", WorkerStopping: false));
        await farm.UntilEnded(launch.Key);
        Assert.Equal(RunEndCause.Killed, farm.End(launch.Key)!.Cause);
        Assert.Equal(ItemEndCause.Stopped, farm.Bodies<RunItemEnded>(launch.Key).Single().Cause);
        Assert.DoesNotContain("after", Encoding.UTF8.GetString(farm.Bytes(launch.Key)));
    }
}
