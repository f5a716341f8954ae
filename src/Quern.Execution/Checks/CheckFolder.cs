namespace Quern.Execution.Checks;

/// <summary>The checks that a host asks of every job: the files of a folder by name, but for texts and hidden ones. Read as the job's account.</summary>
internal static class CheckFolder
{
    /// <param name="level">instance or agenda.</param>
    /// <param name="side">pre or post.</param>
    /// <param name="problem">Why the folder that is there cannot be read, one sentence; else null.</param>
    internal static IReadOnlyList<string> List(string root, string level, string side, out string? problem)
    {
        problem = null;
        if (root.Length == 0)
        {
            return [];
        }

        var folder = Path.Combine(root, level, side);
        try
        {
            return [.. Directory.EnumerateFiles(folder).Where(IsCheck).Order(StringComparer.Ordinal)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = $"the flight checks in '{folder}' cannot be read by the job's account: give it the right to read that folder, or set worker_flight_check_path";
            return [];
        }
    }

    private static bool IsCheck(string path) => Path.GetFileName(path) is var name && name[0] != '.' && !name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);
}
