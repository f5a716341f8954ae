using Microsoft.Win32.SafeHandles;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Supervisor.Output;

/// <summary>The output file of one run, being appended to. Not thread-safe; the log's writer owns it.</summary>
internal sealed class OutputFile : IDisposable
{
    private readonly SafeFileHandle handle;
    private readonly byte[] head = new byte[OutputRecord.HeadBytes];
    private readonly ReadOnlyMemory<byte>[] parts = new ReadOnlyMemory<byte>[2];

    private OutputFile(RunId run, SafeFileHandle handle)
    {
        (Run, this.handle) = (run, handle);
        Length = RandomAccess.GetLength(handle);
    }

    public RunId Run { get; }

    public long Length { get; private set; }

    /// <summary>In the run's journal, after the newest chunk written since the file was opened.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes written since the last sync.</summary>
    public long Unsynced { get; private set; }

    public static OutputFile Open(RunId run, string path)
    {
        // Only the supervisor's account reads what jobs print; the state's folder is private, and so are these.
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return new OutputFile(run, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
    }

    /// <summary>Appends a chunk; one that was written before changes nothing.</summary>
    public void Write(OutputChunk chunk)
    {
        if (chunk.Position <= Position && chunk.Position != OutputChunk.OfTheFarm)
        {
            return;
        }

        OutputRecord.WriteHead(head, chunk);
        (parts[0], parts[1]) = (head, chunk.Data);
        RandomAccess.Write(handle, parts, Length);
        var written = OutputRecord.HeadBytes + chunk.Data.Length;
        Length += written;
        Unsynced += written;
        Position = Math.Max(Position, chunk.Position);
    }

    public void Sync()
    {
        RandomAccess.FlushToDisk(handle);
        Unsynced = 0;
    }

    public void Dispose() => handle.Dispose();
}
