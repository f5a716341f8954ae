using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Quern.Execution.Rules;

/// <summary>A file of rules; the format is in docs/output-rules.md. A line that cannot be read is a complaint and no rule; the others hold.</summary>
internal sealed class RuleFile
{
    internal const string Suffix = ".rules";
    internal const int MostBytes = 256 * 1024;
    private readonly List<string> _programs = [];
    private readonly List<string> _types = [];

    internal List<OutputRule> Rules { get; } = [];
    internal List<int> LicenceExitCodes { get; } = [];
    internal List<string> Complaints { get; } = [];

    internal static RuleFile Parse(string name, string text)
    {
        var file = new RuleFile();
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var content = line.Trim();
            if (content.Length > 0 && content[0] != '#' && file.Read(content.ToString()) is { } problem)
            {
                file.Complaints.Add($"{name}:{number}: {problem}");
            }
        }

        return file;
    }

    internal bool IsFor(string command, string jobType) =>
        _types.Contains(jobType, StringComparer.OrdinalIgnoreCase) || _programs.Exists(program => Names(command, program));

    /// <summary>The program is a word of the command, by its path or not, with a version behind it or not.</summary>
    private static bool Names(string command, string program) =>
        Regex.IsMatch(command, @"(^|[\s/\\""'=;&|(])" + Regex.Escape(program) + @"[0-9.\-]*(\.exe)?($|[\s""';&|)])", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private string? Read(string line)
    {
        var end = line.IndexOfAny([' ', '\t']);
        var (word, rest) = end < 0 ? (line, "") : (line[..end], line[end..].Trim());
        if (rest.Length == 0)
        {
            return $"'{line}' says nothing after its first word";
        }

        switch (word)
        {
            case "program":
                _programs.AddRange(Words(rest));
                return null;
            case "jobtype":
                _types.AddRange(Words(rest));
                return null;
            case "licence-exit":
                foreach (var code in Words(rest))
                {
                    if (!int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                    {
                        return $"'{code}' is no exit code";
                    }

                    LicenceExitCodes.Add(value);
                }

                return null;
        }

        if (KindOf(word) is not { } kind)
        {
            return $"'{word}' is none of program, jobtype, progress, highlight, error, path, licence, licence-exit";
        }

        if (OutputRule.Parse(kind, rest, ignoresCase: false, out var problem) is not { } rule)
        {
            return problem;
        }

        Rules.Add(rule);
        return null;
    }

    private static RuleKind? KindOf(string word) => word switch
    {
        "progress" => RuleKind.Progress,
        "highlight" => RuleKind.Highlight,
        "error" => RuleKind.Error,
        "path" => RuleKind.OutputPath,
        "licence" => RuleKind.Licence,
        _ => null,
    };

    private static string[] Words(string text) => text.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
}
