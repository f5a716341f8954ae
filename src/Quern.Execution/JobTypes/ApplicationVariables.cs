using Quern.Execution.Runs;

namespace Quern.Execution.JobTypes;

/// <summary>What an application finds in its environment beside what every command of its job finds.</summary>
internal static class ApplicationVariables
{
    internal const string LineIn = "QUERN_LINE_IN";
    internal const string LineOut = "QUERN_LINE_OUT";

    /// <param name="lineIn">Number of the descriptor (Windows: handle) that it reads.</param>
    /// <param name="pythonPath">As the job has it; empty = it has none.</param>
    /// <param name="problem">What the job lacks, one sentence.</param>
    internal static Dictionary<string, string> Of(ApplicationPlan plan, string jobType, string lineIn, string lineOut, string pythonPath, out string problem)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        problem = "";
        using var job = ApplicationWords.Parse(plan.Job);
        using var package = ApplicationWords.Parse(plan.Package);
        foreach (var (name, text) in plan.Environment)
        {
            if (ApplicationWords.Fill(text, plan, job, package, out var missing) is not { } value)
            {
                problem = $"the job has no {missing}, which job type '{jobType}' needs: give it at submission";
                return all;
            }

            all[name] = value;
        }

        (all[LineIn], all[LineOut]) = (lineIn, lineOut);
        all["QUERN_JOB_TYPE"] = jobType;
        all["QUERN_JOB_TYPE_FOLDER"] = plan.Folder;
        all["QUERN_JOB_TYPES"] = string.Join(Path.PathSeparator, plan.TypeFolders);
        all["QUERN_PYTHON"] = plan.ModuleFolder;
        if (plan.IsPython)
        {
            all["PYTHONPATH"] = pythonPath.Length == 0 ? plan.ModuleFolder : plan.ModuleFolder + Path.PathSeparator + pythonPath;
            // What it prints belongs to the item that it has.
            all["PYTHONUNBUFFERED"] = "1";
        }

        return all;
    }

    /// <summary>A Python script runs below the module that speaks for it.</summary>
    internal static List<string> Words(ApplicationPlan plan, List<string> words) =>
        plan.IsPython && words is [var interpreter, .. var rest] ? [interpreter, Path.Combine(plan.ModuleFolder, "qb_backend.py"), .. rest] : words;
}
