using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Screens;

public sealed class When_a_service_job_wants_a_screen
{
    [Fact]
    public async Task Should_fail_with_an_x_error_where_there_is_none()
    {
        Assert.SkipUnless(FarmOnDisk.IsRoot, "needs root: service mode");
        await using var farm = await FarmOnDisk.StartAsync();
        string window = await XClient.BuildAsync(farm.Shared);
        long job = await farm.SubmitAsync($"{window} true");
        await farm.ReachesAsync(job, "failed");
        Assert.Contains("cannot open display ''", (await farm.RunAsync("qberr", job.ToString())).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_paint_on_a_private_screen_that_nobody_else_reaches_and_that_ends_with_it()
    {
        Assert.SkipUnless(FarmOnDisk.IsRoot, "needs root: service mode");
        await using var farm = await FarmOnDisk.StartAsync(2, "worker_virtual_display=xvfb", "worker_virtual_screen=1280x720x24");
        string window = await XClient.BuildAsync(farm.Shared);
        string up = Path.Combine(farm.Shared, "up"), go = Path.Combine(farm.Shared, "go");
        long job = await farm.SubmitAsync("--range", "1-2", $"{XClient.Look}; {window} \"{XClient.Look}\"; xdpyinfo | grep dimensions; echo $DISPLAY $XAUTHORITY > {up}.new; mv {up}.new {up}; while [ ! -e {go} ]; do sleep 0.05; done");
        await Eventually.TrueAsync(() => File.Exists(up), TimeSpan.FromSeconds(60), () => $"the job has painted\n{farm.Logs()}");
        string[] way = File.ReadAllText(up).Trim().Split(' ');
        Assert.Equal(2, way.Length);

        // The file is in the account's private folder: root can read it, and is refused only because it does not look there.
        Assert.Equal("600", (await Shell.RunAsync("stat", ["-c", "%a", way[1]])).Line);
        await RefusedAsync(["env", "-u", "XAUTHORITY", "HOME=/", $"DISPLAY={way[0]}", "xdpyinfo"]);
        await RefusedAsync(["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups", "env", "HOME=/", $"DISPLAY={way[0]}", $"XAUTHORITY={way[1]}", "xdpyinfo"]);
        Assert.Equal(0, (await Shell.RunAsync("env", [$"DISPLAY={way[0]}", $"XAUTHORITY={way[1]}", "xdpyinfo"])).Code);

        File.WriteAllText(go, "");
        await farm.ReachesAsync(job, "complete");
        foreach (string item in new[] { $"{job}:1", $"{job}:2" })
        {
            string output = (await farm.RunAsync("qbout", item)).Output;
            Assert.Contains("#000000", output, StringComparison.Ordinal);
            Assert.Contains(XClient.Red, output, StringComparison.Ordinal);
            Assert.Contains("1280x720", output, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(way[1])));
        Assert.NotEqual(0, (await Shell.RunAsync("env", ["-u", "XAUTHORITY", $"DISPLAY={way[0]}", "xdpyinfo"])).Code);
    }

    [Fact]
    public async Task Should_have_a_screen_of_its_own_in_each_instance()
    {
        Assert.SkipUnless(FarmOnDisk.IsRoot, "needs root: service mode");
        await using var farm = await FarmOnDisk.StartAsync(2, "worker_virtual_display=xvfb");
        string meet = Path.Combine(farm.Shared, "meet");
        Directory.CreateDirectory(meet);
        await Shell.RunAsync("chmod", ["777", meet]);
        long job = await farm.SubmitAsync("--range", "1-2", "--cpus", "2", $"touch {meet}/QB_FRAME_NUMBER; while [ $(ls {meet} | wc -l) -lt 2 ]; do sleep 0.05; done; echo $DISPLAY");
        await farm.ReachesAsync(job, "complete");
        string[] displays = [(await farm.RunAsync("qbout", $"{job}:1")).Line, (await farm.RunAsync("qbout", $"{job}:2")).Line];
        Assert.All(displays, display => Assert.Matches("^:[0-9]+$", display));
        Assert.NotEqual(displays[0], displays[1]);
    }

    private static async Task RefusedAsync(string[] words)
    {
        var ran = await Shell.RunAsync(words[0], words[1..]);
        Assert.True(ran.Code != 0, ran.ToString());
        Assert.Contains("Authorization required", ran.Error, StringComparison.Ordinal);
    }
}
