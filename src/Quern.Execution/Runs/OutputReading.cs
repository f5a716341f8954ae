namespace Quern.Execution.Runs;

/// <summary>What is looked for in the output of a run's commands, and what the files that it names have to be. See docs/output-rules.md.</summary>
public sealed record OutputReading
{
    public static OutputReading None { get; } = new();

    /// <summary>Folders of rule files; a later folder's file replaces one of the same name.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Rule files by name; empty = those that say they are for the job's program or type.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>The job's own patterns: progress, highlights, errors, outputPaths, licence.</summary>
    public IReadOnlyDictionary<string, string> Patterns { get; init; } = new Dictionary<string, string>();

    /// <summary>Exit codes by which the job's program says that it had no licence.</summary>
    public IReadOnlyList<int> LicenceExitCodes { get; init; } = [];

    /// <summary>Seconds for which the job stays away from the host after a refused licence.</summary>
    public int LicenceSeconds { get; init; } = 60;

    /// <summary>An item that names no output has failed.</summary>
    public bool RequiresPaths { get; init; }

    /// <summary>An output that is smaller has failed its item.</summary>
    public long LeastBytes { get; init; }

    /// <summary>Outputs that are there have to be whole pictures.</summary>
    public bool ChecksPictures { get; init; }

    /// <summary>What goes to the error output is taken as output.</summary>
    public bool MergesErrors { get; init; }
}
