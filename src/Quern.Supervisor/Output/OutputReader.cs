using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Quern.Core;
using Quern.Core.Jobs;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Output;

/// <summary>Reads the files of <see cref="OutputLog"/>; follows by its signal, never by polling.</summary>
internal sealed class OutputReader(OutputLog log, IFarmLoop loop) : IOutputReader
{
    private const int BufferBytes = 64 * 1024;

    public async Task CopyAsync(JobId job, int? sub, int? item, bool isError, long position, bool follow, Stream to, CancellationToken cancellationToken)
    {
        var cursor = new Cursor { Skip = position, Attempt = item is { } wanted ? NewestAttempt(job, wanted) : 0 };
        while (true)
        {
            // The signal and the end are looked at before the files: what came after either is seen in the next round.
            var grown = log.Grown;
            var isOver = !follow || await IsOverAsync(job, sub, item, cancellationToken).ConfigureAwait(false);
            if (item is { } one && NewestAttempt(job, one) is var newest && newest > cursor.Attempt)
            {
                cursor = new Cursor { Attempt = newest };
            }

            foreach (var (file, path) in FilesOf(job, sub))
            {
                await CopyFileAsync(file, path, item, isError, cursor, to, cancellationToken).ConfigureAwait(false);
            }

            if (isOver)
            {
                return;
            }

            await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            await grown.WaitAsync(TimeSpan.FromSeconds(1), cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private Task<bool> IsOverAsync(JobId id, int? sub, int? item, CancellationToken cancellationToken) => loop.Ask(
        (farm, _) =>
        {
            if (farm.FindJob(id) is not { } job)
            {
                return true;
            }

            if (item is { } index)
            {
                return job.Items is not { } items || items[index].State is ItemState.Complete or ItemState.Failed or ItemState.Killed;
            }

            return sub is { } one && one < job.InstanceList.Count && job.InstanceList[one] is { Status: var status, Phase: var phase } && status.IsDone() && phase is RunPhase.Idle or RunPhase.Closing;
        },
        cancellationToken);

    /// <summary>Files of one instance, or of all, by instance and run.</summary>
    private IEnumerable<(RunName Name, string Path)> FilesOf(JobId job, int? sub)
    {
        var folder = log.FolderOf(job);
        if (!Directory.Exists(folder))
        {
            return [];
        }

        return Directory.GetFiles(folder).Select(path => (Name: RunName.Parse(Path.GetFileName(path)), path))
            .Where(file => file.Name is { } name && (sub is null || name.Sub == sub))
            .Select(file => (file.Name!.Value, file.path))
            .OrderBy(file => file.Value.Sub).ThenBy(file => file.Value.Run);
    }

    private int NewestAttempt(JobId job, int item)
    {
        var newest = 0;
        foreach (var (_, path) in FilesOf(job, null))
        {
            using var file = OpenRead(path);
            for (long at = 0; Head(file, at) is { } record; at += OutputRecord.HeadBytes + record.Length)
            {
                newest = record.Item == item ? Math.Max(newest, record.Attempt) : newest;
            }
        }

        return newest;
    }

    private static async Task CopyFileAsync(RunName name, string path, int? item, bool isError, Cursor cursor, Stream to, CancellationToken cancellationToken)
    {
        var at = cursor.At.GetValueOrDefault(name);
        using var file = OpenRead(path);
        var buffer = new byte[BufferBytes];
        while (Head(file, at) is { } record && at + OutputRecord.HeadBytes + record.Length <= RandomAccess.GetLength(file))
        {
            if (record.IsError == isError && (item is null || (record.Item == item && record.Attempt == cursor.Attempt)))
            {
                var from = Math.Min(cursor.Skip, record.Length);
                cursor.Skip -= from;
                for (var offset = from; offset < record.Length;)
                {
                    var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, record.Length - offset)), at + OutputRecord.HeadBytes + offset);
                    await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    offset += read;
                }
            }

            at += OutputRecord.HeadBytes + record.Length;
        }

        cursor.At[name] = at;
    }

    private static SafeFileHandle OpenRead(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static OutputRecord? Head(SafeFileHandle file, long at)
    {
        Span<byte> head = stackalloc byte[OutputRecord.HeadBytes];
        return RandomAccess.Read(file, head, at) == head.Length ? OutputRecord.Read(head) : null;
    }

    private sealed class Cursor
    {
        public Dictionary<RunName, long> At { get; } = [];
        public long Skip { get; set; }
        public int Attempt { get; init; }
    }

    private readonly record struct RunName(int Sub, int Run)
    {
        public static RunName? Parse(string text)
        {
            var dot = text.IndexOf('.', StringComparison.Ordinal);
            return dot > 0 && int.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var sub)
                && int.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var run)
                ? new RunName(sub, run)
                : null;
        }
    }
}
