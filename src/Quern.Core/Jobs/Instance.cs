using Quern.Core.Workers;

namespace Quern.Core.Jobs;

/// <summary>
/// Where an instance's run is, apart from what the instance's status says:
/// <code>
/// Idle -> Starting -> Live -> Finishing -> Closing -> Idle
///            |          |         |           ^
///            +----------+---------+-> Stopping+        (kill, block, remove)
///            +----------+---------+-> Lost -> Idle     (host lost; Lost -> Live when it returns before anybody else got the instance)
/// </code>
/// Slots are held from Starting to the end of the run; in Closing only the run's last output is waited for.
/// </summary>
public enum RunPhase { Idle = 0, Starting = 1, Live = 2, Finishing = 3, Stopping = 4, Closing = 5, Lost = 6 }

/// <summary>An item handed to a run: it ends by its end, its release, or the end of the run.</summary>
public record struct Lease
{
    public int Item { get; set; }
    public int Attempt { get; set; }
    public bool Recalled { get; set; }
}

/// <summary>One running copy of a job. The supervisor's loop owns it.</summary>
public sealed class Instance
{
    private Status status = Status.Pending;
    private RunPhase phase;

    internal Instance(Job job, int sub)
    {
        (Job, Sub) = (job, sub);
        job.Tally.Add(status);
        job.Tally.SetPlaceable(sub, true);
    }

    /// <summary>It is beyond what the job asks for and runs only where slots would be idle (SmartShare). It rests as complete, and counts for the job only while it runs.</summary>
    public bool IsSecondary { get; private set; }

    /// <summary>It is counted in <see cref="Job.Extra"/>: placed, and not told to leave.</summary>
    internal bool IsExtra { get; set; }

    public Job Job { get; }
    public int Sub { get; }
    public InstanceId Id => new(Job.Id, Sub);

    public Status Status
    {
        get => status;
        internal set
        {
            Tally(-1);
            status = value;
            Tally(1);
            RefreshPlaceable();
        }
    }

    public RunPhase Phase
    {
        get => phase;
        internal set
        {
            phase = value;
            RefreshPlaceable();
        }
    }

    /// <summary>Dispatches so far; the number of the present or last run.</summary>
    public int Run { get; internal set; }

    /// <summary>Where the present or last run is; null before the first.</summary>
    public Worker? Worker { get; internal set; }
    public int Retries { get; internal set; }

    /// <summary>What it becomes when its run has ended after the present item (preempt, retire, block): null = as the run ends.</summary>
    public Status? Leaving { get; internal set; }

    /// <summary>It is complete though items wait, and stays so until it is retried.</summary>
    public bool IsRetired { get; internal set; }
    /// <summary>What the present or last run was given; the same text as a reservation. Empty before the first.</summary>
    public string Allocations { get; internal set; } = "";

    /// <summary>Slots among <see cref="Allocations"/>.</summary>
    public int Slots { get; internal set; }

    /// <summary>What the run holds besides slots; null = nothing, or no run.</summary>
    internal Expressions.ReservationList? Holding { get; set; }

    /// <summary>Of its slots, those beyond its least are wanted back after its current item. Not kept over a restart: whoever waits asks again.</summary>
    internal bool IsAskedBack { get; set; }

    /// <summary>Its place in the line for its host when it was placed.</summary>
    internal Dispatch.QueueKey PlacedBy { get; set; }

    /// <summary>The share its slots are counted in; -1 = none of the named ones.</summary>
    internal int CountedShare { get; set; }

    /// <summary>It is to end after its current item, to make room; for whom, or null.</summary>
    internal Job? MakesRoomFor { get; set; }
    public string Account { get; internal set; } = "";
    public string Reason { get; internal set; } = "";
    public long StartedMs { get; internal set; }
    public long EndedMs { get; internal set; }

    /// <summary>Of the run's journal: every fact before it is counted.</summary>
    public long Position { get; internal set; }

    /// <summary>Of the run's journal: output before it is durable. Never beyond <see cref="Position"/>; this is what a worker is told.</summary>
    public long OutputPosition { get; internal set; }

    /// <summary>Size of the run's output file that goes with <see cref="OutputPosition"/>, bytes.</summary>
    public long OutputBytes { get; internal set; }

    /// <summary>Position of the newest output passed on to the output log.</summary>
    internal long OutputSeen { get; set; }

    /// <summary>Every fact before it was heard since this supervisor started.</summary>
    internal long HeardTo { get; set; }

    /// <summary>
    /// Items the run holds, in order; the first is running when <see cref="CurrentItem"/> is its index. There is room for two from the start: it lies beside the instance then, and costs
    /// less than the same made later, to which an old object points.
    /// </summary>
    public List<Lease> Leases { get; } = new(2);
    public int CurrentItem { get; internal set; } = -1;
    public long CurrentStartedMs { get; internal set; }

    /// <summary>Monotonic ms from which the present run, and its present item, are timed; moved on by what it stood still.</summary>
    internal long SinceMs { get; set; }
    internal long ItemSinceMs { get; set; }

    /// <summary>Since when it stands still, monotonic ms; 0 = it does not.</summary>
    internal long StoodStillMs { get; set; }

    /// <summary>The event of its timeout was raised, in this run; that of its present item.</summary>
    internal bool IsTimedOut { get; set; }
    internal bool IsItemTimedOut { get; set; }

    /// <summary>How much of what it runs now is done, 0 to 1; below 0 = not known. Not kept over a restart: it is said again.</summary>
    public double Share { get; internal set; } = -1;

    /// <summary>What the output of what it runs now has said, a JSON object; empty = nothing. Not kept.</summary>
    public string LiveResult { get; internal set; } = "";

    /// <summary>What came of its last run without agenda, a JSON object.</summary>
    public string Result { get; internal set; } = "";

    /// <summary>
    /// Items to say again once everything up to <see cref="RepeatAt"/> is counted: only then is it known which of them have ended.
    /// </summary>
    internal List<Farms.ItemGrant>? Repeats { get; set; }
    internal long RepeatAt { get; set; }

    /// <summary>The refusal that history has already; the same one again is not news.</summary>
    internal string? ToldReason { get; set; }
    internal string? ToldBadLogin { get; set; }

    /// <summary>Runs in a row that ended by the loss of their proxy without finishing an item.</summary>
    internal int Losses { get; set; }
    internal bool IsDirty { get; set; }
    internal bool MustAcknowledge { get; set; }

    /// <summary>Something of it changed since its job was last settled.</summary>
    internal bool IsStirred { get; set; }

    /// <summary>It waited for items when its job was last settled.</summary>
    internal bool HasWaited { get; set; }

    /// <summary>
    /// <see cref="Status"/> as people see it: registering until its worker has confirmed it, dying while it is being ended, exiting when it has only its own end to
    /// do, waiting when it lives and has nothing to do.
    /// </summary>
    public Status Shown => Phase switch
    {
        RunPhase.Stopping => Status.Dying,
        RunPhase.Starting when Status == Status.Running => Status.Registering,
        RunPhase.Finishing when Status == Status.Running && Job.HasAgenda && Leases.Count == 0 => Status.Exiting,
        RunPhase.Live when Status == Status.Running && Job.HasAgenda && Leases.Count == 0 => Status.Waiting,
        _ => Status,
    };

    public RunId RunId => new(Id, Run);

    /// <summary>The run takes slots on its host.</summary>
    public bool IsPlaced => Phase is RunPhase.Starting or RunPhase.Live or RunPhase.Finishing or RunPhase.Stopping;

    /// <summary>A host could be found for it now.</summary>
    internal bool IsPlaceable => !IsSecondary && status is Status.Pending or Status.BadLogin && MayBePlaced;

    /// <summary>Nothing of an earlier run is in the way.</summary>
    internal bool MayBePlaced => phase is RunPhase.Idle or RunPhase.Lost || (phase == RunPhase.Closing && Worker!.IsLost);

    /// <summary>To be called when <see cref="Worker"/> is counted as lost or is back; changes of its own it sees itself.</summary>
    internal void RefreshPlaceable() => Job.Tally.SetPlaceable(Sub, IsPlaceable);

    /// <summary>From now on it is one of those that fill idle slots.</summary>
    internal void MakeSecondary()
    {
        if (!IsSecondary)
        {
            Tally(-1);
            IsSecondary = true;
            status = Status.Complete;
            Tally(1);
            RefreshPlaceable();
        }
    }

    /// <summary>The job asks for it by now.</summary>
    internal void MakePrimary()
    {
        Tally(-1);
        IsSecondary = false;
        Tally(1);
        RefreshPlaceable();
    }

    /// <summary>Whether the job's counts know of it: one that fills idle slots only while it runs.</summary>
    public bool IsTallied => !IsSecondary || status is Status.Running or Status.Suspended;

    private void Tally(int sign)
    {
        if (!IsTallied)
        {
            return;
        }

        if (sign > 0)
        {
            Job.Tally.Add(status);
        }
        else
        {
            Job.Tally.Remove(status);
        }
    }

    /// <summary>The run may be given items.</summary>
    internal bool TakesItems => Phase is RunPhase.Starting or RunPhase.Live && Status == Status.Running;
}

/// <summary>One run of one instance; prints as <c>12.0#3</c>.</summary>
public readonly record struct RunId(InstanceId Instance, int Run)
{
    public override string ToString() => $"{Instance}#{Run}";
}
