namespace Quern.Execution.JobTypes;

/// <summary>
/// Qube's <c>job.conf</c>: sections of <c>key = value</c>. What counts is <c>[execute module]</c>: <c>execute_binding</c> and <c>execute_library</c>, each with a
/// value of this system's own under its name with <c>_linux</c>, <c>_osx</c> or <c>_winnt</c>. Source: reference, qube-worker 4.2.
/// </summary>
internal static class JobTypeConf
{
    internal const string FileName = "job.conf";
    private const string Section = "execute module";

    /// <param name="os">linux, osx or winnt.</param>
    /// <param name="problem">Why it cannot be used, one sentence.</param>
    internal static JobType? Read(string name, string folder, string text, string os, out string problem)
    {
        var values = Values(text);
        var binding = Value("execute_binding");
        var library = Value("execute_library");
        if (binding.Length == 0)
        {
            problem = $"job type '{name}' has no execute_binding in '{FileName}': write execute_binding = Python under [{Section}], or describe it by a job.json";
            return null;
        }

        if (!binding.Equals("python", StringComparison.OrdinalIgnoreCase))
        {
            problem = $"job type '{name}' has execute_binding = {binding}, of which only Python is run here: give it a Python script, or describe its program by a job.json";
            return null;
        }

        problem = library.Length > 0 ? "" : $"job type '{name}' names no script: write execute_library = FILE under [{Section}] of '{FileName}'";
        var interpreter = Value("execute_interpreter") is { Length: > 0 } own ? own : os == "winnt" ? "python" : "python3";
        return problem.Length > 0 ? null : new JobType(name, folder, [interpreter, Path.Combine(folder, library)], IsPython: true, IsStandard: false, new Dictionary<string, string>());

        string Value(string key) => values.GetValueOrDefault($"{key}_{os}") ?? values.GetValueOrDefault(key) ?? "";
    }

    /// <summary>Of the one section; comments begin with # or ;.</summary>
    private static Dictionary<string, string> Values(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var section = "";
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] == '[')
            {
                section = line.Trim('[', ']', ' ').ToLowerInvariant();
            }
            else if (section == Section && line[0] is not ('#' or ';') && line.Split('=', 2, StringSplitOptions.TrimEntries) is [var key, var value])
            {
                values[key] = value.Trim('"');
            }
        }

        return values;
    }
}
