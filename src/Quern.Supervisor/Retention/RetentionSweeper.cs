using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Retention;
using Quern.Store;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Retention;

/// <summary>
/// Takes away what is kept no longer, every ten minutes: finished jobs with their output, output alone, lines of history, ids of submissions, tokens that are over. Everything goes in
/// small parts, each a turn of the loop and a commit of its own, so that nothing waits for a sweep. Thread-safe; sweeps follow one another.
/// </summary>
/// <param name="outputFolder">Where output is.</param>
/// <param name="rules">Those in force now.</param>
internal sealed partial class RetentionSweeper(IFarmLoop loop, IFarmStore store, string outputFolder, Func<RetentionRules> rules, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);
    internal const int JobsInOneTurn = 20;
    internal const int JobsInOneLook = 2000;
    internal const int EventsInOneTurn = 2000;
    internal const int RequestsInOneTurn = 1000;
    private readonly SemaphoreSlim sweeping = new(1, 1);
    private readonly CancellationTokenSource ending = new();
    private Task running = Task.CompletedTask;

    /// <summary>Sweeps from now on.</summary>
    public void Start() => running = RunAsync();

    /// <summary>Sweeps no more; what is under way ends after its present part. May be called again, and before <see cref="Start"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
    }

    /// <summary>What would go at a moment, as things are now.</summary>
    public async Task<RetentionReport> PlanAsync(long atMs, CancellationToken cancellationToken)
    {
        var inForce = rules();
        var (finished, _) = await FinishedAsync(inForce, cancellationToken).ConfigureAwait(false);
        var jobs = inForce.AreOfJobs ? RetentionPlan.Jobs(inForce, finished.Select(one => one.Job), atMs) : [];
        var outputs = await OutputsAsync(inForce, finished, jobs, atMs, cancellationToken).ConfigureAwait(false);
        var (events, through, why) = await EventsAsync(inForce, atMs, cancellationToken).ConfigureAwait(false);
        var requests = await loop.Ask((farm, _) => farm.CountRequests(atMs - RetentionRules.RequestMs), cancellationToken).ConfigureAwait(false);
        return new RetentionReport(atMs, inForce, jobs, outputs, events, through, why, requests);
    }

    /// <summary>Sweeps once, and tells what went. What has to stay after all, because somebody waits for it meanwhile, stays.</summary>
    public async Task<RetentionReport> RunOnceAsync(CancellationToken cancellationToken)
    {
        await sweeping.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var plan = await PlanAsync(time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken).ConfigureAwait(false);
            var jobs = await ForEachAsync(plan.Jobs, (farm, one, now) => farm.ExpireJob(one.Job.Id, one.Reason, now), cancellationToken).ConfigureAwait(false);
            var outputs = await ForEachAsync(plan.Outputs, (farm, one, now) => farm.ExpireOutput(one.Job.Id, one.Reason, now), cancellationToken).ConfigureAwait(false);
            await SweepEventsAsync(plan, cancellationToken).ConfigureAwait(false);
            var requests = await SweepRequestsAsync(plan.AtMs - RetentionRules.RequestMs, cancellationToken).ConfigureAwait(false);
            await loop.Ask((farm, now) => JoinTokens.Sweep(farm, now), cancellationToken).ConfigureAwait(false);
            return plan with { Jobs = jobs, Outputs = outputs, Requests = requests };
        }
        finally
        {
            sweeping.Release();
        }
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token).ConfigureAwait(false))
            {
                await SweepAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or FarmStoppedException)
        {
            // The supervisor ends; the next sweep is after its start.
        }
    }

    /// <summary>A sweep that fails (a disk that cannot be read) is told and tried again at the next time; the farm goes on.</summary>
    private async Task SweepAsync()
    {
        try
        {
            var done = await RunOnceAsync(ending.Token).ConfigureAwait(false);
            if (done.Jobs.Count + done.Outputs.Count > 0 || done.Events > 0)
            {
                LogSwept(done.Jobs.Count, done.Outputs.Count, done.Events);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or StoreException)
        {
            LogFailed(exception.Message);
        }
    }

    private async Task<(List<(FinishedJob Job, bool HasOutput)> Finished, int Seen)> FinishedAsync(RetentionRules inForce, CancellationToken cancellationToken)
    {
        var finished = new List<(FinishedJob Job, bool HasOutput)>();
        if (!inForce.AreOfJobs && !inForce.AreOfOutput)
        {
            return (finished, 0);
        }

        var ids = await loop.Ask((farm, _) => farm.Jobs.Where(job => job.Status.IsDone()).Select(job => job.Id).ToList(), cancellationToken).ConfigureAwait(false);
        foreach (var slice in ids.Chunk(JobsInOneLook))
        {
            finished.AddRange(await loop.Ask(
                (farm, _) => slice.Select(farm.FindJob).OfType<Core.Jobs.Job>().Where(Farm.MayForget).Select(job => (new FinishedJob(job.Id, job.EndedMs, 0), job.OutputGoneMs <= job.EndedMs)).ToList(),
                cancellationToken).ConfigureAwait(false));
        }

        return (finished, ids.Count);
    }

    private async Task<IReadOnlyList<Expiry>> OutputsAsync(
        RetentionRules inForce, List<(FinishedJob Job, bool HasOutput)> finished, IReadOnlyList<Expiry> going, long atMs, CancellationToken cancellationToken)
    {
        if (!inForce.AreOfOutput)
        {
            return [];
        }

        var sizes = await Task.Run(() => OutputSizes.Scan(outputFolder, cancellationToken), cancellationToken).ConfigureAwait(false);
        foreach (var one in going)
        {
            sizes.Remove(one.Job.Id);
        }

        var stay = finished.Where(one => one.HasOutput && sizes.ContainsKey(one.Job.Id)).Select(one => one.Job with { OutputBytes = sizes[one.Job.Id] });
        return RetentionPlan.Outputs(inForce, stay, sizes.Values.Sum(), atMs);
    }

    private async Task<(long Count, long Through, string Reason)> EventsAsync(RetentionRules inForce, long atMs, CancellationToken cancellationToken)
    {
        if (!inForce.AreOfEvents)
        {
            return (0, 0, "");
        }

        // A query of the store waits for the disk.
        var span = await Task.Run(() => store.Span(inForce.EventDays > 0 ? atMs - (inForce.EventDays * RetentionRules.DayMs) : 0), cancellationToken).ConfigureAwait(false);
        var byCount = inForce.EventCount > 0 ? span.Last - inForce.EventCount : 0;
        var through = Math.Max(span.Before, byCount);
        return span.First == 0 || through < span.First ? (0, 0, "")
            : (through - span.First + 1, through, span.Before >= byCount
                ? $"it is older than {inForce.EventDays} days (supervisor_keep_event_days)"
                : $"there are more than {inForce.EventCount} lines (supervisor_keep_event_count)");
    }

    private async Task<List<Expiry>> ForEachAsync(IReadOnlyList<Expiry> all, Func<Farm, Expiry, Now, bool> expire, CancellationToken cancellationToken)
    {
        var gone = new List<Expiry>();
        foreach (var slice in all.Chunk(JobsInOneTurn))
        {
            gone.AddRange(await loop.Ask((farm, now) => slice.Where(one => expire(farm, one, now)).ToList(), cancellationToken).ConfigureAwait(false));
        }

        return gone;
    }

    private async Task SweepEventsAsync(RetentionReport plan, CancellationToken cancellationToken)
    {
        for (var through = plan.EventsThrough - plan.Events; plan.Events > 0 && through < plan.EventsThrough;)
        {
            through = Math.Min(plan.EventsThrough, through + EventsInOneTurn);
            var part = through;
            await loop.Ask((farm, _) => { farm.ExpireEvents(part); return 0; }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> SweepRequestsAsync(long beforeMs, CancellationToken cancellationToken)
    {
        var all = 0;
        int part;
        do
        {
            part = await loop.Ask((farm, _) => farm.ExpireRequests(beforeMs, RequestsInOneTurn), cancellationToken).ConfigureAwait(false);
            all += part;
        }
        while (part == RequestsInOneTurn);
        return all;
    }

    [LoggerMessage(120, LogLevel.Information, "retention: {Jobs} jobs, output of {Outputs} more and {Events} lines of history went; 'quern retention' says what goes next")]
    private partial void LogSwept(int jobs, int outputs, long events);

    [LoggerMessage(121, LogLevel.Error, "retention: a sweep failed: {Reason}; it is tried again in ten minutes")]
    private partial void LogFailed(string reason);
}
