using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Quern.Core;
using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Retention;
using Quern.Store;
using Quern.Supervisor.Link;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Output;
using Quern.Supervisor.Passwords;
using Quern.Supervisor.Retention;
using Quern.Supervisor.Tests.Api;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Retention;

/// <summary>The real loop, store and output log in a folder of their own, with a clock that the test moves.</summary>
internal sealed class RetentionHarness : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("quern-retention-").FullName;
    private readonly Caller ann = new("ann", "desk1", false);
    private readonly PasswordSeal seal;
    private readonly OutputLog output;
    private readonly FarmLoop loop;
    private int requests;

    public RetentionHarness()
    {
        Store = SqliteStore.Open(folder);
        seal = PasswordSeal.Open(folder);
        output = new OutputLog(OutputFolder, (_, _, _) => { }, Time);
        loop = new FarmLoop(Farm.Load(Store.Load(), new FarmOptions(), FarmLoop.ReadClock(Time)), Store, new TurnSink(output, new LinkSessions(5, seal), new Administrators()), Time);
        Sweeper = new RetentionSweeper(loop, Store, OutputFolder, () => Rules, Time, Log.CreateLogger("retention"));
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    public RetentionRules Rules { get; set; } = new();
    public SqliteStore Store { get; }
    public RetentionSweeper Sweeper { get; }
    public LineLog Log { get; } = new();
    public string OutputFolder => Path.Combine(folder, "output");

    public Task<T> AskAsync<T>(Func<Farm, Now, T> ask) => loop.Ask(ask, CancellationToken.None);

    public async Task<long> SubmitAsync(string dependency = "", string? request = null)
    {
        var spec = new JobSpec { Prototype = "cmdline", User = "ann", Dependency = dependency, Package = new Dictionary<string, string> { ["cmdline"] = "true" } };
        var result = await AskAsync((farm, now) => farm.Submit(new Submission(request ?? $"r{++requests}", ann, [spec]), now));
        Assert.Null(result.Refusal);
        return result.Ids[0].Value;
    }

    /// <summary>A job that is over now, and has printed so much.</summary>
    public async Task<long> EndedAsync(int outputBytes = 0)
    {
        var job = await SubmitAsync();
        await KillAsync(job);
        if (outputBytes > 0)
        {
            Directory.CreateDirectory(output.FolderOf(new JobId(job)));
            await File.WriteAllBytesAsync(Path.Combine(output.FolderOf(new JobId(job)), "0.1"), new byte[outputBytes]);
        }

        return job;
    }

    public Task KillAsync(long job) => AskAsync((farm, now) => farm.Act(new FarmAction(Verb.Kill, ann, [new Target(new JobId(job))], [], false, false), now));

    public void Pass(double days) => Time.Advance(TimeSpan.FromDays(days));

    public Task<RetentionReport> SweepAsync() => Sweeper.RunOnceAsync(CancellationToken.None);

    public Task<List<long>> JobsAsync() => AskAsync((farm, _) => farm.Jobs.Select(job => job.Id.Value).ToList());

    public async Task<bool> HasOutputAsync(long job)
    {
        await output.DrainedAsync(CancellationToken.None);
        return Directory.Exists(output.FolderOf(new JobId(job)));
    }

    public async ValueTask DisposeAsync()
    {
        await Sweeper.DisposeAsync();
        await loop.DisposeAsync();
        await output.DisposeAsync();
        seal.Dispose();
        Store.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
