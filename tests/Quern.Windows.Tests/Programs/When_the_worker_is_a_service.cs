using System.Diagnostics;

namespace Quern.Windows.Tests.Programs;

/// <summary>The real quern.exe and quern-worker.exe with the service manager. Wine has no certificates, so the worker waits for its farm.</summary>
public sealed class When_the_worker_is_a_service
{
    private static readonly string Log = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.CommonApplicationData), "Quern", "worker", "worker.log");

    private static (int Code, string Output) Run(string program, params string[] words)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, CreateNoWindow = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), $"{program} {string.Join(' ', words)} hangs");
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }

    private static (int Code, string Output) Quern(params string[] words) => Run(Path.Combine(WindowsFarm.Programs, "quern.exe"), words);

    private static string State() => Run("sc.exe", "query", "quern-worker").Output;

    private static string LogText()
    {
        using var reader = new StreamReader(new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    private static Task UntilLogged(string text) => Until(() => File.Exists(Log) ? LogText() : "there is no log", text);

    private static async Task Until(Func<string> look, string text)
    {
        var end = DateTime.UtcNow.AddSeconds(60);
        var seen = look();
        while (!seen.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(DateTime.UtcNow < end, $"'{text}' never came: {seen}");
            await Task.Yield();
            seen = look();
        }
    }

    [Fact]
    public async Task Should_be_installed_started_stopped_and_taken_away()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows or Wine");
        if (File.Exists(Log))
        {
            File.Delete(Log);
        }

        var shown = Quern("worker", "install", "--service", "--dry-run");
        Assert.True(shown.Code == 0 && shown.Output.Contains("would    start the service quern-worker", StringComparison.Ordinal), shown.Output);
        Assert.DoesNotContain("RUNNING", State(), StringComparison.Ordinal);
        try
        {
            var installed = Quern("worker", "install", "--service");
            Assert.True(installed.Code == 0, installed.Output);
            await Until(State, "RUNNING");
            await UntilLogged("waiting for a farm: this worker belongs to no farm yet");
            Assert.Contains("service mode, jobs run as", LogText(), StringComparison.Ordinal);
            Assert.Contains("the worker lacks SeAssignPrimaryTokenPrivilege", LogText(), StringComparison.Ordinal);

            var mode = Quern("worker", "mode");
            Assert.StartsWith("service", mode.Output, StringComparison.Ordinal);
            var again = Quern("worker", "install", "--service");
            Assert.True(again.Code == 0 && !again.Output.Contains("done ", StringComparison.Ordinal), again.Output);

            Assert.Equal(0, Run("net.exe", "stop", "quern-worker").Code);
            await Until(State, "STOPPED");
            await UntilLogged("stopped");
        }
        finally
        {
            var gone = Quern("worker", "uninstall", "--service", "--now", "--purge");
            Assert.True(gone.Code == 0, gone.Output);
        }

        Assert.NotEqual(0, Run("sc.exe", "query", "quern-worker").Code);
    }

    [Fact]
    public void Should_say_when_there_is_no_farm_to_join()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows or Wine");
        var folder = Directory.CreateTempSubdirectory("qw").FullName;
        var (code, output) = Run(Path.Combine(WindowsFarm.Programs, "quern-worker.exe"), "--desktop", "--state", folder);
        Assert.Equal(1, code);
        Assert.Contains("this worker belongs to no farm yet", output, StringComparison.Ordinal);
    }
}
