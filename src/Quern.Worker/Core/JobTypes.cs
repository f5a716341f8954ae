using Quern.Execution.JobTypes;

namespace Quern.Worker.Core;

/// <summary>The job types that this host has beside its own two, as they were found last. A value.</summary>
/// <param name="Problems">Of folders that cannot be used, a sentence each.</param>
internal sealed record JobTypes(IReadOnlyList<JobType> Own, IReadOnlyList<string> Problems)
{
    private const string BuiltIn = "cmdline,cmdrange";

    public static JobTypes None { get; } = new([], []);

    /// <summary>A command of a shell: every worker runs it.</summary>
    public static bool IsCommand(string name) => BuiltIn.Split(',').Contains(name);

    /// <summary>Those of the site before those that come with Quern.</summary>
    public static IReadOnlyList<string> Folders(WorkerFacts facts, WorkerSettings settings)
    {
        char[] between = facts.Os == "winnt" ? [';'] : [';', ':'];
        return [.. settings.Text("worker_template_path").Split(between, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), facts.Shipped("types")];
    }

    /// <summary>Names are compared without regard to case, as the supervisor does.</summary>
    public JobType? Find(string name) => Own.FirstOrDefault(type => type.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>What the supervisor is told: commas between; as far as <c>worker_job_types</c> lets it.</summary>
    public string Told(WorkerSettings settings)
    {
        var allowed = settings.List("worker_job_types");
        var taken = BuiltIn.Split(',').Concat(Own.Select(type => type.Name)).Where(name => allowed.Count == 0 || allowed.Contains(name, StringComparer.OrdinalIgnoreCase));
        return string.Join(',', taken.DefaultIfEmpty("none"));
    }
}
