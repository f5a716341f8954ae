using System.Diagnostics;
using System.Text.Json;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_a_farm_is_brought_up(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Fact]
    public async Task Should_answer_a_ping_in_one_line()
    {
        var ran = await Farm.RunAsync("qbping");
        Assert.True(ran.Code == 0, ran.ToString());
        Assert.Single(ran.Line.Split('\n'));
    }

    [Fact]
    public async Task Should_show_its_worker()
    {
        var ran = await Farm.RunAsync("qbhosts");
        Assert.True(ran.Code == 0, ran.ToString());
        string[] lines = ran.Line.Split('\n');
        Assert.StartsWith("total", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("name", lines[1], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("/4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("supervisor")]
    [InlineData("worker")]
    public void Should_leave_a_ready_file_with_every_key(string role)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Farm.State, "run", role + ".json")));
        var keys = document.RootElement.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal);
        Assert.Equal(["address", "ca_sha256", "pid", "port", "role", "socket", "state"], keys);
        Assert.Equal(role, document.RootElement.GetProperty("role").GetString());
    }

    [Theory]
    [InlineData("supervisor")]
    [InlineData("worker")]
    public void Should_keep_secrets_to_itself(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal((UnixFileMode)0x1C0, File.GetUnixFileMode(Path.Combine(Farm.State, folder)));
        }
    }

    [Fact]
    public async Task Should_run_a_job_as_the_account_and_nobody_else()
    {
        long job = await Farm.SubmitAsync("id -un; id -u; grep -E '^(Groups|NoNewPrivs|CapEff|CapBnd):' /proc/self/status");
        var view = await Farm.ReachesAsync(job, "complete");
        var lines = (await Farm.RunAsync("qbout", job.ToString())).Line.Split('\n');
        Assert.Equal(FarmOnDisk.Account, lines[0]);
        Assert.Equal(FarmOnDisk.Account, view.Subjobs![0].Account);
        Assert.NotEqual("0", lines[1]);
        Assert.Contains(lines, line => line.StartsWith("CapEff:", StringComparison.Ordinal) && line.EndsWith("0000000000000000", StringComparison.Ordinal));
        if (FarmOnDisk.IsRoot)
        {
            Assert.Contains(lines, line => line.StartsWith("NoNewPrivs:", StringComparison.Ordinal) && line.EndsWith('1'));
            Assert.DoesNotContain(lines, line => line.StartsWith("Groups:", StringComparison.Ordinal) && line.Split(' ', '\t').Contains("0"));
        }
    }

    [Fact]
    public async Task Should_refuse_a_second_worker_on_the_same_record()
    {
        List<string> words = ["--state", Farm.State, .. FarmOnDisk.IsRoot ? ["--set", $"proxy_account={FarmOnDisk.Account}"] : new[] { "--desktop" }];
        var ran = await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern-worker"), words);
        Assert.Equal(1, ran.Code);
        Assert.Single(ran.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Should_refuse_a_worker_in_the_wrong_mode()
    {
        string state = Path.Combine(Farm.Root, "elsewhere");
        var ran = await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern"), ["worker", "--state", state, .. FarmOnDisk.IsRoot ? ["--desktop"] : Array.Empty<string>()]);
        Assert.NotEqual(0, ran.Code);
        Assert.Contains(FarmOnDisk.IsRoot ? "root" : "--desktop", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qbsub")]
    [InlineData("qbjobs")]
    [InlineData("qbhosts")]
    [InlineData("qbout")]
    [InlineData("qberr")]
    [InlineData("qbkill")]
    [InlineData("qbretry")]
    [InlineData("qbblock")]
    [InlineData("qbunblock")]
    [InlineData("qbremove")]
    [InlineData("qbhist")]
    [InlineData("qbping")]
    public async Task Should_help_with_examples_and_tell_its_version(string command)
    {
        var help = await Farm.RunAsync(command, "--help");
        Assert.True(help.Code == 0, help.ToString());
        Assert.Contains(command, help.Output, StringComparison.Ordinal);
        Assert.Contains("example", help.Output, StringComparison.OrdinalIgnoreCase);
        var version = await Farm.RunAsync(command, "--version");
        Assert.True(version.Code == 0, version.ToString());
        Assert.Single(version.Line.Split('\n'));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public async Task Should_go_down_with_quern_up_and_leave_nothing_behind(string signal)
    {
        string state = Path.Combine(Farm.Root, "upped-" + signal);
        List<string> words = ["up", "--state", state, "--port", "0", "--slots", "2", .. FarmOnDisk.IsRoot ? ["--set", $"proxy_account={FarmOnDisk.Account}"] : Array.Empty<string>()];
        var start = new ProcessStartInfo(Path.Combine(FarmOnDisk.Programs, "quern"), words) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        using var up = Process.Start(start)!;
        var output = up.StandardOutput.ReadToEndAsync();
        var error = up.StandardError.ReadToEndAsync();
        string ready = Path.Combine(state, "run", "up.json");
        await Eventually.TrueAsync(() => File.Exists(ready) || up.HasExited, TimeSpan.FromSeconds(60), () => "quern up serves");
        Assert.False(up.HasExited, $"quern up ended: {(up.HasExited ? await output + await error : "")}");
        var environment = new Dictionary<string, string?> { ["QUERN_STATE"] = state, ["QB_SUPERVISOR"] = null };
        var hosts = await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "qbhosts"), [], environment);
        Assert.Contains("active", hosts.Output, StringComparison.Ordinal);
        string mark = Path.Combine(Farm.Shared, "upped-job-" + signal);
        var sub = await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "qbsub"), [$"touch {mark}; exec sleep 1000.125"], environment);
        Assert.True(sub.Code == 0, sub.ToString());
        await Eventually.TrueAsync(() => File.Exists(mark), TimeSpan.FromSeconds(60), () => "the job runs");
        await Shell.RunAsync("kill", ["-s", signal, up.Id.ToString()]);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await up.WaitForExitAsync(limit.Token);
        await Eventually.TrueAsync(
            () => !Farm.Strays().Any(line => line.Contains(state, StringComparison.Ordinal)),
            TimeSpan.FromSeconds(60),
            () => $"nothing of it is left: {string.Join("; ", Farm.Strays())}");
        Assert.Equal(1, (await Shell.RunAsync("pgrep", ["-f", "sleep 1000.12[5]"])).Code);
    }
}
