using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Reference;

/// <summary>Documented command lines on a farm that runs. How options are read is in the tests of the commands. Source: reference, qube-clients 1 and 2.1, qube-jobs 6.3, 10.1 and 17.3.</summary>
public sealed class When_clients_section_2_is_typed(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Theory]
    [InlineData("true", 0, "complete")]
    [InlineData("exit 3", 1, "failed")]
    public async Task Should_wait_on_the_job_and_say_how_it_ended(string command, int code, string status)
    {
        var ran = await Farm.RunAsync("qbsub", "--waiton", command);
        Assert.Equal(code, ran.Code);
        Assert.Equal(status, (await Farm.RunAsync("qbjobs", "--fields", "status", "--delimit", ",", ran.Line)).Line.Split('\n')[^1]);
    }

    /// <summary>The job of the poster frames is the second.</summary>
    [Theory]
    [InlineData("true", 0, "complete", "complete")]
    [InlineData("test QB_FRAME_NUMBER != 6", 1, "complete", "failed")]
    public async Task Should_wait_on_every_job_that_it_made(string command, int code, params string[] status)
    {
        var ran = await Farm.RunAsync("qbsub", "--waiton", "--range", "1-6", "--p_agenda", "1,6", command);
        Assert.Equal(code, ran.Code);
        string[] words = ["--fields", "status", "--delimit", ",", "--sortby", "id", .. ran.Line.Split('\n')];
        Assert.Equal(status, (await Farm.RunAsync("qbjobs", words)).Line.Split('\n')[^2..]);
    }

    /// <summary>Scripts show the whole output as the number of the job.</summary>
    [Theory]
    [InlineData(1, "--range", "1-20", "true")]
    [InlineData(2, "--range", "1-20", "--p_agenda", "1,20,10", "true")]
    [InlineData(2, "--range", "1-20", "--flags", "p_agenda", "true")]
    public async Task Should_print_the_id_of_each_job_that_was_made(int jobs, params string[] words)
    {
        var lines = (await Farm.RunAsync("qbsub", words)).Line.Split('\n');
        Assert.Equal(jobs, lines.Length);
        var views = await Task.WhenAll(lines.Select(line => Farm.ReachesAsync(long.Parse(line), "complete")));
        Assert.Equal((20, jobs == 2 ? 3 : 20), (views.Sum(view => view.Todo), views[^1].Todo));
    }

    [Fact]
    public async Task Should_run_a_raw_package()
    {
        var job = await Farm.SubmitAsync("--type", "cmdline", "--data", @"(=(cmdline=echo \(raw\) | cat)(shell=/bin/bash))".Replace(@"\(raw\)", "'\\(raw\\)'", StringComparison.Ordinal));
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal("(raw)\n", (await Farm.RunAsync("qbout", $"{job}")).Output);
    }

    [Theory]
    [InlineData("--xml")]
    [InlineData("")]
    public async Task Should_submit_again_what_was_written_to_an_archive(string form)
    {
        var file = Path.Combine(Farm.Root, $"job{form}.xja");
        string[] words = [.. new[] { "--export", file, form, "--range", "1-3", "--name", "kept", "echo QB_FRAME_NUMBER of QB_FRAME_RANGE" }.Where(word => word.Length > 0)];
        Assert.Equal((0, ""), ((await Farm.RunAsync("qbsub", words)).Code, (await Farm.RunAsync("qbsub", words)).Output));
        var view = await Farm.ReachesAsync(await Farm.SubmitAsync("--import", file, "--priority", "7"), "complete");
        Assert.Equal(("kept", 7, 3), (view.Name, view.Priority, view.Todo));
        Assert.Equal("2 of 2\n", (await Farm.RunAsync("qbout", $"{view.Id}:2")).Output);
    }

    /// <summary>1: an affected id a line, else a text with the word nothing.</summary>
    [Fact]
    public async Task Should_print_what_an_action_touched()
    {
        var job = await Farm.SubmitAsync("--status", "blocked", "--cpus", "2", "true");
        Assert.Equal($"{job}.0\n{job}.1", (await Farm.RunAsync("qbkill", $"{job}")).Line);
        Assert.Contains("nothing", (await Farm.RunAsync("qbkill", "--running", $"{job}")).Output, StringComparison.Ordinal);
    }

    /// <summary>2.3: programs that grow and shrink a farm read these lines.</summary>
    [Fact]
    public async Task Should_print_the_load_of_a_host()
    {
        Assert.Matches(@"(?m)^host\.loadavg_15min=[0-9.]+$", (await Farm.RunAsync("qbhosts", "--long")).Output);
        Assert.Matches(@"""loadavg_15min"":""[0-9.]+""", (await Farm.RunAsync("qbhosts", "--json", "--resources", "loadavg_15min >= 0 and host.loadavg_1min != ''")).Output);
    }

    /// <summary>10.1: what a job of an instance finds, and 2.1: where it starts.</summary>
    [Fact]
    public async Task Should_tell_a_command_where_it_is()
    {
        var job = await Farm.SubmitAsync("--cwd", "/usr", "--env", "SHOT=10", "--reservations", "host.processors=2", "echo $QBJOBID $QBSUBID $QBPGRPID $QB_JOBSLOTS $QB_ALLOCATIONS $SHOT $(pwd)");
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal($"{job} 0 {job} 2 host.processors=2 10 /usr\n", (await Farm.RunAsync("qbout", $"{job}")).Output);
    }
}
