using Quern.Execution.Accounts;
using Quern.Execution.Control;

namespace Quern.Execution.Runs;

/// <summary>
/// How runs become processes on this system. <see cref="RunHost"/> decides; this starts, watches and ends, and tells what happens by events in the
/// host's inbox.
/// </summary>
internal interface IRunProcesses : IDisposable
{
    /// <summary>How processes are kept together, for the log and the worker's status.</summary>
    string Containment { get; }

    /// <summary>No run outlives the worker, in whatever mode.</summary>
    bool EndsWithWorker { get; }

    /// <summary>Begins a run, away from the loop: <see cref="ProxyStarted"/> or <see cref="StartRefused"/> follows.</summary>
    void Start(Launch launch);

    /// <summary>Starts nothing more; returns when nothing is being started.</summary>
    void StopStarting();

    /// <summary>From now on the link's messages and its exit are told, and a proxy that lost its line is let in when it knows the secret.</summary>
    void Watch(ProxyLink link, byte[] secret);

    /// <summary>Closes the line and lets go of the process.</summary>
    void Unwatch(RunKey key, ProxyLink? link);

    /// <summary>The proxy of an earlier worker that still lives and may come back; null when it does not.</summary>
    ProxyLink? FindLiving(RunKey key, int pid, long startTicks);

    /// <summary>Takes the exit of a proxy that an earlier part of this program started.</summary>
    void Reap(int pid);

    /// <summary>Makes the run's processes stand still, its proxy too, or go on. Does nothing where the proxy does that.</summary>
    void Freeze(LaunchEnvelope envelope, bool isFrozen);

    /// <summary>The processes of the run, its proxy too, stand still since an earlier worker.</summary>
    bool IsFrozen(LaunchEnvelope envelope);

    /// <summary>What ends all that is left of the run, its proxy too. It may take long and is called from another thread; true when nothing is left.</summary>
    Func<bool> TreeEnd(HostedRun run);

    /// <summary>How <see cref="TreeEnd"/> finds a run's processes, as in "through its control group".</summary>
    string EndedThrough(LaunchEnvelope? envelope);

    /// <summary>What the system says the living proxy is, as the rest of a sentence, when that is not what was asked for; else null.</summary>
    string? Difference(HostedRun run, Account asked);

    /// <summary>Removes what a killed proxy could not.</summary>
    void RemoveLeftovers(LaunchEnvelope envelope);

    /// <summary>Ends processes of runs that this worker once started and knows no more.</summary>
    void EndStrays(IReadOnlyCollection<HostedRun> known);

    /// <summary>Lets go of what is held for runs, after <see cref="IDisposable.Dispose"/> and when nothing is done with them any more.</summary>
    void Release();
}
