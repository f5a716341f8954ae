using Quern.Execution.Native;

namespace Quern.Proxy.Unix;

/// <summary>The program that a word names: by its path, counted from a folder, or found along PATH as the account finds it.</summary>
internal static class ProgramPath
{
    private const int Execute = 1;

    /// <param name="folder">From which a path that is not absolute counts.</param>
    /// <param name="path">Value of PATH.</param>
    /// <returns>Null when there is none that may be run.</returns>
    internal static string? Find(string word, string folder, string path)
    {
        var candidates = word.Contains('/', StringComparison.Ordinal)
            ? [Path.Combine(folder, word)]
            : path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(entry => Path.Combine(entry, word));
        return candidates.FirstOrDefault(candidate => File.Exists(candidate) && LibC.access(candidate, Execute) == 0);
    }
}
