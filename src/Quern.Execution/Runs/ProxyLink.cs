namespace Quern.Execution.Runs;

/// <summary>
/// The worker's end of one proxy: a line to it and its process. Sending is the loop's; what the line does not take at once waits, within a limit, since a
/// stopped proxy must not stop the worker. All members may be called from any thread.
/// </summary>
internal abstract class ProxyLink(RunKey key, int pid)
{
    /// <summary>What a proxy may leave unread before it is ended.</summary>
    protected const int MaxPending = 32 * 1024 * 1024;

    internal RunKey Key { get; } = key;

    internal int Pid { get; } = pid;

    internal abstract bool IsConnected { get; }

    /// <summary>False when the proxy has left too much unread.</summary>
    internal abstract bool Send(ReadOnlySpan<byte> bytes);

    /// <summary>Kills the process and never one that got its number since.</summary>
    internal abstract void Kill();

    /// <summary>True when the process has ended, or is not known any more.</summary>
    internal abstract bool WaitForExit(int timeoutMs);

    /// <summary>Lets go of the process.</summary>
    internal abstract void CloseProcess();
}
