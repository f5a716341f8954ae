using System.Diagnostics;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

public sealed class When_the_demo_runs
{
    private static readonly string Quern = Path.Combine(FarmOnDisk.Programs, "quern");

    [Fact]
    public async Task Should_leave_frames_movie_and_contact_sheet_to_the_account()
    {
        string output = NewOutput();
        try
        {
            var ran = await Shell.RunAsync(Quern, ["demo", "--frames", "3", "--width", "64", "--height", "36", "--output", output]);
            Assert.True(ran.Code == 0, ran.ToString());
            Assert.Equal(["quern1.png", "quern2.png", "quern3.png"], Directory.EnumerateFiles(Path.Combine(output, "frames")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.True(new FileInfo(Path.Combine(output, "quern.mp4")).Length > 500);
            Assert.True(new FileInfo(Path.Combine(output, "contact-sheet.png")).Length > 500);
            Assert.Contains(output, ran.Output, StringComparison.Ordinal);
            var owner = await Shell.RunAsync("stat", ["-c", "%U", Path.Combine(output, "frames", "quern2.png")]);
            string behind = Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } user && user != "root" ? user : "quern";
            Assert.Equal(FarmOnDisk.IsRoot ? behind : Environment.UserName, owner.Line);
        }
        finally
        {
            Remove(output);
        }
    }

    [Fact]
    public async Task Should_end_everything_when_interrupted()
    {
        string output = NewOutput();
        try
        {
            var start = new ProcessStartInfo(Quern, ["demo", "--frames", "500", "--output", output]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
            using var demo = Process.Start(start)!;
            var said = demo.StandardOutput.ReadToEndAsync();
            var complained = demo.StandardError.ReadToEndAsync();
            string first = Path.Combine(output, "frames");
            await Eventually.TrueAsync(() => demo.HasExited || (Directory.Exists(first) && Directory.EnumerateFiles(first).Any()), TimeSpan.FromSeconds(90), () => "a frame is there");
            Assert.False(demo.HasExited, "the demo ended before it was interrupted");
            await Shell.RunAsync("kill", ["-s", "INT", demo.Id.ToString()]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await demo.WaitForExitAsync(limit.Token);
            Assert.True(demo.ExitCode == 130, $"{demo.ExitCode} {await said} {await complained}");
            foreach (string folder in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
            {
                Assert.False(Uses(folder, output), $"{folder} still works in {output}");
            }
        }
        finally
        {
            Remove(output);
        }
    }

    [Theory]
    [InlineData("--frames", "0")]
    [InlineData("--renderer", "crayons")]
    [InlineData("--nonsense", "1")]
    public async Task Should_refuse_in_one_line(string option, string value)
    {
        var ran = await Shell.RunAsync(Quern, ["demo", option, value]);
        Assert.Equal(2, ran.Code);
        Assert.Single(ran.Error.TrimEnd('\n').Split('\n'));
    }

    private static bool Uses(string folder, string output)
    {
        try
        {
            return new DirectoryInfo(Path.Combine(folder, "cwd")).ResolveLinkTarget(false)?.FullName.StartsWith(output, StringComparison.Ordinal) ?? false;
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string NewOutput() => $"/var/tmp/quern-e2e-demo-{Guid.NewGuid().ToString("N")[..8]}";

    private static void Remove(string output)
    {
        if (Directory.Exists(output))
        {
            Directory.Delete(output, recursive: true);
        }
    }
}
