using System.Text;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Running;

public sealed class When_items_run(RealMachine machine)
{
    [Fact]
    public async Task Should_run_each_in_order_with_its_tokens_and_keep_outputs_apart()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "echo QB_FRAME_NUMBER QB_PADDED_FRAME_NUMBER $QB_FRAME_RANGE; exit QB_FRAME_NUMBER", [.. Enumerable.Range(1, 5).Select(number => TestFarm.Frame(number))]);
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new GrantItems([TestFarm.Frame(6), TestFarm.Frame(6), TestFarm.Frame(5)]));
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);
        Assert.Equal([1, 2, 3, 4, 5, 6], farm.Bodies<RunItemStarted>(launch.Key).Select(item => item.Item));
        Assert.Equal([1, 2, 3, 4, 5, 6], farm.Bodies<RunItemEnded>(launch.Key).Select(item => item.ExitCode));
        Assert.All(farm.Bodies<RunItemEnded>(launch.Key), item => Assert.True(item is { Cause: ItemEndCause.Exited, PeakMemoryBytes: > 0 }));
        foreach (var output in farm.Bodies<RunOutput>(launch.Key))
        {
            Assert.Equal($"{output.Item} {output.Item:D4} {output.Item}\n", Encoding.UTF8.GetString(output.Data.Span));
        }

        Assert.Equal(RunEndCause.Finished, farm.End(launch.Key)!.Cause);
    }

    [Fact]
    public async Task Should_tell_the_next_item_when_the_run_has_more_slots()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Frames(1, "echo $QB_JOBSLOTS $QB_ALLOCATIONS; env | grep -c QB_JOBSLOTS", TestFarm.Frame(1)) with
        {
            FarmEnvironment = new Dictionary<string, string> { ["QB_JOBSLOTS"] = "2", ["QB_ALLOCATIONS"] = "host.processors=2" },
        };
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunItemEnded>(launch.Key).Any(), "the first item is over");
        farm.Host.Order(launch.Key, new ResizeRun(8, "host.processors=8,host.memory=100"));
        farm.Host.Order(launch.Key, new GrantItems([TestFarm.Frame(2)]));
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.UntilEnded(launch.Key);

        Assert.Equal("2 host.processors=2\n1\n8 host.processors=8,host.memory=100\n1\n", Encoding.UTF8.GetString(farm.Bytes(launch.Key)));
    }

    [Fact]
    public async Task Should_report_signals_and_exit_codes_of_a_command_without_agenda()
    {
        await using var farm = new TestFarm(machine);
        await farm.Output(TestFarm.Launch(1, "exit 3"));
        await farm.Output(TestFarm.Launch(2, "kill -SEGV $$"));
        await farm.Output(TestFarm.Launch(3, "true") with { Shell = "/no/such/shell" });
        Assert.Equal(3, farm.End(new RunKey(1, 0, 1))!.ExitCode);
        Assert.Equal(11, farm.End(new RunKey(2, 0, 1))!.Signal);
        Assert.Contains("cannot be started", farm.End(new RunKey(3, 0, 1))!.Text);
    }

    [Fact]
    public async Task Should_keep_every_byte_whatever_it_is()
    {
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, """printf 'a\000b\r\n\377\376 end'; printf 'err\000' >&2""");
        await farm.Output(launch);
        Assert.Equal([(byte)'a', 0, (byte)'b', 13, 10, 255, 254, (byte)' ', (byte)'e', (byte)'n', (byte)'d'], farm.Bytes(launch.Key));
        Assert.Equal("err\0"u8.ToArray(), farm.Bytes(launch.Key, isError: true));
    }

    [Fact]
    public async Task Should_stay_small_while_a_job_prints_200_megabytes_without_a_newline()
    {
        const long size = 200L * 1024 * 1024;
        await using var farm = new TestFarm(machine);
        var launch = TestFarm.Launch(1, $"head -c {size} /dev/zero; head -c 2 /dev/zero >&2; while [ ! -e /tmp/qx-go ]; do sleep 0.02; done");
        File.Delete("/tmp/qx-go");
        farm.Host.Start(launch);
        long position = 0, output = 0;
        var isDone = false;
        void Take()
        {
            while (farm.Host.Read(launch.Key, position, 1 << 20) is { Count: > 0 } records)
            {
                position = records[^1].Position;
                output += records.Select(record => record.Body).OfType<RunOutput>().Where(record => !record.IsError).Sum(record => (long)record.Data.Length);
                isDone |= records.Any(record => record.Body is RunEnded);
                farm.Host.Discard(launch.Key, position);
            }
        }

        await TakeUntil(farm, () => { Take(); return output == size; });
        var pid = ReadyPid(farm, launch.Key);
        var peak = long.Parse(File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmHWM")).Split(':')[1].Replace("kB", "").Trim());
        Assert.True(peak < 32 * 1024, $"the proxy took {peak} kB");
        File.WriteAllText("/tmp/qx-go", "");
        await TakeUntil(farm, () => { Take(); return isDone; });
        Assert.Equal(size, output);
        var journal = Path.Combine(farm.Folder, "worker", "runs", "1.0.1", "journal");
        Assert.True(new FileInfo(journal).Length > size);
        Assert.True(Blocks(journal) < 16 * 1024 * 1024, "the disk space was not given back");
        File.Delete("/tmp/qx-go");
    }

    private static async Task TakeUntil(TestFarm farm, Func<bool> condition)
    {
        var end = DateTime.UtcNow.AddSeconds(60);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, "waited in vain");
            farm.Host.TakeChanged();
            await Task.Yield();
        }
    }

    private static int ReadyPid(TestFarm farm, RunKey key)
    {
        var bytes = File.ReadAllBytes(Path.Combine(farm.Folder, "worker", "runs", $"{key.Job}.{key.Sub}.{key.Run}", "proxy"));
        return BitConverter.ToInt32(bytes);
    }

    private static long Blocks(string path)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", $"-c %b {path}") { RedirectStandardOutput = true })!;
        return long.Parse(process.StandardOutput.ReadToEnd()) * 512;
    }
}
