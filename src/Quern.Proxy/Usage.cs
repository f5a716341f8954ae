using Quern.Execution.Native;

namespace Quern.Proxy;

/// <summary>What the processes took that have ended since the last command began. Each process's own figure holds its children that it waited for.</summary>
internal struct Usage
{
    private const int BlockBytes = 512;

    internal long CpuMicroseconds { get; private set; }

    internal long PeakMemoryBytes { get; private set; }

    internal long ReadBytes { get; private set; }

    internal long WrittenBytes { get; private set; }

    internal void Add(in LibC.ResourceUsage ended)
    {
        CpuMicroseconds += ((ended.UserSeconds + ended.SystemSeconds) * 1_000_000) + ended.UserMicroseconds + ended.SystemMicroseconds;
        PeakMemoryBytes = Math.Max(PeakMemoryBytes, ended.PeakKilobytes * 1024);
        ReadBytes += ended.BlocksRead * BlockBytes;
        WrittenBytes += ended.BlocksWritten * BlockBytes;
    }
}
