using System.Globalization;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Supervisor.Output;

/// <summary>
/// What commands print, one append-only file a run: <c>output/THOUSAND/JOB/SUB.RUN</c>, records as <see cref="OutputRecord"/>. One task writes, in
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
    private readonly Dictionary<RunId, RunFile> open = [];
    private readonly SemaphoreSlim room = new(0);
    private readonly Task writing;
    private long queuedBytes;
    private int waiting;
    private TaskCompletionSource grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="durable">Told of each sync: run, journal position, bytes of the file.</param>
    public OutputLog(string folder, Action<RunId, long, long> durable, TimeProvider time)
    {
        (this.folder, this.durable, this.time) = (folder, durable, time);
        Directory.CreateDirectory(folder);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>Completes when some file grew after the call.</summary>
    public Task Grown => Volatile.Read(ref grown).Task;

    /// <summary>Before anything is appended: cuts the file of each run that is not over back to its durable bytes.</summary>
    public void CutBack(Farm farm)
    {
        foreach (var job in farm.Jobs)
        {
            foreach (var instance in job.InstanceList)
            {
                var path = PathOf(instance.RunId);
                if (instance.Phase != RunPhase.Idle && instance.Run > 0 && File.Exists(path) && new FileInfo(path).Length > instance.OutputBytes)
                {
                    using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
                    RandomAccess.SetLength(file, instance.OutputBytes);
                }
            }
        }
    }

    /// <summary>Queues what a turn wrote. Never waits; <see cref="WaitForRoomAsync"/> holds those who bring more.</summary>
    public void Append(Turn turn)
    {
        if (turn.Output.Count > 0)
        {
            Interlocked.Add(ref queuedBytes, turn.Output.Sum(chunk => (long)chunk.Data.Length));
            work.Writer.TryWrite(new Work(turn.Output, null, null));
        }

        foreach (var run in turn.EndedRuns)
        {
            work.Writer.TryWrite(new Work(null, run, null));
        }
    }

    /// <summary>The jobs are gone for good: their folders go.</summary>
    public void Remove(IReadOnlyList<JobId> jobs)
    {
        foreach (var job in jobs)
        {
            work.Writer.TryWrite(new Work(null, null, job));
        }
    }

    /// <summary>Waits while more than 64 MiB are queued, so that memory stays bounded whatever commands print.</summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (Interlocked.Read(ref queuedBytes) > RoomBytes)
        {
            Interlocked.Increment(ref waiting);
            await room.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        work.Writer.TryComplete();
        await writing.ConfigureAwait(false);
        room.Dispose();
    }

    /// <summary>The folder of a job's output.</summary>
    public string FolderOf(JobId job) => Path.Combine(folder, (job.Value / 1000 * 1000).ToString(CultureInfo.InvariantCulture), job.ToString());

    private string PathOf(RunId run) => Path.Combine(FolderOf(run.Instance.Job), $"{run.Instance.Sub}.{run.Run}");

    private async Task WriteAsync()
    {
        // A timer only while something is unsynced; an idle supervisor does nothing.
        using var wake = new SemaphoreSlim(0);
        await using var timer = time.CreateTimer(_ => work.Writer.TryWrite(new Work(null, null, null)), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var isTimed = false;
        while (await work.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var ended = new List<RunId>();
            var isSyncDue = false;
            while (work.Reader.TryRead(out var next))
            {
                isSyncDue |= next is { Chunks: null, Ended: null, Removed: null };
                Do(next, ended);
            }

            Interlocked.Exchange(ref grown, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            ended.ForEach(Close);
            foreach (var file in open.Values.Where(file => isSyncDue || file.Unsynced >= SyncBytes).ToList())
            {
                Sync(file);
            }

            isTimed = !isSyncDue && isTimed;
            if (!isTimed && open.Values.Any(file => file.Unsynced > 0))
            {
                isTimed = true;
                timer.Change(SyncDelay, Timeout.InfiniteTimeSpan);
            }
        }

        foreach (var run in open.Keys.ToList())
        {
            Close(run);
        }
    }

    private void Do(Work next, List<RunId> ended)
    {
        if (next.Chunks is { } chunks)
        {
            foreach (var chunk in chunks)
            {
                Write(chunk);
            }

            Interlocked.Add(ref queuedBytes, -chunks.Sum(chunk => (long)chunk.Data.Length));
            var waiters = Interlocked.Exchange(ref waiting, 0);
            if (waiters > 0)
            {
                room.Release(waiters);
            }
        }
        else if (next.Ended is { } run)
        {
            ended.Add(run);
        }
        else if (next.Removed is { } job)
        {
            foreach (var gone in open.Keys.Where(key => key.Instance.Job == job).ToList())
            {
                open.Remove(gone, out var file);
                file!.Handle.Dispose();
            }

            if (Directory.Exists(FolderOf(job)))
            {
                Directory.Delete(FolderOf(job), recursive: true);
            }
        }
    }

    private void Write(OutputChunk chunk)
    {
        if (!open.TryGetValue(chunk.Run, out var file))
        {
            open[chunk.Run] = file = Open(chunk.Run);
        }

        if (chunk.Position <= file.Position)
        {
            return;
        }

        var head = new byte[OutputRecord.HeadBytes];
        OutputRecord.WriteHead(head, chunk);
        RandomAccess.Write(file.Handle, [head, chunk.Data], file.Length);
        file.Length += OutputRecord.HeadBytes + chunk.Data.Length;
        file.Unsynced += OutputRecord.HeadBytes + chunk.Data.Length;
        file.Position = chunk.Position;
    }

    private RunFile Open(RunId run)
    {
        var path = PathOf(run);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        return new RunFile(run, handle) { Length = RandomAccess.GetLength(handle) };
    }

    private void Sync(RunFile file)
    {
        if (file.Unsynced > 0)
        {
            RandomAccess.FlushToDisk(file.Handle);
            file.Unsynced = 0;
            durable(file.Run, file.Position, file.Length);
        }
    }

    private void Close(RunId run)
    {
        if (open.Remove(run, out var file))
        {
            Sync(file);
            file.Handle.Dispose();
        }
    }

    /// <summary>Chunks to write, a run that ended, a job that went, or (all null) the time to sync.</summary>
    private readonly record struct Work(IReadOnlyList<OutputChunk>? Chunks, RunId? Ended, JobId? Removed);

    private sealed class RunFile(RunId run, SafeFileHandle handle)
    {
        public RunId Run => run;
        public SafeFileHandle Handle => handle;
        public long Length { get; set; }
        public long Position { get; set; }
        public long Unsynced { get; set; }
    }
}
