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
        var cursor = new Cursor { Skip = position };
        while (true)
        {
            // The signal is taken and the end is looked at before the files: what came after either is seen in the next round. Output that came
            // with the end may still be on its way to the files.
            var changed = log.Watch(job);
            var isOver = !follow || await IsOverAsync(job, sub, item, cancellationToken).ConfigureAwait(false);
            await log.DrainedAsync(cancellationToken).ConfigureAwait(false);
            var files = FilesOf(job, sub);
            if (item is { } wanted)
            {
                FindAttempt(files, wanted, cursor);
            }

            foreach (var (name, path) in files)
            {
                await CopyFileAsync(name, path, item, isError, cursor, to, cancellationToken).ConfigureAwait(false);
            }

            if (isOver)
            {
                return;
            }

            await to.FlushAsync(cancellationToken).ConfigureAwait(false);
            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
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
    private List<(RunName Name, string Path)> FilesOf(JobId job, int? sub)
    {
        var files = new List<(RunName Name, string Path)>();
        try
        {
            foreach (var path in Directory.EnumerateFiles(log.FolderOf(job)))
            {
                if (RunName.Parse(Path.GetFileName(path)) is { } name && (sub is null || name.Sub == sub))
                {
                    files.Add((name, path));
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was printed yet, or the job is gone.
        }

        files.Sort((one, other) => one.Name.CompareTo(other.Name));
        return files;
    }

    /// <summary>Looks through what was not yet copied for the newest attempt; a newer one than before is read from its beginning.</summary>
    private static void FindAttempt(List<(RunName Name, string Path)> files, int item, Cursor cursor)
    {
        foreach (var (name, path) in files)
        {
            using var file = OpenRead(path);
            if (file is null)
            {
                continue;
            }

            for (var at = cursor.At.GetValueOrDefault(name); Head(file, at) is { } record; at += OutputRecord.HeadBytes + record.Length)
            {
                cursor.Attempt = record.Item == item ? Math.Max(cursor.Attempt, record.Attempt) : cursor.Attempt;
            }
        }
    }

    private static async Task CopyFileAsync(RunName name, string path, int? item, bool isError, Cursor cursor, Stream to, CancellationToken cancellationToken)
    {
        var at = cursor.At.GetValueOrDefault(name);
        using var file = OpenRead(path);
        if (file is null)
        {
            return;
        }

        var buffer = cursor.Buffer;
        while (Head(file, at) is { } record && at + OutputRecord.HeadBytes + record.Length <= RandomAccess.GetLength(file))
        {
            if (record.IsError == isError && (item is null || (record.Item == item && record.Attempt == cursor.Attempt)))
            {
                var from = Math.Min(cursor.Skip, record.Length);
                cursor.Skip -= from;
                for (var offset = from; offset < record.Length;)
                {
                    var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(buffer.Length, record.Length - offset)), at + OutputRecord.HeadBytes + offset);
                    if (read == 0)
                    {
                        return;
                    }

                    await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    offset += read;
                }
            }

            at += OutputRecord.HeadBytes + record.Length;
        }

        cursor.At[name] = at;
    }

    /// <summary>Null when the file is gone: its job was removed.</summary>
    private static SafeFileHandle? OpenRead(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static OutputRecord? Head(SafeFileHandle file, long at)
    {
        Span<byte> head = stackalloc byte[OutputRecord.HeadBytes];
        return RandomAccess.Read(file, head, at) == head.Length ? OutputRecord.Read(head) : null;
    }

    private sealed class Cursor
    {
        public Dictionary<RunName, long> At { get; } = [];
        public long Skip { get; set; }
        public int Attempt { get; set; }
        public byte[] Buffer { get; } = new byte[BufferBytes];
    }

    private readonly record struct RunName(int Sub, int Run) : IComparable<RunName>
    {
        public int CompareTo(RunName other) => (Sub, Run).CompareTo((other.Sub, other.Run));

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
