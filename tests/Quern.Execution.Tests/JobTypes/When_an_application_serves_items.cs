using System.Text;
using System.Text.Json;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.JobTypes;

/// <summary>An application that is loaded once and fed items; the lines are those of docs/job-types.md. Source: reference, qube-clients 5.2.</summary>
public sealed class When_an_application_serves_items(RealMachine machine) : IDisposable
{
    /// <summary>The canonical loop of Qube's job types; what it does with an item comes in between.</summary>
    private const string Loop = """
        import os, sys, time, qb
        job = qb.jobobj()
        print("loaded", flush=True)
        while True:
            work = qb.requestwork()
            if work["status"] == "failed":
                print("refused", work["name"], flush=True)
                work["status"] = "failed"
                qb.reportwork(work)
                continue
            if work["status"] == "waiting":
                continue
            if work["status"] != "running":
                print("told", work["status"], flush=True)
                qb.reportjob(work["status"])
                break
            work["status"] = "complete"
            ITEM
            qb.reportwork(work)

        """;

    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    private Launch Python(string item, params ItemLease[] items) => _bench.Launch(_bench.Python(Loop.Replace("ITEM", item.ReplaceLineEndings("\n    "), StringComparison.Ordinal)), items);

    private static async Task<TestFarm> Run(RealMachine machine, Launch launch, string next = FinishRun.Complete)
    {
        var farm = new TestFarm(machine);
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new FinishRun(next));
        await farm.UntilEnded(launch.Key);
        return farm;
    }

    private static string Of(TestFarm farm, Launch launch, int item) => Encoding.UTF8.GetString(farm.Bodies<RunOutput>(launch.Key).Where(output => output.Item == item).SelectMany(output => output.Data.ToArray()).ToArray());

    [Fact]
    public async Task Should_load_it_once_and_keep_outputs_of_items_apart()
    {
        var launch = Python("print('render', work['name'], os.getpid(), file=sys.stdout if work['id'] % 2 else sys.stderr)", TestFarm.Frame(1), TestFarm.Frame(2), TestFarm.Frame(3));
        await using var farm = await Run(machine, launch);
        var pid = Of(farm, launch, 1).Split(' ')[2].Trim();
        Assert.Equal([$"render 1 {pid}\n", $"render 2 {pid}\n", $"render 3 {pid}\n", "loaded\ntold complete\n"], new[] { 1, 2, 3, -1 }.Select(item => Of(farm, launch, item)));
        Assert.Equal([1, 2, 3], farm.Bodies<RunItemStarted>(launch.Key).Select(item => item.Item));
        Assert.All(farm.Bodies<RunItemEnded>(launch.Key), item => Assert.Equal((ItemEndCause.Exited, 0, RunVerdict.None), (item.Cause, item.ExitCode, item.Verdict)));
        Assert.Equal((RunEndCause.Finished, RunVerdict.None), (farm.End(launch.Key)!.Cause, farm.End(launch.Key)!.Verdict));
    }

    [Fact]
    public async Task Should_tell_it_the_job_packages_of_items_and_the_path_map()
    {
        var launch = Python(
            "print(job['id'], job['name'], job['prod_show'], job['package']['deep']['list'], qb.jobid(), qb.subid(), qb.convertpath('/Volumes/a/x'), qb.workerpathmap(), qb.jobconfig('tool', 'answer'), qb.jobtypeavailable('tool'), work['package'], work['name'], work['start'], work['count'])",
            TestFarm.Frame(7) with { Package = """{"commands":["a","b"]}""" });
        await using var farm = await Run(machine, launch);
        Assert.Equal("1 shot monkeys [1, 2] 1 0 /b/x {'/Volumes': '/mnt', '/mnt/a': '/b'} 43 True {'commands': ['a', 'b']} 7 7 1\n", Of(farm, launch, 7));
    }

    [Fact]
    public async Task Should_keep_its_result_package_and_tell_progress_while_it_runs()
    {
        var go = Path.Combine("/tmp", $"quern-test-{Guid.NewGuid():N}");
        var launch = Python(
            $$"""
            work["resultpackage"] = {"progress": 0.25}
            work["status"] = "running"
            qb.reportwork(work)
            while not os.path.exists("{{go}}"): time.sleep(0.02)
            work["status"] = "complete"
            work["resultpackage"] = {"outputPaths": "/tmp/a.txt,/tmp/b.txt", "progress": 1, "faces": [1, {"x": "y"}]}
            """, TestFarm.Frame(1)) with { Checks = FlightChecks.None };
        await using var farm = new TestFarm(machine);
        farm.Host.Start(launch);
        farm.Host.Order(launch.Key, new FinishRun());
        await farm.Until(() => farm.Bodies<RunProgress>(launch.Key).Any(), "progress is told");
        Assert.Equal((1, 0.25), (farm.Bodies<RunProgress>(launch.Key).First().Item, farm.Bodies<RunProgress>(launch.Key).First().Share));
        File.WriteAllText(go, "");
        await farm.UntilEnded(launch.Key);
        File.Delete(go);
        using var result = JsonDocument.Parse(farm.Bodies<RunItemEnded>(launch.Key).Single().Result);
        Assert.Equal("/tmp/a.txt,/tmp/b.txt", result.RootElement.GetProperty("outputPaths").GetString());
        Assert.Equal("""[1,{"x":"y"}]""", result.RootElement.GetProperty("faces").GetRawText().Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("work['status'] = 'failed'", "its job type 'tool' reported it failed")]
    [InlineData("work['status'] = 'failed'; work['reason'] = 'no\\nlicence server'", "no licence server")]
    [InlineData("work['resultpackage'] = {'errors': 'texture missing'}", "texture missing")]
    [InlineData("continue", "its application asked for the next item without a report on this one")]
    public async Task Should_fail_an_item_that_is_reported_so_and_go_on(string item, string reason)
    {
        var launch = Python($"if work['id'] == 1:\n    {item}", TestFarm.Frame(1), TestFarm.Frame(2));
        await using var farm = await Run(machine, launch);
        var ends = farm.Bodies<RunItemEnded>(launch.Key).ToList();
        Assert.Equal([(1, VerdictKind.Failed, reason), (2, VerdictKind.None, "")], ends.Select(end => (end.Item, end.Verdict.Kind, end.Verdict.Text)));
        Assert.Equal(1, Of(farm, launch, -1).Split("loaded").Length - 1);
    }

    [Fact]
    public async Task Should_fail_only_the_item_in_hand_when_it_crashes()
    {
        var launch = Python("if work['id'] == 2: os.abort()", TestFarm.Frame(1), TestFarm.Frame(2), TestFarm.Frame(3));
        await using var farm = await Run(machine, launch);
        Assert.Equal(
            [(1, ""), (2, "its application was ended by signal 6 while it had the item"), (3, "")],
            farm.Bodies<RunItemEnded>(launch.Key).Select(end => (end.Item, end.Verdict.Text)));
        Assert.Equal((2, RunVerdict.None), (Of(farm, launch, -1).Split("loaded").Length - 1, farm.End(launch.Key)!.Verdict));
    }

    [Fact]
    public async Task Should_fail_the_instance_when_it_crashes_again_and_again()
    {
        var launch = Python("sys.exit(3)", [.. Enumerable.Range(1, 5).Select(number => TestFarm.Frame(number))]);
        await using var farm = await Run(machine, launch);
        Assert.Equal([1, 2, 3], farm.Bodies<RunItemEnded>(launch.Key).Select(end => end.Item));
        Assert.Equal([4, 5], farm.Bodies<RunItemReleased>(launch.Key).Select(item => item.Item));
        Assert.Equal((VerdictKind.Failed, "the application of job type 'tool' ended 3 times in a row without a whole item between"), (farm.End(launch.Key)!.Verdict.Kind, farm.End(launch.Key)!.Verdict.Text));
    }

    [Fact]
    public async Task Should_fail_the_instance_and_no_item_when_it_does_not_come_up()
    {
        var launch = _bench.Launch(_bench.Python("import nothing_of_that_name"), TestFarm.Frame(1));
        await using var farm = await Run(machine, launch);
        Assert.Empty(farm.Bodies<RunItemEnded>(launch.Key));
        Assert.Equal(1, farm.Bodies<RunItemReleased>(launch.Key).Single().Item);
        Assert.Equal("the application of job type 'tool' ended (exit code 1) before it asked for work", farm.End(launch.Key)!.Verdict.Text);
        Assert.Contains("No module named 'nothing_of_that_name'", Encoding.UTF8.GetString(farm.Bytes(launch.Key, isError: true)));
    }

    /// <summary>What it prints while it loads is read by the rules, too: a licence that it gets later costs nothing.</summary>
    [Theory]
    [InlineData("print('Error: no such scene'); sys.exit(2)", VerdictKind.Failed, "the application of job type 'tool' ended (exit code 2) before it asked for work: Error: no such scene")]
    [InlineData("print('no seat left'); sys.exit(2)", VerdictKind.LicenceRefused, "no licence: no seat left")]
    [InlineData("sys.exit(45)", VerdictKind.LicenceRefused, "no licence: exit code 45")]
    public async Task Should_say_why_it_did_not_come_up(string script, VerdictKind kind, string text)
    {
        var reading = new OutputReading { Patterns = new Dictionary<string, string> { ["errors"] = "^Error: ", ["licence"] = "no seat" }, LicenceExitCodes = [45], LicenceSeconds = 7 };
        var launch = _bench.Launch(_bench.Python($"import sys\n{script}\n"), TestFarm.Frame(1)) with { Reading = reading };
        await using var farm = await Run(machine, launch);
        Assert.Equal(1, farm.Bodies<RunItemReleased>(launch.Key).Single().Item);
        Assert.Equal((kind, text), (farm.End(launch.Key)!.Verdict.Kind, farm.End(launch.Key)!.Verdict.Text));
    }

    [Fact]
    public async Task Should_count_a_last_report_before_its_end()
    {
        var launch = Python("qb.reportwork(work); os._exit(1)", TestFarm.Frame(1), TestFarm.Frame(2), TestFarm.Frame(3), TestFarm.Frame(4));
        await using var farm = await Run(machine, launch);
        Assert.All(farm.Bodies<RunItemEnded>(launch.Key), end => Assert.Equal(RunVerdict.None, end.Verdict));
        Assert.Equal((4, RunVerdict.None), (farm.Bodies<RunItemEnded>(launch.Key).Count(), farm.End(launch.Key)!.Verdict));
    }

    [Theory]
    [InlineData("pending")]
    [InlineData("blocked")]
    public async Task Should_tell_it_what_becomes_of_the_instance(string next)
    {
        var launch = Python("pass", TestFarm.Frame(1));
        await using var farm = await Run(machine, launch, next);
        Assert.Contains($"told {next}", Of(farm, launch, -1));
    }

    [Theory]
    [InlineData("qb.requestwork(wait=0.05)", "rest rest")]
    [InlineData("qb.requestwork(wait=0)", "")]
    public async Task Should_tell_it_that_there_is_nothing_now_when_it_wants_to_hear_so(string request, string said)
    {
        var launch = _bench.Launch(_bench.Python($"""
            import os, qb
            while True:
                work = {request}
                if work["status"] == "waiting":
                    print("rest", flush=True)
                    continue
                if work["status"] != "running":
                    print("told", work["status"], flush=True)
                    break
                print("render", work["name"], os.getpid())
                work["status"] = "complete"
                qb.reportwork(work)

            """), TestFarm.Frame(1));
        await using var farm = new TestFarm(machine);
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunItemEnded>(launch.Key).Any(), "the first item is done");
        await farm.Until(() => said.Length == 0 || Of(farm, launch, -1).Split("rest").Length > 2, "it has heard twice that there is nothing");
        farm.Host.Order(launch.Key, new GrantItems([TestFarm.Frame(2)]));
        await farm.Until(() => farm.Bodies<RunItemEnded>(launch.Key).Count() == 2, "the second item is done");
        farm.Host.Order(launch.Key, new FinishRun("pending"));
        await farm.UntilEnded(launch.Key);
        Assert.Equal(said.Length > 0, Of(farm, launch, -1).StartsWith("rest\nrest\n", StringComparison.Ordinal));
        Assert.EndsWith("told pending\n", Of(farm, launch, -1));
        Assert.Equal(Of(farm, launch, 1).Replace('1', '2'), Of(farm, launch, 2).Replace('1', '2'));
        Assert.Equal(RunEndCause.Finished, farm.End(launch.Key)!.Cause);
    }

    [Fact]
    public async Task Should_end_it_with_everything_it_started_when_an_item_takes_too_long()
    {
        var launch = Python("if work['id'] == 1: os.spawnlp(os.P_WAIT, 'sleep', 'sleep', '600')", TestFarm.Frame(1), TestFarm.Frame(2)) with { ItemTimeLimitSeconds = 1 };
        await using var farm = await Run(machine, launch);
        Assert.Equal([(1, ItemEndCause.TimedOut), (2, ItemEndCause.Exited)], farm.Bodies<RunItemEnded>(launch.Key).Select(end => (end.Item, end.Cause)));
    }

    [Fact]
    public async Task Should_end_when_it_is_killed_while_it_loads()
    {
        var launch = _bench.Launch(_bench.Python("import time; print('loading', flush=True); time.sleep(600)"), TestFarm.Frame(1));
        await using var farm = new TestFarm(machine);
        farm.Host.Start(launch);
        await farm.Until(() => farm.Text(launch.Key).Contains("loading"), "it loads");
        farm.Host.Order(launch.Key, new KillRun("enough", WorkerStopping: false));
        await farm.UntilEnded(launch.Key);
        Assert.Equal((RunEndCause.Killed, 1), (farm.End(launch.Key)!.Cause, farm.Bodies<RunItemReleased>(launch.Key).Count()));
    }

    [Fact]
    public async Task Should_outlive_checks_of_items_and_hear_what_they_refuse()
    {
        var check = _bench.Write("check", "#!/bin/sh\n(sleep 600 &) ; echo check $QB_FRAME_NUMBER; test \"$QB_FRAME_NUMBER\" != 1\n");
        var launch = Python("print('render', work['name'])", TestFarm.Frame(1), TestFarm.Frame(2)) with { Checks = new FlightChecks { AgendaPre = [check] } };
        await using var farm = await Run(machine, launch);
        Assert.Equal([ItemEndCause.NotStarted, ItemEndCause.Exited], farm.Bodies<RunItemEnded>(launch.Key).Select(end => end.Cause));
        Assert.Equal("check 2\nrender 2\n", Of(farm, launch, 2));
        Assert.Equal("loaded\nrefused 1\ntold complete\n", Of(farm, launch, -1));
    }

    [Theory]
    [InlineData("qb.reportjob('complete')", 0, "")]
    [InlineData("qb.reportjob({'status': 'failed', 'reason': 'not today'})", 1, "not today")]
    [InlineData("sys.exit(5)", 5, "")]
    [InlineData("assert qb.requestwork()['status'] == 'complete'", 0, "")]
    public async Task Should_be_the_one_command_of_a_job_without_agenda(string script, int code, string reason)
    {
        var launch = _bench.Launch(_bench.Python($"import sys, qb\nprint(qb.jobobj()['name'])\n{script}\n"));
        await using var farm = new TestFarm(machine);
        Assert.Equal("shot\n", await farm.Output(launch));
        Assert.Equal((RunEndCause.Finished, code, reason), (farm.End(launch.Key)!.Cause, farm.End(launch.Key)!.ExitCode, farm.End(launch.Key)!.Verdict.Text));
    }

    [Fact]
    public async Task Should_serve_over_standard_input_and_output_what_is_no_message_being_output()
    {
        _bench.Write("types/shell/job.json", """
            { // a program of any kind
              "command": ["./serve", "{package.scene}", "{package.none?}", "{job.user}"], "channel": "stdio", "env": { "SCENE": "<{package.scene}>" },
            }
            """);
        _bench.Write("types/shell/serve", """
            #!/bin/sh
            read job
            echo "$# $1 $2 $SCENE"
            echo '{"not":"ours"}'
            while echo '{"type":"request"}' && read line; do
                case $line in
                *'"status":"running"'*) echo "did ${line#*\"name\":}" | cut -c1-7; echo '{"type":"report","status":"complete","progress":1}' ;;
                *) exit 0 ;;
                esac
            done

            """);
        var launch = _bench.Launch(_bench.Find("shell"), TestFarm.Frame(1), TestFarm.Frame(2));
        await using var farm = await Run(machine, launch);
        Assert.Equal(["2 /s/a b.ma ann </s/a b.ma>\n{\"not\":\"ours\"}\n", "did \"1\"\n", "did \"2\"\n"], new[] { -1, 1, 2 }.Select(item => Of(farm, launch, item)));
        Assert.Equal(["""{"progress":1}""", """{"progress":1}"""], farm.Bodies<RunItemEnded>(launch.Key).Select(end => end.Result));
    }

    [Theory]
    [InlineData("{package.shot}", "the job has no package.shot, which job type 'lacking' needs: give it at submission")]
    [InlineData("/no/such/program", "runs '/no/such/program', which 'qxartist' does not find")]
    public async Task Should_say_why_it_cannot_be_started(string word, string reason)
    {
        _bench.Write("types/lacking/job.json", $$"""{"command": ["{{word}}"]}""");
        var launch = _bench.Launch(_bench.Find("lacking"), TestFarm.Frame(1));
        await using var farm = await Run(machine, launch);
        Assert.Equal(VerdictKind.Failed, farm.End(launch.Key)!.Verdict.Kind);
        Assert.Contains(reason, farm.End(launch.Key)!.Verdict.Text);
    }

    [Fact]
    public async Task Should_live_on_when_the_worker_restarts()
    {
        var launch = Python("time.sleep(0)\nwhile work['id'] == 1 and not os.path.exists('/tmp/qx-app-go'): time.sleep(0.02)", TestFarm.Frame(1), TestFarm.Frame(2) with { Package = """{"x":1}""" });
        File.Delete("/tmp/qx-app-go");
        await using var farm = new TestFarm(machine);
        farm.Host.Start(launch);
        await farm.Until(() => farm.Bodies<RunItemStarted>(launch.Key).Any(), "the first item is handed over");
        await farm.Restart();
        await farm.Until(() => farm.Host.Find(launch.Key) is { Ended: false }, "it is taken back");
        farm.Host.Order(launch.Key, new FinishRun());
        File.WriteAllText("/tmp/qx-app-go", "");
        await farm.UntilEnded(launch.Key);
        File.Delete("/tmp/qx-app-go");
        Assert.Equal(1, Of(farm, launch, -1).Split("loaded").Length - 1);
        Assert.Equal([1, 2], farm.Bodies<RunItemEnded>(launch.Key).Where(end => end.ExitCode == 0).Select(end => end.Item));
    }
}
