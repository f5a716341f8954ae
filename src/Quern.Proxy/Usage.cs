namespace Quern.Proxy;

/// <summary>What processes that have ended took.</summary>
/// <param name="PeakMemoryBytes">Of the largest of them.</param>
internal readonly record struct Usage(long CpuMicroseconds, long PeakMemoryBytes, long ReadBytes, long WrittenBytes);
