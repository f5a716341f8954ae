using System.Text.Json.Nodes;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd;

/// <summary>Callbacks as they are written into an archive that is submitted, with the programs that do them.</summary>
public sealed class When_callbacks_run(FarmFixture fixture) : IClassFixture<FarmFixture>
{
    private FarmOnDisk Farm => fixture.Farm;

    [Fact]
    public async Task Should_run_a_command_on_a_worker_and_never_in_the_supervisor()
    {
        var said = Path.Combine(Farm.Shared, "said");
        var job = await SubmitAsync("exec", "complete-job-self", $"echo $QB_CALLBACK_EVENT of $QB_CALLBACK_JOBID by $(id -un) > {said}");
        await Farm.ReachesAsync(job, "complete");
        await Eventually.TrueAsync(() => File.Exists(said) && File.ReadAllText(said).EndsWith('\n'), TimeSpan.FromSeconds(30), () => "the callback has run");
        Assert.Equal($"complete-job-{job} of {job} by {FarmOnDisk.Account}", File.ReadAllText(said).Trim());
        var callback = Assert.Single(await Farm.Reader.JobsAsync(), view => view.Kind == "callback" && view.Pgrp == job);
        await Farm.ReachesAsync(callback.Id, "complete");
    }

    [Fact]
    public async Task Should_wait_for_an_event_that_a_person_fires()
    {
        var said = Path.Combine(Farm.Shared, "approved");
        var job = await SubmitAsync("exec", "approved-job-self", $"echo yes > {said}");
        await Farm.ReachesAsync(job, "complete");
        var fired = await Farm.RunAsync("qbtrigger", "approved", $"{job}");
        Assert.True(fired.Code == 0, fired.ToString());
        await Eventually.TrueAsync(() => File.Exists(said), TimeSpan.FromSeconds(30), () => "the callback has run");
    }

    [Fact]
    public async Task Should_let_python_look_with_the_module_of_the_farm()
    {
        var said = Path.Combine(Farm.Shared, "python");
        var job = await SubmitAsync("python", "complete-job-self", $"import qb\nopen('{said}', 'w').write(qb.jobinfo(id=qb.jobid())[0]['name'] + '\\n')");
        await Farm.ReachesAsync(job, "complete");
        await Eventually.TrueAsync(() => File.Exists(said) && File.ReadAllText(said).EndsWith('\n'), TimeSpan.FromSeconds(30), () => "the callback has run");
        Assert.Equal("watched", File.ReadAllText(said).Trim());
    }

    private async Task<long> SubmitAsync(string language, string triggers, string code)
    {
        var file = Path.Combine(Farm.Root, $"{Guid.NewGuid():N}.qja");
        var job = new JsonObject
        {
            ["name"] = "watched", ["prototype"] = "cmdline", ["cwd"] = "/tmp", ["package"] = new JsonObject { ["cmdline"] = "true" },
            ["callbacks"] = new JsonArray(new JsonObject { ["language"] = language, ["triggers"] = triggers, ["code"] = code }),
        };
        await File.WriteAllTextAsync(file, new JsonObject { ["version"] = 1, ["jobs"] = new JsonArray(job) }.ToJsonString());
        return await Farm.SubmitAsync("--import", file);
    }
}
