using System.Diagnostics;

namespace Quern.Supervisor.Tests.Callbacks;

/// <summary>The module that Python callbacks find, with commands that only say what they were asked.</summary>
public sealed class When_python_callbacks_run : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("callback").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Quern.slnx")))
        {
            at = at.Parent!;
        }

        return at.FullName;
    }

    private void Command(string name, string script)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    private async Task<(int Code, string Out, string Error)> RunAsync(string code)
    {
        var start = new ProcessStartInfo("python3", ["-m", "qb_callback"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONPATH"] = Path.Combine(Root(), "python");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["QBDIR"] = folder;
        start.Environment["QB_CALLBACK_JOBID"] = "12";
        start.Environment["QB_CALLBACK_SUBID"] = "0";
        start.Environment["QB_CALLBACK_WORKID"] = "a-5";
        start.Environment["QB_CALLBACK_CODE"] = code;
        using var python = Process.Start(start)!;
        var (said, wrong) = (python.StandardOutput.ReadToEndAsync(), python.StandardError.ReadToEndAsync());
        await python.WaitForExitAsync().Within();
        return (python.ExitCode, (await said).Trim(), (await wrong).Trim());
    }

    [Fact]
    public async Task They_know_why_and_act_on_what_they_are_about()
    {
        Command("qbunblock", "echo \"$@\"");
        Command("qbretry", "echo \"$@\"");
        Command("qbjobs", """echo '{"jobs":[{"id":12,"status":"running","pgrp":12,"label":"render","subjobs":[{"id":"12.0","status":"running"}],"agenda":[{"name":"a-5","status":"failed"}]}]}'""");
        var (code, said, wrong) = await RunAsync("""
            import qb
            print(qb.jobid(), qb.subid(), qb.workid())
            print(qb.jobstatus(), qb.subjobstatus(), qb.workstatus(), qb.sibling("render"), qb.jobinfo("-id", 12)[0]["label"])
            print(qb.unblock(12), qb.workunblock("13:7"), qb.retrywork())
            """);
        Assert.Equal((0, ""), (code, wrong));
        Assert.Equal("12 0 a-5\nrunning running failed 12 render\n['12'] ['13:7'] ['12:a-5']", said);
    }

    [Fact]
    public async Task What_a_command_refuses_is_the_callbacks_failure()
    {
        Command("qbkill", "echo 'qbkill: job 12 belongs to ann' >&2; exit 1");
        var (code, _, wrong) = await RunAsync("qb.kill()");
        Assert.Equal((1, "callback: qbkill: job 12 belongs to ann"), (code, wrong));
        (code, _, wrong) = await RunAsync("1/0");
        Assert.Equal(1, code);
        Assert.Contains("ZeroDivisionError", wrong, StringComparison.Ordinal);
    }
}
