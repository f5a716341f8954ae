namespace Quern.Execution.Runs;

/// <summary>
/// One fact of a run as its journal keeps it. The proxy appends (to a descriptor the worker opened), the worker reads; what is in the journal
/// outlives either. <see cref="Position"/> is the file offset after the record and <see cref="UnixMs"/> when it happened.
/// </summary>
public sealed record JournalRecord(long Position, long UnixMs, JournalBody Body);

public abstract record JournalBody;

/// <summary>The proxy holds its account for good: the ids the kernel reports after the drop.</summary>
public sealed record RunReady(string Account, uint Uid, uint Gid, int Pid) : JournalBody;

public sealed record RunItemStarted(int Item, int Attempt, int Pid) : JournalBody;

/// <param name="Text">One line for people when the cause is not an exit.</param>
/// <param name="CpuMs">Of everything the command started and that has ended.</param>
/// <param name="PeakMemoryBytes">Of the largest of its processes.</param>
/// <param name="ReadBytes">From disks, not from the cache.</param>
public sealed record RunItemEnded(int Item, int Attempt, ItemEndCause Cause, int ExitCode, int Signal, string Text, long CpuMs, long PeakMemoryBytes, long ReadBytes = 0, long WrittenBytes = 0) : JournalBody
{
    /// <summary>A JSON object of what came of it (Qube's resultpackage); empty = nothing is known.</summary>
    public string Result { get; init; } = "";
    public RunVerdict Verdict { get; init; } = RunVerdict.None;
}

/// <param name="Item">-1: of the run itself.</param>
public sealed record RunOutput(int Item, int Attempt, bool IsError, ReadOnlyMemory<byte> Data) : JournalBody;

/// <summary>The proxy gave back an item it had not started.</summary>
public sealed record RunItemReleased(int Item, int Attempt) : JournalBody;

/// <summary>A line for the instance's history: a step of ending something, or what was left behind.</summary>
/// <param name="Item">-1: about the run itself.</param>
public sealed record RunNote(int Item, int Attempt, string Text) : JournalBody;

/// <summary>How far the running item is, and what its output said so far. The last one is what counts; the end says all of it again.</summary>
/// <param name="Item">-1: of a run without agenda.</param>
/// <param name="Share">0 to 1; below 0 = not known.</param>
/// <param name="Result">As <see cref="RunItemEnded.Result"/>.</param>
public sealed record RunProgress(int Item, int Attempt, double Share, string Result) : JournalBody;

/// <summary>From here on nothing that the run started moves, or it moves again.</summary>
public sealed record RunSuspended(bool Is) : JournalBody;

/// <summary>Last record of every journal.</summary>
public sealed record RunEnded(RunEndCause Cause, int ExitCode, int Signal, string Text) : JournalBody
{
    /// <summary>Of a run without agenda, as <see cref="RunItemEnded.Result"/>.</summary>
    public string Result { get; init; } = "";
    public RunVerdict Verdict { get; init; } = RunVerdict.None;
}

/// <summary>Values are those of the worker link.</summary>
public enum ItemEndCause { Exited = 0, Signaled = 1, TimedOut = 2, NotStarted = 3, Stopped = 4, Lost = 5 }

/// <summary>Values are those of the worker link.</summary>
public enum RunEndCause { Finished = 0, Killed = 1, TimedOut = 2, BadLogin = 3, Refused = 4, ProxyLost = 5, WorkerStopped = 6, WrongPassword = 7 }
