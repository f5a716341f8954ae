using System.Diagnostics;

namespace Quern.Execution.Tests.JobTypes;

/// <summary>Without a farm. Source: reference, qube-clients 5.2 (_setjob, _init_assign) and qube-jobs 17.3 (the archive).</summary>
public sealed class When_a_script_is_tried_by_hand : IDisposable
{
    private const string Script = """
        import sys, qb
        job = qb._setjob(sys.argv[1]) if len(sys.argv) > 1 else qb.jobobj()
        qb._init_assign()
        print(job["name"], sorted(job["package"].items()))
        while True:
            work = qb.requestwork()
            if work["status"] != "running":
                qb.reportjob(work["status"])
                break
            print(work["name"], work["package"])
            work["status"] = "complete"
            qb.reportwork(work)

        """;

    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    private (int Code, string Output, string Error) Run(string file, string text)
    {
        var start = new ProcessStartInfo("python3", [_bench.Write("run.py", Script), .. text.Length == 0 ? Array.Empty<string>() : [_bench.Write(file, text)]]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONPATH"] = Path.Combine(_bench.Folder, "python");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }

    [Fact]
    public void Should_take_a_job_as_JSON_and_print_what_is_reported()
    {
        var (code, output, error) = Run("job.json", """{"name":"shot","package":{"scene":"/a"},"agenda":["1",{"name":"2","package":{"x":[1]}}]}""");
        Assert.Equal((0, "shot [('scene', '/a')]\n1 {}\n2 {'x': [1]}\n"), (code, output));
        Assert.Contains("""qb: {"type": "end", "status": "complete", "result": {}}""", error);
    }

    [Fact]
    public void Should_take_an_archive()
    {
        const string archive = """
            <version>1</version>
            <object type = 'job'><id>12</id><name>shot</name><data>(=(scene=/a \(b\))(deep=(=(x=1)(y=2)))(last=3))</data>
            <agenda><object type='work_list'><item><object type='work'><name>1</name><data></data></object></item><item><object type='work'><name>2</name><data>(=(side=left))</data></object></item></object></agenda></object>

            """;
        Assert.Equal((0, "shot [('deep', {'x': '1', 'y': '2'}), ('last', '3'), ('scene', '/a (b)')]\n1 {}\n2 {'side': 'left'}\n"), (Run("a.xja", archive).Code, Run("a.xja", archive).Output));
    }

    [Fact]
    public void Should_say_that_there_is_no_job()
    {
        var (code, _, error) = Run("", "");
        Assert.Equal(1, code);
        Assert.EndsWith("this program is no application of a job: submit a job of its type, or try it with qb._setjob\n", error);
    }
}
