using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Output;

/// <summary>
/// What commands print, one append-only file a run: <c>output/THOUSAND/JOB/SUB.RUN</c>, records as <see cref="OutputRecord"/>. One thread writes, in
/// the order of the turns, and syncs lazily; when something is durable the farm is told, and only then may a worker drop its copy. After a
/// restart each file is cut back to what the farm's rows say is durable; the worker sends the rest again.
/// </summary>
internal sealed class OutputLog : IAsyncDisposable
{
    private const long SyncBytes = 8 * 1024 * 1024;
    private const long RoomBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan SyncDelay = TimeSpan.FromSeconds(1);
    private readonly string folder;
    private readonly Action<RunId, long, long> durable;
    private readonly TimeProvider time;
    private readonly Channel<Work> work = Channel.CreateUnbounded<Work>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<RunId, OutputFile> open = [];
    private readonly ConcurrentDictionary<JobId, TaskCompletionSource> watched = new();
    private readonly TaskCompletionSource<Exception> failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task writing;
    private long queuedBytes;
    private TaskCompletionSource roomMade = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="durable">Told of each sync: run, journal position, bytes of the file.</param>
    public OutputLog(string folder, Action<RunId, long, long> durable, TimeProvider time)
    {
        (this.folder, this.durable, this.time) = (folder, durable, time);
        Directory.CreateDirectory(folder);
        writing = OwnThread.Run(WriteAll);
    }

    /// <summary>Where everything is.</summary>
    public string Folder => folder;

    /// <summary>Completes with the reason when output cannot be kept (no space, no permission): the program ends with its text. Nothing is lost, workers keep what is not acknowledged.</summary>
    public Task<Exception> Failed => failed.Task;

    /// <summary>
    /// Before anything is appended: cuts the file of each run that is not over back to its durable bytes, and removes the folders of jobs that are
    /// gone, or whose output is (a crash came between the commit and the removal).
    /// </summary>
    public void CutBack(Farm farm)
    {
        foreach (var job in farm.Jobs)
        {
            foreach (var instance in job.InstanceList)
            {
                var path = instance.Phase != RunPhase.Idle && instance.Run > 0 ? PathOf(instance.RunId) : null;
                if (path is not null && File.Exists(path) && new FileInfo(path).Length > instance.OutputBytes)
                {
                    using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
                    RandomAccess.SetLength(file, instance.OutputBytes);
                }
            }
        }

        foreach (var path in Directory.EnumerateDirectories(folder).SelectMany(Directory.EnumerateDirectories))
        {
            if (long.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && IsGone(farm.FindJob(new JobId(id))))
            {
                work.Writer.TryWrite(new Work(Removed: new JobId(id)));
            }
        }
    }

    /// <summary>Queues what a turn wrote. Never waits; <see cref="TakeRoomAsync"/> holds those who bring more.</summary>
    public void Append(Turn turn)
    {
        if (turn.Output.Count > 0)
        {
            Interlocked.Add(ref queuedBytes, BytesOf(turn.Output));
            work.Writer.TryWrite(new Work(turn.Output));
        }

        foreach (var run in turn.EndedRuns)
        {
            work.Writer.TryWrite(new Work(Ended: run));
        }

        if (!watched.IsEmpty)
        {
            foreach (var job in turn.ChangedJobs)
            {
                Signal(job);
            }
        }
    }

    /// <summary>The jobs are gone for good: their folders go.</summary>
    public void Remove(IReadOnlyList<JobId> jobs)
    {
        foreach (var job in jobs)
        {
            work.Writer.TryWrite(new Work(Removed: job));
        }
    }

    /// <summary>Waits while more than 64 MiB are on their way to the disk, then counts these in, so that memory stays bounded whatever commands print.</summary>
    public async ValueTask TakeRoomAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytes == 0)
        {
            return;
        }

        while (true)
        {
            // The signal is taken before the look, so that what is freed in between is not missed.
            var signal = Volatile.Read(ref roomMade).Task;
            if (Interlocked.Read(ref queuedBytes) <= RoomBytes)
            {
                Interlocked.Add(ref queuedBytes, bytes);
                return;
            }

            await signal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void GiveRoom(long bytes)
    {
        var left = Interlocked.Add(ref queuedBytes, -bytes);
        if (left <= RoomBytes && left + bytes > RoomBytes)
        {
            Interlocked.Exchange(ref roomMade, NewSignal()).TrySetResult();
        }
    }

    /// <summary>Completes when something of the job changed after the call: its state, or one of its files.</summary>
    public Task Watch(JobId job) => watched.GetOrAdd(job, _ => NewSignal()).Task;

    /// <summary>Returns when everything appended so far can be read.</summary>
    public async Task DrainedAsync(CancellationToken cancellationToken)
    {
        var mark = NewSignal();
        if (work.Writer.TryWrite(new Work(Mark: mark)))
        {
            await Task.WhenAny(mark.Task, writing).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The folder of a job's output.</summary>
    public string FolderOf(JobId job) => Path.Combine(folder, (job.Value / 1000 * 1000).ToString(CultureInfo.InvariantCulture), job.ToString());

    /// <summary>Writes and syncs what there is, and returns when that is done.</summary>
    public async ValueTask DisposeAsync()
    {
        work.Writer.TryComplete();
        await writing.ConfigureAwait(false);
    }

    private string PathOf(RunId run) => Path.Combine(FolderOf(run.Instance.Job), $"{run.Instance.Sub}.{run.Run}");

    /// <summary>The job is gone, or its output went after all of it had ended.</summary>
    private static bool IsGone(Job? job) => job is null || (job.Status.IsDone() && job.OutputGoneMs > job.EndedMs);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static long BytesOf(IReadOnlyList<OutputChunk> chunks)
    {
        long bytes = 0;
        for (var at = 0; at < chunks.Count; at++)
        {
            bytes += chunks[at].Data.Length;
        }

        return bytes;
    }

    private void Signal(JobId job)
    {
        if (watched.TryRemove(job, out var signal))
        {
            signal.TrySetResult();
        }
    }

    private void WriteAll()
    {
        // A timer only while something is unsynced; an idle supervisor does nothing.
        using var timer = time.CreateTimer(_ => work.Writer.TryWrite(new Work()), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        try
        {
            Write(timer);
            CloseAll();
        }
        catch (Exception exception)
        {
            // What is not synced is not acknowledged: workers send it again once there is room.
            failed.TrySetResult(new IOException($"output cannot be kept in {folder}: {exception.Message}; mend that and start the supervisor again, workers keep what is missing", exception));
            work.Writer.TryComplete();
            foreach (var file in open.Values)
            {
                file.Dispose();
            }
        }
    }

    private void Write(ITimer timer)
    {
        var ended = new List<RunId>();
        var isTimed = false;
        while (OwnThread.WaitFor(work.Reader.WaitToReadAsync()))
        {
            var isSyncDue = false;
            while (work.Reader.TryRead(out var next))
            {
                isSyncDue |= next.IsTimer;
                Do(next, ended);
            }

            ended.ForEach(Close);
            ended.Clear();
            isTimed = (!isSyncDue && isTimed) || SyncSome(isSyncDue, isTimed, timer);
        }
    }

    /// <summary>Syncs what is due; true when the timer was set for the rest. A file nothing was written to since the last time is closed.</summary>
    private bool SyncSome(bool isDue, bool isTimed, ITimer timer)
    {
        List<RunId>? idle = null;
        var isSomethingOpen = false;
        foreach (var file in open.Values)
        {
            if (isDue && file.Unsynced == 0)
            {
                (idle ??= []).Add(file.Run);
                continue;
            }

            if (isDue || file.Unsynced >= SyncBytes)
            {
                Sync(file);
            }

            isSomethingOpen = true;
        }

        idle?.ForEach(Close);
        if (isTimed && !isDue)
        {
            return true;
        }

        if (isSomethingOpen)
        {
            timer.Change(SyncDelay, Timeout.InfiniteTimeSpan);
        }

        return isSomethingOpen;
    }

    private void Do(Work next, List<RunId> ended)
    {
        if (next.Chunks is { } chunks)
        {
            WriteChunks(chunks);
        }
        else if (next.Ended is { } run)
        {
            ended.Add(run);
        }
        else if (next.Removed is { } job)
        {
            Delete(job);
        }

        next.Mark?.TrySetResult();
    }

    private void WriteChunks(IReadOnlyList<OutputChunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            if (!open.TryGetValue(chunk.Run, out var file))
            {
                open[chunk.Run] = file = OutputFile.Open(chunk.Run, PathOf(chunk.Run));
            }

            file.Write(chunk);
            Signal(chunk.Run.Instance.Job);
            GiveRoom(chunk.Data.Length);
        }
    }

    private void Delete(JobId job)
    {
        foreach (var run in open.Keys.Where(run => run.Instance.Job == job).ToList())
        {
            open.Remove(run, out var file);
            file!.Dispose();
        }

        try
        {
            if (Directory.Exists(FolderOf(job)))
            {
                Directory.Delete(FolderOf(job), recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Left for the next start, which looks for folders of jobs that are gone.
        }

        Signal(job);
    }

    private void Sync(OutputFile file)
    {
        if (file.Unsynced > 0)
        {
            file.Sync();
            durable(file.Run, file.Position, file.Length);
        }
    }

    private void Close(RunId run)
    {
        if (open.Remove(run, out var file))
        {
            using (file)
            {
                Sync(file);
            }
        }
    }

    private void CloseAll()
    {
        foreach (var run in open.Keys.ToList())
        {
            Close(run);
        }
    }

    /// <summary>One of: chunks to write, a run that ended, a job that went, a mark to complete; none of them: the time to sync.</summary>
    private readonly record struct Work(IReadOnlyList<OutputChunk>? Chunks = null, RunId? Ended = null, JobId? Removed = null, TaskCompletionSource? Mark = null)
    {
        public bool IsTimer => Chunks is null && Ended is null && Removed is null && Mark is null;
    }
}
