using System.Text.Json;
using System.Threading.Channels;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Triggers;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Api;

/// <summary>
/// The live feed. The committer tells it which jobs changed (<see cref="Publish"/>, which costs nothing while nobody listens); four times a second at
/// most the jobs are looked at, written once, and given to every listener. A listener that does not keep up is cut off and starts anew.
/// </summary>
internal sealed class FeedHub : IAsyncDisposable
{
    private const int LinesWaiting = 64;
    private const int JobsInOneLook = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);
    private static readonly ViewParts Parts = new(false, false, 0, 0);

    private readonly IFarmLoop loop;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly List<Channel<byte[]>> listeners = [];
    private readonly HashSet<JobId> changed = [];
    private readonly HashSet<JobId> removed = [];
    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource ending = new();
    private readonly ITimer beat;
    private readonly Task running;

    public FeedHub(IFarmLoop loop, TimeProvider time)
    {
        (this.loop, this.time) = (loop, time);
        running = Task.Run(RunAsync);

        // Only a write finds out that a listener's host is gone.
        beat = time.CreateTimer(_ => Give(":\n\n"u8.ToArray()), null, Beat, Beat);
    }

    /// <summary>Says that a committed turn changed or removed jobs.</summary>
    public void Publish(IReadOnlyList<JobId> changedJobs, IReadOnlyList<JobId> removedJobs)
    {
        if (changedJobs.Count + removedJobs.Count == 0)
        {
            return;
        }

        lock (gate)
        {
            if (listeners.Count == 0)
            {
                return;
            }

            changed.UnionWith(changedJobs);
            removed.UnionWith(removedJobs);
        }

        signal.Writer.TryWrite(true);
    }

    /// <summary>Callbacks of language post that ran in a committed turn: told at once, to who listens now.</summary>
    public void Post(IReadOnlyList<CallbackPost> posts)
    {
        foreach (var post in posts)
        {
            var view = new PostView { Callback = post.Origin, User = post.User, Job = post.Job, Event = post.Happened, Code = post.Code };
            Give([.. "event: callback\ndata: "u8, .. JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Default.PostView), .. "\n\n"u8]);
        }
    }

    /// <summary>Writes lines for one listener until it goes or the supervisor ends: first all active jobs, then what changes.</summary>
    public async Task ServeAsync(Stream to, CancellationToken cancellationToken)
    {
        var lines = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(LinesWaiting) { SingleReader = true });
        lock (gate)
        {
            // From here on, changes are kept: what changes while the first line is made is in a later one.
            listeners.Add(lines);
            if (ending.IsCancellationRequested)
            {
                lines.Writer.TryComplete();
            }
        }

        try
        {
            var active = await loop.Ask((farm, _) => farm.Jobs.Where(job => !job.Status.IsDone()).Select(job => job.Id).ToList(), cancellationToken).ConfigureAwait(false);
            await to.WriteAsync(await LineAsync(active, [], cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            await foreach (var line in lines.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await to.WriteAsync(line, cancellationToken).ConfigureAwait(false);
                await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            lock (gate)
            {
                listeners.Remove(lines);
            }
        }
    }

    /// <summary>Ends every listener's answer, so that the server can stop.</summary>
    public void Stop() => ending.Cancel();

    public async ValueTask DisposeAsync()
    {
        await beat.DisposeAsync().ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        ending.Dispose();
    }

    /// <summary>Views of jobs in slices, so that a look at many does not hold up the loop.</summary>
    public static async Task<List<JobView>> LookAsync(IFarmLoop loop, IReadOnlyList<JobId> ids, ViewParts parts, Caller? viewer, CancellationToken cancellationToken)
    {
        var views = new List<JobView>(ids.Count);
        for (var from = 0; from < ids.Count; from += JobsInOneLook)
        {
            var slice = ids.Skip(from).Take(JobsInOneLook);
            views.AddRange(await loop.Ask(
                (farm, now) => slice.Select(farm.FindJob).OfType<Core.Jobs.Job>()
                    .Select(job => JobViews.Of(farm, job, parts, viewer is not null && (viewer.IsAdministrator || viewer.User == job.Spec.User), now))
                    .ToList(),
                cancellationToken).ConfigureAwait(false));
        }

        return views;
    }

    private async Task RunAsync()
    {
        try
        {
            while (await signal.Reader.WaitToReadAsync(ending.Token).ConfigureAwait(false))
            {
                signal.Reader.TryRead(out _);
                List<JobId> now;
                List<long> gone;
                lock (gate)
                {
                    now = [.. changed.Except(removed).Order()];
                    gone = [.. removed.Select(id => id.Value).Order()];
                    changed.Clear();
                    removed.Clear();
                }

                Give(await LineAsync(now, gone, ending.Token).ConfigureAwait(false));
                await Task.Delay(Pause, time, ending.Token).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or FarmStoppedException)
        {
            // The supervisor ends; so does the feed.
        }

        lock (gate)
        {
            listeners.ForEach(lines => lines.Writer.TryComplete());
        }
    }

    private void Give(byte[] line)
    {
        lock (gate)
        {
            foreach (var lines in listeners)
            {
                if (!lines.Writer.TryWrite(line))
                {
                    lines.Writer.TryComplete();
                }
            }
        }
    }

    private async Task<byte[]> LineAsync(IReadOnlyList<JobId> ids, IReadOnlyList<long> gone, CancellationToken cancellationToken)
    {
        var view = new FeedView { Jobs = await LookAsync(loop, ids, Parts, null, cancellationToken).ConfigureAwait(false), Removed = gone };
        return [.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(view, ApiJson.Default.FeedView), .. "\n\n"u8];
    }
}
