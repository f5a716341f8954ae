using System.Threading.Channels;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.Cli.Demo;

/// <summary>The demo's jobs on its farm: submitted one after the other, then followed until all are complete or one is not going to be.</summary>
internal sealed class DemoJobs : IDisposable
{
    /// <summary>The feed says what changed; once in a while everything is read anyway, so that a feed that broke costs a second and not the demo.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private const int LastLines = 15;

    private readonly DemoFarm _farm;
    private readonly FarmClient _client;
    private readonly DemoProgress _progress;
    private readonly List<long> _ids = [];
    private readonly Dictionary<long, JobView> _latest = [];

    public DemoJobs(DemoFarm farm)
    {
        _farm = farm;
        _client = FarmClient.OfState(farm.StatePath);
        bool isTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        _progress = new DemoProgress(Console.Out, isTerminal, TimeProvider.System);
    }

    public void Dispose() => _client.Dispose();

    public async Task SubmitAsync(IReadOnlyList<JobRequest> jobs, CancellationToken token)
    {
        long group = 0;
        foreach (var job in jobs)
        {
            var linked = _ids.Count == 0 ? job : job with { Dependency = $"link-complete-job-{_ids[^1]}", Pgrp = group };
            var reply = await _client.SubmitAsync(new SubmitRequest { RequestId = Guid.NewGuid().ToString("N"), Jobs = [linked] }, token).ConfigureAwait(false);
            _ids.Add(reply.Ids[0]);
            group = reply.Pgrp;
        }
    }

    /// <summary>Shows the jobs as they go and returns them when all are complete.</summary>
    /// <exception cref="DemoException">A job failed, or a program of the farm ended.</exception>
    public async Task<IReadOnlyList<JobView>> FollowAsync(CancellationToken token)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(token);
        var changes = Channel.CreateBounded<JobView>(new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest });
        var feed = FeedAsync(changes.Writer, ending.Token);
        try
        {
            while (true)
            {
                await RefreshAsync(token).ConfigureAwait(false);
                while (await NextAsync(changes.Reader, token).ConfigureAwait(false) is { } job)
                {
                    Take(job);
                    _progress.Draw();
                    if (IsOver(job))
                    {
                        break;
                    }
                }
                _progress.Draw();
                await ThrowIfBrokenAsync(token).ConfigureAwait(false);
                if (_ids.All(id => _latest.TryGetValue(id, out var job) && job.Status == "complete"))
                {
                    return await _client.JobsAsync(_ids, subjobs: true, agenda: false, token).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await feed.ConfigureAwait(false);
        }
    }

    private async Task RefreshAsync(CancellationToken token)
    {
        foreach (var job in await _client.JobsAsync(_ids, subjobs: false, agenda: false, token).ConfigureAwait(false))
        {
            Take(job);
        }
    }

    private void Take(JobView job)
    {
        if (_ids.Contains(job.Id))
        {
            _latest[job.Id] = job;
            _progress.Update(job);
        }
    }

    private static bool IsOver(JobView job) => job.Status is "complete" or "failed" or "killed" or "badlogin";

    private static async Task<JobView?> NextAsync(ChannelReader<JobView> changes, CancellationToken token)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(Pause);
        try
        {
            return await changes.ReadAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            return null;
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    // Ends quietly when the feed ends: the refresh goes on without it.
    private async Task FeedAsync(ChannelWriter<JobView> changes, CancellationToken token)
    {
        try
        {
            await foreach (var line in _client.FeedAsync(token).ConfigureAwait(false))
            {
                foreach (var job in line.Jobs)
                {
                    changes.TryWrite(job);
                }
            }
        }
        catch (Exception cause) when (cause is OperationCanceledException or IOException or HttpRequestException or FarmException)
        {
        }
    }

    private async Task ThrowIfBrokenAsync(CancellationToken token)
    {
        if (_farm.Trouble() is { } trouble)
        {
            throw new DemoException(trouble);
        }
        foreach (var job in _latest.Values.OrderBy(job => job.Id).Where(job => job.Status is "failed" or "killed" or "badlogin"))
        {
            throw new DemoException(await WhyAsync(job, token).ConfigureAwait(false));
        }
    }

    private async Task<string> WhyAsync(JobView job, CancellationToken token)
    {
        if (job.Status == "badlogin")
        {
            return $"job {job.Id} ({job.Name}) waits for its account: {job.Reason}";
        }
        var full = (await _client.JobsAsync([job.Id], subjobs: true, agenda: true, token).ConfigureAwait(false))[0];
        var item = full.Agenda?.FirstOrDefault(item => item.Status == "failed");
        string target = item is null ? $"{job.Id}.0" : $"{job.Id}:{item.Name}";
        string reason = item?.Reason ?? (full.Subjobs is [var first, ..] ? first.Reason : null) ?? job.Reason;
        string text = await _client.OutputTextAsync(target, isError: true, token).ConfigureAwait(false);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(LastLines).ToList();
        return $"job {job.Id} ({job.Name}) {job.Status} at {target}{(reason is "" or "none" ? "" : $": {reason}")}"
            + (lines.Count == 0 ? "; it wrote nothing to its standard error" : $"; its last lines:\n  {string.Join("\n  ", lines)}");
    }
}
