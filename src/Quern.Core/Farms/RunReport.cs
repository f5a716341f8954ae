using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>A piece of a run's journal, as its worker sent it.</summary>
/// <param name="From">Position before the first fact.</param>
public sealed record RunReport(RunId Run, long From, IReadOnlyList<RunFact> Facts);

public readonly record struct RunFact(long Position, long UnixMs, FactBody Body);

public abstract record FactBody;

/// <summary>The account is taken for good.</summary>
public sealed record ReadyFact(string Account) : FactBody;

public sealed record ItemStartedFact(int Item, int Attempt) : FactBody;

public sealed record ItemEndedFact(int Item, int Attempt, ItemEnd End, int ExitCode, int Signal, string Text) : FactBody
{
    public ItemUsage Usage { get; init; }

    /// <summary>A JSON object of what came of it; empty = nothing is known.</summary>
    public string Result { get; init; } = "";
    public Verdict Verdict { get; init; } = Verdict.None;
}

/// <summary>A line for the history of an instance, or of an item of it.</summary>
/// <param name="Item">-1: of the instance.</param>
public sealed record NoteFact(int Item, string Text) : FactBody;

public sealed record OutputFact(int Item, int Attempt, bool IsError, ReadOnlyMemory<byte> Data) : FactBody;

public sealed record ReleasedFact(int Item, int Attempt) : FactBody;

public sealed record RunEndedFact(RunEnd End, int ExitCode, int Signal, string Text) : FactBody
{
    public string Result { get; init; } = "";
    public Verdict Verdict { get; init; } = Verdict.None;
}

/// <summary>How far the running item, or the run without agenda, is. Shown and not kept: the end says all of it again.</summary>
/// <param name="Share">0 to 1; below 0 = not known.</param>
public sealed record ProgressFact(int Item, int Attempt, double Share, string Result) : FactBody;

/// <summary>Values are those of the worker link.</summary>
public enum VerdictKind { None = 0, Failed = 1, HostBlamed = 2, LicenceRefused = 3 }

/// <summary>What a host knows of an end beyond its exit code.</summary>
/// <param name="Seconds">How long the job stays away from that host.</param>
public sealed record Verdict(VerdictKind Kind, int Seconds, string Text)
{
    public static Verdict None { get; } = new(VerdictKind.None, 0, "");

    /// <summary>It costs no retry and is done again, elsewhere or later.</summary>
    public bool GivesBack => Kind is VerdictKind.HostBlamed or VerdictKind.LicenceRefused;
}

/// <summary>Values are those of the worker link.</summary>
public enum ItemEnd { Exited = 0, Signaled = 1, TimedOut = 2, NotStarted = 3, Stopped = 4, Lost = 5 }

/// <summary>Values are those of the worker link.</summary>
public enum RunEnd { Finished = 0, Killed = 1, TimedOut = 2, BadLogin = 3, Refused = 4, ProxyLost = 5, WorkerStopped = 6, WrongPassword = 7 }

/// <summary>A run a worker says it has when it connects.</summary>
/// <param name="Held">Items its proxy has and has not started.</param>
/// <param name="IsSuspended">What it runs stands still.</param>
public sealed record HeldRun(RunId Run, long JournalEnd, bool IsEnded, IReadOnlyList<ItemGrant> Held, bool IsSuspended = false);
