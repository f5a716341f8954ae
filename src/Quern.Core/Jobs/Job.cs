using Quern.Core.Agendas;
using Quern.Core.Dependencies;
using Quern.Core.Expressions;

namespace Quern.Core.Jobs;

/// <summary>Why a job is not dispatched though it could be. Retired: it ends when what runs has ended; an item that comes back unfinished is complete.</summary>
public enum Hold { None = 0, User = 1, Dependency = 2, Suspended = 3, Retired = 4 }

/// <summary>A job as it is. The supervisor's loop owns it; readers outside the core only read.</summary>
public sealed class Job
{
    /// <param name="instances">How many it has had, where that is more than it wants now.</param>
    internal Job(JobId id, JobSpec spec, ParsedWords words, int instances = 0)
    {
        Id = id;
        Spec = spec;
        Pgrp = spec.Pgrp;
        Label = spec.Label;
        if (spec.Agenda.Length > 0)
        {
            Agenda = Agenda.Load(spec.Agenda);
            Items = new ItemTable(Agenda.Count);
        }

        ItemPackages = spec.ItemPackages.Length == 0 ? null : ItemPackages.Load(spec.ItemPackages);
        ItemRetries = spec.ItemRetries.Length == 0 ? null : ItemRetries.Load(spec.ItemRetries);
        Flags = JobFlagNames.Parse(spec.Flags, out _) ?? JobFlags.None;
        ReadPlacement(words);
        Tally = new InstanceTally(spec.Cpus);
        Instances = [];
        GrowTo(Math.Max(spec.Cpus, instances));
    }

    public JobId Id { get; }

    /// <summary>As it was submitted, and modified since.</summary>
    public JobSpec Spec { get; private set; }
    public Agenda? Agenda { get; }

    /// <summary>It runs commands of a shell; else an application of its job type is loaded and fed its items.</summary>
    public bool IsOfCommands => Spec.Prototype is "cmdline" or "cmdrange";

    /// <summary>Null without an agenda.</summary>
    public ItemTable? Items { get; }

    /// <summary>Null when no item has one.</summary>
    public ItemPackages? ItemPackages { get; }

    /// <summary>Null when no item has any of its own.</summary>
    public ItemRetries? ItemRetries { get; }
    public JobFlags Flags { get; }

    /// <summary>Null when any host will do.</summary>
    public Requirement? Requirement { get; private set; }

    /// <summary>Null when any cluster will do.</summary>
    public Restriction? Restriction { get; private set; }
    public ClusterChoice Cluster { get; private set; } = ClusterChoice.Root;
    public ReservationList Reservations { get; private set; } = ReservationList.Default;

    /// <summary>Null when the job does not say.</summary>
    public HostOrder? HostOrder { get; private set; }

    /// <summary>Only these; null = any.</summary>
    public NameList? Hosts { get; private set; }
    public NameList? Groups { get; private set; }

    /// <summary>Never these; null = none.</summary>
    public NameList? OmitHosts { get; private set; }
    public NameList? OmitGroups { get; private set; }
    public IReadOnlyList<Instance> InstanceList => Instances;

    /// <summary>At least as many as it wants; the rest is from when it wanted more, and retired, or fills idle slots.</summary>
    internal Instance[] Instances { get; private set; }
    internal InstanceTally Tally { get; }

    /// <summary>Of <see cref="Dispatch.DispatchIndex"/>: what it asks of hosts.</summary>
    internal Dispatch.JobClass Class { get; set; } = null!;

    /// <summary>It waits for a place in the line of its class.</summary>
    internal bool IsInLine { get; set; }

    /// <summary>Runs of others that were told to make room for it and have not left yet.</summary>
    internal List<Instance> Claims { get; } = [];

    /// <summary>Since when, monotonic ms, it needs more room than is free anywhere; null = it does not.</summary>
    internal long? WaitsSinceMs { get; set; }

    /// <summary>When, monotonic ms, a host is looked for that could be kept for it; null = no time is set.</summary>
    internal long? WideAlarmMs { get; set; }

    /// <summary>How often that was done.</summary>
    internal int Searches { get; set; }

    /// <summary>A host is kept for it.</summary>
    internal bool IsKeptFor { get; set; }

    /// <summary>Instances beyond those it asks for that run on slots which would be idle, without those that were told to leave.</summary>
    internal int Extra { get; set; }

    /// <summary>It stands in the line for idle slots, and by which <see cref="Extra"/>.</summary>
    internal bool IsSharing { get; set; }

    /// <summary>It runs once on each host.</summary>
    internal bool IsOncePerHost => Flags.HasFlag(JobFlags.HostList);

    /// <summary>It gives way to nobody.</summary>
    internal bool IsImmune => (Flags & (JobFlags.Uninterruptible | JobFlags.Elite)) != 0;

    /// <summary>Instances of which something changed since the job was last settled.</summary>
    internal List<Instance> Stirred { get; } = [];

    /// <summary>Runs that could be given an item and hold none.</summary>
    internal List<Instance> Starved { get; } = [];

    /// <summary>Monotonic ms of the earliest alarm that is set for the job; what was set for later comes as well and finds nothing to do.</summary>
    internal long? AlarmMs { get; set; }

    /// <summary>The same, of the alarm for what may run longer than its timeout.</summary>
    internal long? TimeoutAlarmMs { get; set; }
    public string Label { get; internal set; }
    public long Pgrp { get; internal set; }

    /// <summary>Among jobs of the same rank and priority: smaller goes first; 0 until somebody moves it to the top or the bottom (Qube's local order).</summary>
    public long Order { get; internal set; }
    public Hold Hold { get; internal set; }
    public Status Status { get; internal set; } = Status.Pending;
    public long SubmittedMs { get; internal set; }
    public long StartedMs { get; internal set; }
    public long EndedMs { get; internal set; }

    /// <summary>When what it had printed until then was removed, Unix ms; 0 = never.</summary>
    public long OutputGoneMs { get; internal set; }

    /// <summary>Moving mean of an item's wall time, milliseconds; 0 = none has ended.</summary>
    public double MeanItemMs { get; internal set; }
    public DependencyExpression? Dependency { get; internal set; }

    /// <summary>In the order of <see cref="JobSpec.Callbacks"/>.</summary>
    public IReadOnlyList<Triggers.Callback> Callbacks { get; internal set; } = [];

    /// <summary>Who waits for what happens to it; null = nobody.</summary>
    internal Triggers.JobListeners? Listeners { get; set; }

    /// <summary>Hosts that refused the job: until when (monotonic ms) and the sentence.</summary>
    internal Dictionary<WorkerId, HostRefusal> Refusals { get; } = [];

    /// <summary>Hosts it was migrated away from: until when (Unix ms). The durable part of <see cref="Refusals"/>.</summary>
    internal Dictionary<WorkerId, long> Bars { get; } = [];

    /// <summary>Of auto-wrangling: what each host has done with its items since somebody was last blamed.</summary>
    internal Dictionary<WorkerId, HostRecord> HostRecords { get; } = [];

    /// <summary>How often auto-wrangling has moved it to another host.</summary>
    public int AutoMigrations { get; internal set; }

    /// <summary>Items that wait for their retry delay: when (monotonic ms) and which.</summary>
    internal SortedSet<(long DueMs, int Item)> Delayed { get; } = [];
    /// <summary>The durable form of <see cref="Spec"/>, made once for each; null = not yet.</summary>
    internal string? SpecText { get; set; }
    internal bool IsDirty { get; set; }
    internal bool IsNew { get; set; }
    internal bool IsUnsettled { get; set; }
    internal bool IsRemoved { get; set; }

    /// <summary>The item waits for its retry delay.</summary>
    internal bool IsDelayed(int item) => Delayed.Count > 0 && Delayed.Any(delayed => delayed.Item == item);

    /// <summary>Its own, or the job's; negative = none.</summary>
    internal int RetriesOf(int item) => ItemRetries?[item].Retries ?? Spec.RetryWork;

    internal int RetryDelayOf(int item) => ItemRetries?[item].DelaySeconds ?? Spec.RetryWorkDelaySeconds;

    public bool HasAgenda => Items is not null;

    public int CountInstances(Status status) => Tally[status];

    /// <summary>It is not in any class meanwhile, see <see cref="Dispatch.DispatchIndex"/>.</summary>
    internal void Modify(JobSpec spec, ParsedWords words)
    {
        Spec = spec;
        SpecText = null;
        ReadPlacement(words);
    }

    /// <summary>New instances wait for a host.</summary>
    internal void GrowTo(int count)
    {
        var known = Instances.Length;
        if (count <= known)
        {
            return;
        }

        var grown = Instances;
        Array.Resize(ref grown, count);
        Instances = grown;
        for (var sub = known; sub < count; sub++)
        {
            grown[sub] = new Instance(this, sub);
        }
    }

    /// <summary>One more instance, of those that fill idle slots.</summary>
    internal Instance AddSecondary()
    {
        GrowTo(Instances.Length + 1);
        Instances[^1].MakeSecondary();
        return Instances[^1];
    }

    private void ReadPlacement(ParsedWords words)
    {
        Requirement = words.Read(Spec.Requirements, Requirement.Parse);
        Restriction = words.Read(Spec.Restrictions, Restriction.Parse);
        Cluster = words.Read(Spec.Cluster, ClusterChoice.Parse) ?? ClusterChoice.Root;
        Reservations = words.Read(Spec.Reservations, ReservationList.Parse) ?? ReservationList.OfSlots(Spec.Processors);
        HostOrder = words.Read(Spec.HostOrder, HostOrder.Parse);
        Hosts = words.Read(Spec.Hosts, NameList.Parse);
        OmitHosts = words.Read(Spec.OmitHosts, NameList.Parse);
        Groups = words.Read(Spec.Groups, NameList.Parse);
        OmitGroups = words.Read(Spec.OmitGroups, NameList.Parse);
    }

    /// <summary>Moves <see cref="Stirred"/> with what is starved, each once, to an empty list.</summary>
    internal void TakeStirred(List<Instance> taken)
    {
        taken.AddRange(Stirred);
        Stirred.Clear();
        foreach (var instance in Starved)
        {
            if (!instance.IsStirred)
            {
                taken.Add(instance);
            }
        }

        Starved.Clear();
        foreach (var instance in taken)
        {
            instance.IsStirred = false;
        }
    }
}

/// <summary>Attempts that a host has failed, and items it has completed.</summary>
internal readonly record struct HostRecord(int Failed, int Completed);

internal readonly record struct HostRefusal(long UntilMs, string Text, bool IsBadLogin)
{
    /// <summary>Somebody, or the job's own flag, took the job away from the host: that the host connects anew changes nothing.</summary>
    public bool IsMigration { get; init; }
}
