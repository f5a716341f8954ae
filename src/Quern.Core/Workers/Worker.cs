using Quern.Core.Jobs;

namespace Quern.Core.Workers;

/// <summary>What a worker says of itself when it connects.</summary>
public sealed record WorkerFacts
{
    public string Name { get; init; } = "";
    public string Address { get; init; } = "";
    public string Version { get; init; } = "";
    public string Os { get; init; } = "";

    /// <summary>service or desktop.</summary>
    public string Mode { get; init; } = "";

    /// <summary>proxy, user or interactive.</summary>
    public string ProxyMode { get; init; } = "";

    /// <summary>proxy_account, or the owner.</summary>
    public string Account { get; init; } = "";
    public int Slots { get; init; }

    /// <summary>Its place in the cluster tree.</summary>
    public string Cluster { get; init; } = "/";

    /// <summary>Groups it is in, commas between.</summary>
    public string Groups { get; init; } = "";

    /// <summary>Clusters whose jobs it takes, see <see cref="Expressions.Restriction"/>; empty = any.</summary>
    public string Restrictions { get; init; } = "";

    /// <summary>What the program on every host is.</summary>
    public const string Class = "worker";

    /// <summary>What every worker runs.</summary>
    public const string BuiltInJobTypes = "cmdline,cmdrange";

    /// <summary>Job types it has, commas between; empty = <see cref="BuiltInJobTypes"/>.</summary>
    public string JobTypes { get; init; } = "";
    public int Cores { get; init; }
    public long MemoryBytes { get; init; }

    /// <summary>0 = it has none, or cannot tell.</summary>
    public long SwapBytes { get; init; }
    public bool IsDraining { get; init; }

    /// <summary>Further <c>host.</c> properties, without the prefix; never consumed.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>Further countable <c>host.</c> resources: how many there are of each.</summary>
    public IReadOnlyDictionary<string, int> Resources { get; init; } = new Dictionary<string, int>();

    /// <summary>Public key for which passwords are sealed for it; empty where accounts need none.</summary>
    public string SealingKey { get; init; } = "";

    /// <summary>It logs submitters on by their passwords.</summary>
    public bool NeedsCredentials => SealingKey.Length > 0 && ProxyMode == "user";
}

/// <summary>
/// How many processes ran or waited for a processor, on average over so long; null where the host has no such figure, as on Windows. Source: reference,
/// qube-jobs 11.1.
/// </summary>
public readonly record struct LoadAverages(double? OneMinute, double? FiveMinutes, double? FifteenMinutes)
{
    /// <summary>Their properties, without <c>host.</c>.</summary>
    public static readonly IReadOnlyList<string> Names = ["loadavg_1min", "loadavg_5min", "loadavg_15min"];
}

/// <summary>What a heartbeat says. A figure that cannot be had is 0.</summary>
/// <param name="Troubles">Why the host should get nothing, a sentence each; empty = it is well.</param>
/// <param name="IdleMinutes">Since the last key or mouse movement; null where the host cannot tell.</param>
/// <param name="UtcOffsetMinutes">By which the host's own time is ahead of UTC.</param>
public sealed record WorkerVitals(LoadAverages Load, long FreeMemoryBytes, long FreeDiskBytes, IReadOnlyList<string> Troubles, int? IdleMinutes, int UtcOffsetMinutes)
{
    public static readonly WorkerVitals Unknown = new(default, 0, 0, [], null, 0);

    public long FreeSwapBytes { get; init; }
}

/// <summary>A host as the supervisor sees it.</summary>
public sealed class Worker(WorkerId id, WorkerFacts facts)
{
    public WorkerId Id => id;

    /// <summary>What it said of itself, with what was said of it since over it.</summary>
    public WorkerFacts Facts { get; private set; } = facts;

    /// <summary>What it said of itself.</summary>
    internal WorkerFacts Told { get; private set; } = facts;

    /// <summary>What people and scripts said of it.</summary>
    public HostWords Words { get; private set; } = HostWords.None;
    public string Name => Facts.Name;
    public bool IsConnected { get; internal set; }

    /// <summary>It is a member only for as long as it is up: its flags say <c>auto_remove</c>.</summary>
    internal bool IsTransient => HostFlags.Has(Facts, HostFlags.AutoRemove);

    /// <summary>It was taken out of the farm: nothing of it is a member's but its name.</summary>
    public bool IsRemoved { get; internal set; }

    /// <summary>Connections since this supervisor started.</summary>
    public int Connections { get; internal set; }
    public int SlotsUsed { get; internal set; }

    /// <summary>Withdrawn from dispatch now, by <see cref="Lock"/>.</summary>
    public int SlotsLocked { get; internal set; }
    public int SlotsFree => Math.Max(0, Facts.Slots - SlotsLocked - SlotsUsed);
    public HostLock Lock { get; internal set; } = HostLock.None;
    public WorkerVitals Vitals { get; internal set; } = WorkerVitals.Unknown;

    /// <summary>Monotonic ms at which <see cref="SlotsLocked"/> may change by itself.</summary>
    internal long? LockDueMs { get; set; }

    /// <summary>The host reports troubles (Qube's panic): it keeps what it runs and gets nothing new.</summary>
    public bool IsInPanic => IsConnected && Vitals.Troubles.Count > 0;
    /// <summary>Qube's word: down, panic or active.</summary>
    public string State => !IsConnected ? "down" : IsInPanic ? "panic" : "active";

    /// <summary>Runs in a row that a flight check ended with blame for the host, since this supervisor started, and what the last one said.</summary>
    public int Blames { get; internal set; }

    /// <summary>So often that people should look at it.</summary>
    public bool IsBlamed => Blames >= BlamesBeforeTrouble;
    internal const int BlamesBeforeTrouble = 3;
    public string BlamedFor { get; internal set; } = "";
    public long LastContactMs { get; internal set; }

    /// <summary>Monotonic ms at which a worker that is away counts as lost; null while it is connected or when it has been counted.</summary>
    public long? LostAtMs { get; internal set; }

    /// <summary>Instances placed here, and those whose run is closing or lost here.</summary>
    public HashSet<Instance> Instances { get; } = [];

    /// <summary>What instances hold of its countable resources but slots, by name; null = nothing.</summary>
    internal Dictionary<string, int>? Reserved { get; set; }

    /// <summary>What <c>host.NAME</c> of requirements stands for here, as text; empty where it is not known.</summary>
    public string Value(string name) => Expressions.HostOperands.Find(this, "host." + name).Text;

    /// <summary>How many of a countable resource, by its name without class, the instances there hold.</summary>
    public int Held(string resource) => Dispatch.HostResources.Held(this, resource);

    /// <summary>Of <see cref="Dispatch.DispatchIndex"/>.</summary>
    internal Dispatch.HostClass Class { get; set; } = null!;

    /// <summary>The name under which the index has it.</summary>
    internal string ClassedName { get; set; } = "";

    /// <summary>The free slots under which its class has it; -1 = it takes nothing.</summary>
    internal int FreeAt { get; set; } = -1;

    /// <summary>Something changed by which a job may start here.</summary>
    internal bool IsMoved { get; set; }

    /// <summary>Its place in the index may be that of before.</summary>
    internal bool IsMisplaced { get; set; }

    /// <summary>It is kept for a job that needs more room than is free.</summary>
    internal Dispatch.HostReservation? KeptFor { get; set; }
    internal bool IsDirty { get; set; }

    /// <summary>How much of one of its countable resources is used, by name without class; slots are <c>processors</c>.</summary>
    public int UsedOf(string resource) => Dispatch.HostResources.Used(this, resource);

    internal void Tell(WorkerFacts told) => (Told, Facts) = (told, Words.Over(told));

    internal void Say(HostWords words) => (Words, Facts) = (words, words.Over(Told));

    /// <summary>It is away and has been counted as lost.</summary>
    public bool IsLost => !IsConnected && LostAtMs is null;
    public bool CanTake => IsConnected && !Facts.IsDraining && Vitals.Troubles.Count == 0;
}
