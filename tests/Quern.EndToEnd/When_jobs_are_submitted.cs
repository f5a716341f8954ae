using System.Text.Json;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_jobs_are_submitted(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Fact]
    public async Task Should_keep_both_streams_apart_and_whole()
    {
        long job = await Farm.SubmitAsync("--name", "streams", "echo out; echo err >&2");
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal("out\n", (await Farm.RunAsync("qbout", job.ToString())).Output);
        Assert.Equal("err\n", (await Farm.RunAsync("qberr", job.ToString())).Output);
    }

    [Fact]
    public async Task Should_begin_the_command_at_the_first_word_that_is_no_option()
    {
        long job = await Farm.SubmitAsync("-name", "words", "echo", "-n", "--name", "a  b");
        await Farm.ReachesAsync(job, "complete");
        Assert.StartsWith("--name a", (await Farm.RunAsync("qbout", job.ToString())).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_run_every_frame_of_a_range_and_keep_its_output_by_frame()
    {
        long job = await Farm.SubmitAsync("--range", "1-20", "--cpus", "4", "echo frame QB_FRAME_NUMBER");
        var view = await Farm.ReachesAsync(job, "complete");
        Assert.Equal(20, view.Todo);
        Assert.Equal(20, view.Todotally.Complete);
        foreach (int frame in new[] { 1, 7, 20 })
        {
            Assert.Equal($"frame {frame}\n", (await Farm.RunAsync("qbout", $"{job}:{frame}")).Output);
        }
    }

    [Fact]
    public async Task Should_take_a_range_that_begins_with_a_dash()
    {
        long job = await Farm.SubmitAsync("--range", "-10-10", "true");
        Assert.Equal(21, (await Farm.ReachesAsync(job, "complete")).Todo);
    }

    [Fact]
    public async Task Should_cut_a_range_into_chunks_with_their_tokens()
    {
        long job = await Farm.SubmitAsync("--range", "1-10", "--chunk", "4", "--padding", "3", "echo QB_FRAME_RANGE QB_PADDED_FRAME_START QB_PADDED_FRAME_END");
        var view = await Farm.ReachesAsync(job, "complete");
        Assert.Equal(3, view.Todo);
        Assert.Equal("1-4 001 004\n", (await Farm.RunAsync("qbout", $"{job}:1-4")).Output);
        Assert.Equal("9-10 009 010\n", (await Farm.RunAsync("qbout", $"{job}:9-10")).Output);
    }

    [Fact]
    public async Task Should_leave_bytes_untouched()
    {
        long job = await Farm.SubmitAsync(@"printf 'a\r\nb\000c\377\376end'");
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal([(byte)'a', 13, 10, (byte)'b', 0, (byte)'c', 255, 254, (byte)'e', (byte)'n', (byte)'d'], (await Farm.RunAsync("qbout", job.ToString())).OutputBytes);
    }

    [Fact]
    public async Task Should_carry_megabytes_without_a_line_feed()
    {
        const int bytes = 50_000_000;
        long job = await Farm.SubmitAsync($"head -c {bytes} /dev/zero");
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal(bytes, (await Farm.RunAsync("qbout", job.ToString())).OutputBytes.Length);
    }

    [Fact]
    public async Task Should_tell_jobs_where_they_are()
    {
        long job = await Farm.SubmitAsync("echo $QBJOBID $QBSUBID; pwd");
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal($"{job} 0\n/\n", (await Farm.RunAsync("qbout", job.ToString())).Output);
    }

    [Fact]
    public async Task Should_fail_with_the_command_and_try_again_as_often_as_asked()
    {
        string count = Path.Combine(Farm.Shared, "tries");
        long job = await Farm.SubmitAsync("--range", "1", "--retrywork", "2", $"echo x >> {count}; exit 3");
        var view = await Farm.ReachesAsync(job, "failed");
        Assert.Equal(1, view.Todotally.Failed);
        Assert.Equal(3, File.ReadAllLines(count).Length);
        Assert.Equal(3, (await Farm.Reader.JobAsync(job, agenda: true)).Agenda![0].ExitCode);
    }

    [Fact]
    public async Task Should_end_what_takes_too_long()
    {
        long job = await Farm.SubmitAsync("--range", "1", "--agendatimelimit", "1", "sleep 600");
        var view = await Farm.ReachesAsync(job, "failed");
        Assert.Equal(1, view.Todotally.Failed);
    }

    [Fact]
    public async Task Should_list_jobs_in_the_shape_that_scripts_read()
    {
        long job = await Farm.SubmitAsync("--name", "listed", "--status", "blocked", "true");
        var ran = await Farm.RunAsync("qbjobs", job.ToString());
        Assert.True(ran.Code == 0, ran.ToString());
        string[] lines = ran.Line.Split('\n');
        Assert.StartsWith("total", lines[0], StringComparison.Ordinal);
        Assert.Contains("id", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines.Skip(2), line => line.Contains("listed", StringComparison.Ordinal) && line.Contains("blocked", StringComparison.Ordinal));
        using var json = JsonDocument.Parse((await Farm.RunAsync("qbjobs", "--json", job.ToString())).OutputBytes);
        Assert.Contains($"\"id\":{job}", json.RootElement.GetRawText().Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_take_the_same_submission_twice_and_make_one_job()
    {
        const string body = """{"requestId":"twice-0001","jobs":[{"name":"twice","prototype":"cmdline","package":{"cmdline":"true"},"status":"blocked"}]}""";
        var ids = new List<string>();
        for (int time = 0; time < 2; time++)
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var reply = await Farm.Reader.PostAsync("/api/v1/jobs", content);
            string text = await reply.Content.ReadAsStringAsync();
            Assert.True(reply.IsSuccessStatusCode, text);
            using var json = JsonDocument.Parse(text);
            ids.Add(json.RootElement.GetProperty("ids").GetRawText());
        }
        Assert.Equal(ids[0], ids[1]);
    }

    [Fact]
    public async Task Should_run_where_the_requirements_hold_and_say_why_elsewhere_not()
    {
        await Farm.ReachesAsync(await Farm.SubmitAsync("--requirements", "host.os == linux and host.worker_mode == 'service', host.processors > 0", "true"), "complete");
        long waiting = await Farm.SubmitAsync("--requirements", "host.worker_mode == 'desktop'", "true");
        Assert.Contains("no host meets its requirements: host.worker_mode == 'desktop'", (await Farm.RunAsync("qbjobs", "--long", waiting.ToString())).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Farm.RunAsync("qbkill", waiting.ToString())).Code);
        var wrong = await Farm.RunAsync("qbsub", "--requirements", "host.os == == linux", "true");
        Assert.Equal(1, wrong.Code);
        Assert.Contains("at character 12", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_accept_a_million_frames_and_let_them_go()
    {
        long job = await Farm.SubmitAsync("--range", "1-1000000", "--status", "blocked", "true");
        Assert.Equal(1_000_000, (await Farm.Reader.JobAsync(job)).Todo);
        Assert.Equal(0, (await Farm.RunAsync("qbkill", job.ToString())).Code);
        await Farm.ReachesAsync(job, "killed");
        Assert.Equal(0, (await Farm.RunAsync("qbremove", job.ToString())).Code);
    }
}
