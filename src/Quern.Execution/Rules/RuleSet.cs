using System.Buffers;
using System.Text;
using Quern.Execution.Runs;

namespace Quern.Execution.Rules;

/// <summary>All rules of a run. Read as the job's account.</summary>
internal sealed class RuleSet
{
    /// <summary>Shorter ones are found everywhere and sift nothing.</summary>
    private const int ShortestLiteral = 3;

    private RuleSet(List<OutputRule> rules, List<int> licenceExits)
    {
        (Rules, LicenceExitCodes) = (rules, licenceExits);
        Literals = rules.Count > 0 && rules.TrueForAll(rule => rule.Literal.Length >= ShortestLiteral)
            ? SearchValues.Create([.. rules.Select(rule => rule.Literal).Distinct(StringComparer.OrdinalIgnoreCase)], StringComparison.OrdinalIgnoreCase)
            : null;
    }

    internal List<OutputRule> Rules { get; }
    internal IReadOnlyList<int> LicenceExitCodes { get; }

    /// <summary>A line without one of these means nothing to any rule; null where every line has to be looked at.</summary>
    internal SearchValues<string>? Literals { get; }

    /// <param name="complaints">Rules that cannot be used, a sentence each.</param>
    internal static RuleSet Load(OutputReading reading, string command, string jobType, List<string> complaints)
    {
        var rules = new List<OutputRule>();
        var exits = new List<int>(reading.LicenceExitCodes);
        foreach (var (kind, key) in (ReadOnlySpan<(RuleKind, string)>)[(RuleKind.Error, "errors"), (RuleKind.Licence, "licence"), (RuleKind.Progress, "progress"), (RuleKind.OutputPath, "outputPaths"), (RuleKind.Highlight, "highlights")])
        {
            foreach (var pattern in reading.Patterns.GetValueOrDefault(key, "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (OutputRule.Parse(kind, pattern, ignoresCase: true, out var problem) is { } rule)
                {
                    rules.Add(rule);
                }
                else
                {
                    complaints.Add($"regex_{key}: {problem}: it is passed over");
                }
            }
        }

        foreach (var (name, path) in Files(reading.Folders))
        {
            if ((reading.Names.Count == 0 || reading.Names.Contains(name, StringComparer.OrdinalIgnoreCase)) && Read(name, path, complaints) is { } file
                && (reading.Names.Count > 0 || file.IsFor(command, jobType)))
            {
                rules.AddRange(file.Rules);
                exits.AddRange(file.LicenceExitCodes);
                complaints.AddRange(file.Complaints);
            }
        }

        return new RuleSet(rules, exits);
    }

    private static SortedDictionary<string, string> Files(IReadOnlyList<string> folders)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            try
            {
                foreach (var path in Directory.EnumerateFiles(folder, "*" + RuleFile.Suffix))
                {
                    files[Path.GetFileNameWithoutExtension(path)] = path;
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // A host without the folder has no such rules.
            }
        }

        return files;
    }

    private static RuleFile? Read(string name, string path, List<string> complaints)
    {
        try
        {
            if (new FileInfo(path).Length <= RuleFile.MostBytes)
            {
                return RuleFile.Parse(name + RuleFile.Suffix, File.ReadAllText(path, Encoding.UTF8));
            }

            complaints.Add($"{path} has more than {RuleFile.MostBytes} bytes: it is passed over");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            complaints.Add($"{path} cannot be read by the job's account: it is passed over");
        }

        return null;
    }
}
