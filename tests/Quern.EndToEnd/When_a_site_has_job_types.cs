using System.Text;
using System.Text.Json;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

/// <summary>A job type of the site's own, from its folder to the result package of an item.</summary>
public sealed class When_a_site_has_job_types : IAsyncLifetime
{
    private const UnixFileMode Open = (UnixFileMode)0x1ED;
    private readonly string _types = $"/var/tmp/quern-types-{Guid.NewGuid():N}";
    private FarmOnDisk? _farm;

    private FarmOnDisk Farm => _farm!;

    public async ValueTask InitializeAsync()
    {
        Install("counter", """
            import os, qb
            job = qb.jobobj()
            seen = []
            while True:
                work = qb.requestwork()
                if work["status"] == "waiting":
                    continue
                if work["status"] != "running":
                    qb.reportjob(work["status"])
                    break
                seen.append(work["name"])
                print(job["name"], job["user"], ",".join(seen), work["package"].get("sides", ""))
                work["status"] = "complete"
                work["resultpackage"] = {"seen": seen, "scene": job["package"]["scene"]}
                qb.reportwork(work)

            """);
        _farm = await FarmOnDisk.StartAsync(slots: 2, $"worker_template_path={_types}", "worker_heartbeat_interval=1");
    }

    public async ValueTask DisposeAsync()
    {
        if (_farm is not null)
        {
            await _farm.DisposeAsync();
        }

        Directory.Delete(_types, recursive: true);
    }

    private void Install(string name, string script)
    {
        foreach (var folder in (string[])[_types, Path.Combine(_types, name)])
        {
            Directory.CreateDirectory(folder);
            Close(folder, Open);
        }

        foreach (var (file, text) in ((string, string)[])[("job.conf", "[execute module]\nexecute_binding = Python\nexecute_library = run.py\n"), ("run.py", script)])
        {
            File.WriteAllText(Path.Combine(_types, name, file), text);
            Close(Path.Combine(_types, name, file), (UnixFileMode)0x1A4);
        }
    }

    /// <summary>Nobody but its owner may write it.</summary>
    private static void Close(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    [Fact]
    public async Task Should_feed_all_items_of_an_instance_to_one_process_and_keep_what_it_reports()
    {
        using var content = new StringContent("""{"requestId":"types-1","jobs":[{"name":"shot","prototype":"counter","package":{"scene":"/s/a.ma"},"agenda":["left",{"name":"right","package":{"sides":2}},"both"]}]}""", Encoding.UTF8, "application/json");
        using var posted = await Farm.Reader.PostAsync("/api/v1/jobs", content);
        using var answer = JsonDocument.Parse(await posted.Content.ReadAsStringAsync());
        long reply = answer.RootElement.GetProperty("ids")[0].GetInt64();
        var view = await Farm.ReachesAsync(reply, "complete");
        Assert.Equal(3, view.Todotally.Complete);
        Assert.Equal($"shot {view.User} left,right 2\n", (await Farm.RunAsync("qbout", $"{reply}:right")).Output);
        var job = await Farm.Reader.JobAsync(reply, agenda: true);
        var result = job.Agenda!.Single(item => item.Name == "both").Resultpackage!.Value;
        Assert.Equal("""["left","right","both"]""", result.GetProperty("seen").GetRawText().Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("/s/a.ma", result.GetProperty("scene").GetString());
    }

    [Fact]
    public async Task Should_find_a_job_type_that_is_installed_while_the_worker_runs()
    {
        long job = await Farm.SubmitAsync("--prototype", "late", "--range", "1-2", "--data", "(=(scene=x))");
        Assert.Equal("pending", (await Farm.Reader.JobAsync(job)).Status);
        Install("late", "import qb\nfrom qb.backend.serving import serve\nserve(lambda work: {'scene': qb.jobobj()['package']['scene']})\n");
        await Farm.ReachesAsync(job, "complete");
        Assert.Contains("late", (await Farm.RunAsync("qbhosts", "--long")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_run_the_shipped_ones()
    {
        long job = await Farm.SubmitAsync("--prototype", "pyCmdrange", "--range", "1-4", "--cpus", "2", "--padding", "3", "echo frame QB_PADDED_FRAME_NUMBER");
        await Farm.ReachesAsync(job, "complete");
        Assert.Equal("frame 003\n", (await Farm.RunAsync("qbout", $"{job}:3")).Output);
    }
}
