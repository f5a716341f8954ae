namespace Quern.Execution.Runs;

/// <summary>
/// The application of a job type: loaded once, spoken to in lines (docs/job-types.md), given the items of the run one after the other. Without an agenda it
/// is the run's one command.
/// </summary>
public sealed record ApplicationPlan
{
    /// <summary>Of the job type.</summary>
    public required string Folder { get; init; }

    /// <summary>Program and arguments; see <see cref="JobTypes.JobType.Words"/>.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    public bool IsPython { get; init; }

    /// <summary>Spoken to over standard input and output.</summary>
    public bool IsStandard { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder of the Python modules that come with Quern.</summary>
    public string ModuleFolder { get; init; } = "";

    /// <summary>Folders of job types on this host.</summary>
    public IReadOnlyList<string> TypeFolders { get; init; } = [];

    /// <summary>The job's attributes, a JSON object; empty = a supervisor that does not tell them.</summary>
    public string Job { get; init; } = "";

    /// <summary>The job's package, a JSON object.</summary>
    public string Package { get; init; } = "";

    /// <summary>The path map of this host, in its order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> PathMap { get; init; } = [];
}
