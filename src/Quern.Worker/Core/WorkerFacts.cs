using Quern.Execution.Hosts;

namespace Quern.Worker.Core;

internal enum WorkerMode
{
    Service,
    Desktop,
}

/// <summary>What a worker is for as long as its program runs: read once at start, or made up by a test.</summary>
internal sealed record WorkerFacts
{
    public required string Name { get; init; }
    public required string Version { get; init; }
    public required WorkerMode Mode { get; init; }

    /// <summary>Who started the worker: the account of every job in desktop mode.</summary>
    public required string Owner { get; init; }

    public required string Os { get; init; }
    public required string Address { get; init; }
    public required int Cores { get; init; }
    public required long MemoryBytes { get; init; }

    /// <summary>0 where there is none, or it cannot be told.</summary>
    public long SwapBytes { get; init; }

    /// <summary>Public key for which the supervisor seals passwords for this worker; empty where accounts need none.</summary>
    public string SealingKey { get; init; } = "";

    /// <summary>Jobs' accounts are logged on, which takes their passwords.</summary>
    public bool NeedsPasswords => SealingKey.Length > 0 && Mode == WorkerMode.Service;

    /// <summary>Changes with every start of the program.</summary>
    public required string BootId { get; init; }

    /// <summary>Further facts of the machine, for <c>host.</c> expressions and people: processor, kernel, graphics card, session.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>What jobs find as QBDIR.</summary>
    public required string Directory { get; init; }

    /// <summary>Where the programs are, and beside them what comes with them: output rules, job types, Python modules. Empty = <see cref="Directory"/>.</summary>
    public string Programs { get; init; } = "";

    /// <summary>A file or folder that comes with the programs.</summary>
    public string Shipped(string name) => Path.Combine(Programs.Length > 0 ? Programs : Directory, name);

    /// <summary>Variables of the owner's session that jobs of a desktop worker get; empty in service mode.</summary>
    public IReadOnlyDictionary<string, string> Session { get; init; } = new Dictionary<string, string>();

    /// <summary>HOST:PORT, what jobs find as QB_SUPERVISOR.</summary>
    public required string Supervisor { get; init; }

    /// <summary>What jobs find as QUERN_STATE, so that commands they call use this worker's socket; null where it is the machine's own state.</summary>
    public string? State { get; init; }
}

/// <summary>How the machine is, as last looked at. A figure that cannot be had is 0.</summary>
/// <param name="Load">Null where the system has none.</param>
/// <param name="Troubles">Why it should get nothing, a sentence each; empty = it is well.</param>
/// <param name="IdleMinutes">Since the last key or mouse movement; null where this machine cannot tell.</param>
/// <param name="UtcOffsetMinutes">By which the machine's own time is ahead of UTC.</param>
internal sealed record WorkerVitals(LoadAverages? Load, long FreeMemoryBytes, long FreeDiskBytes, IReadOnlyList<string> Troubles, int? IdleMinutes, int UtcOffsetMinutes)
{
    public static readonly WorkerVitals Unknown = new(null, 0, 0, [], null, 0);

    public long FreeSwapBytes { get; init; }
}

/// <summary>How a worker is told to stop.</summary>
internal enum StopKind
{
    /// <summary>No new runs; end when those here are over and delivered.</summary>
    Drain,

    /// <summary>End every run now, deliver what can be delivered.</summary>
    Kill,

    /// <summary>End the program; runs live on and are taken back by the next one.</summary>
    Restart,
}

/// <summary>A line for the worker's log.</summary>
internal readonly record struct WorkerNote(bool IsWarning, string Text);
