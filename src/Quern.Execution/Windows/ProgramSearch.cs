namespace Quern.Execution.Windows;

/// <summary>The program a word names, found as the account would find it: along its PATH, with the endings of its PATHEXT.</summary>
internal static class ProgramSearch
{
    private const string UsualEndings = ".COM;.EXE;.BAT;.CMD";

    /// <summary>The full path; the word itself when nothing is found, so that whoever starts it says so.</summary>
    internal static string Find(string word, IReadOnlyDictionary<string, string> environment)
    {
        if (word.AsSpan().ContainsAny('\\', '/'))
        {
            return word;
        }

        var endings = Path.HasExtension(word) ? [""] : Words(environment.GetValueOrDefault("PATHEXT") is { Length: > 0 } set ? set : UsualEndings);
        return Words(environment.GetValueOrDefault("PATH") ?? "")
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, word + ending)))
            .FirstOrDefault(File.Exists) ?? word;
    }

    private static string[] Words(string list) => list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
