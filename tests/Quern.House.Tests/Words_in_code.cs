using System.Text.RegularExpressions;

namespace Quern.House.Tests;

/// <summary>What no compiler refuses and no reviewer should have to look for.</summary>
public sealed partial class Words_in_code
{
    private static readonly string[] BannedInCore =
    [
        "N:System.IO", "N:System.Net", "N:System.Threading", "N:System.Threading.Tasks", "T:System.Random", "T:System.Environment", "T:System.Console",
        "T:System.TimeProvider", "P:System.DateTime.Now", "P:System.DateTime.UtcNow", "P:System.DateTimeOffset.Now", "P:System.DateTimeOffset.UtcNow",
        "M:System.Guid.NewGuid",
    ];

    [Fact]
    public void Core_bans_clock_randomness_environment_files_sockets_and_tasks()
    {
        var banned = File.ReadAllLines(Repository.FullPath("src/Quern.Core/BannedSymbols.txt")).Select(line => line.Split(';')[0]).ToHashSet(StringComparer.Ordinal);
        Expect.None(BannedInCore.Where(symbol => !banned.Contains(symbol)), "src/Quern.Core/BannedSymbols.txt must name these.");
        Assert.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", File.ReadAllText(Repository.FullPath("Directory.Build.targets")), StringComparison.Ordinal);
    }

    // The analyzer sees symbols, not statements.
    [Fact]
    public void Core_takes_no_lock() =>
        Expect.None(Repository.Sources.Where(file => file.Path.StartsWith("src/Quern.Core/", StringComparison.Ordinal)).SelectMany(file => file.Hits(LockStatement().IsMatch)),
            "The core is owned by one loop: no locks.");

    [Fact]
    public void Native_calls_are_in_one_project() =>
        Expect.None(Repository.CSharp.Where(file => !file.Path.StartsWith("tests/Quern.House.Tests/", StringComparison.Ordinal)).SelectMany(file => file.Hits(line =>
                line.Contains("[DllImport", StringComparison.Ordinal)
                || (line.Contains("[LibraryImport", StringComparison.Ordinal) && !file.Path.StartsWith("src/Quern.Execution/", StringComparison.Ordinal)
                    && !file.Path.StartsWith("tests/Quern.Execution.Tests/", StringComparison.Ordinal)))),
            "[LibraryImport], and only in Quern.Execution.");

    [Fact]
    public void Nothing_is_left_for_later() =>
        Expect.None(Elsewhere(Repository.Files.Where(IsText)).SelectMany(file => file.Hits(Unfinished().IsMatch)),
            "Do it, or write an issue: the code carries no note to self.");

    [Fact]
    public void No_test_waits_for_time_to_pass() =>
        Expect.None(Elsewhere(Repository.Tests).SelectMany(file => file.Hits(TimedWait().IsMatch)),
            "Wait on a signal or on a condition with a deadline.");

    [Fact]
    public void Nothing_names_a_machine_or_a_registry() =>
        Expect.None(Elsewhere(Repository.Files.Where(IsText)).Where(file => !file.Path.EndsWith("packages.lock.json", StringComparison.Ordinal)).SelectMany(file => file.Hits(MachineDetail().IsMatch)),
            "A clone runs anywhere: no path of one machine, no registry's host name.");

    [Fact]
    public void Files_stay_readable() =>
        Expect.None(Repository.CSharp.Where(file => file.Lines.Length > 800).Select(file => $"{file}: {file.Lines.Length} lines"),
            "Over 800 lines a file is surely two things: split it by verb.");

    [Fact]
    public void No_comment_tag_is_empty() =>
        Expect.None(Elsewhere(Repository.CSharp).SelectMany(file => file.Hits(EmptyTag().IsMatch)), "If there is nothing to add to the name, leave the tag out.");

    [Fact]
    public void Namespaces_follow_folders()
    {
        Expect.None(Repository.Sources.Select(file => (file, declared: NamespaceLine().Match(file.Text))).Where(pair => pair.declared.Success
                && !ExpectedNamespace(pair.file.Path).StartsWith(pair.declared.Groups[1].Value, StringComparison.Ordinal))
            .Select(pair => $"{pair.file}: {pair.declared.Groups[1].Value}"), "A file's namespace is its folder's, or that of a folder above.");

        static string ExpectedNamespace(string path) => Path.GetDirectoryName(path)!["src/".Length..].Replace('/', '.');
    }

    // This project spells out what it forbids.
    private static IEnumerable<SourceFile> Elsewhere(IEnumerable<SourceFile> files) => files.Where(file => !file.Path.StartsWith("tests/Quern.House.Tests/", StringComparison.Ordinal));

    private static bool IsText(SourceFile file) =>
        Path.GetExtension(file.Path) is ".cs" or ".md" or ".proto" or ".csproj" or ".props" or ".targets" or ".json" or ".sh" or ".py" or ".c" or ".pov" or ".ini" or ""
        && !file.Path.EndsWith("LICENSE", StringComparison.Ordinal);

    [GeneratedRegex(@"(^|[^\w.])lock\s*\(")]
    private static partial Regex LockStatement();

    [GeneratedRegex(@"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\bThread\.Sleep\b|\bTask\.Delay\b")]
    private static partial Regex TimedWait();

    [GeneratedRegex(@"/work/(main|wt|shared)|/root/\.|/tmp/(db|land)\b|https?://(api\.)?nuget\.org|https?://(www\.)?nuget\.org|deb\.debian\.org|registry\.npmjs|pypi\.org|jfrog|artifactory", RegexOptions.IgnoreCase)]
    private static partial Regex MachineDetail();

    [GeneratedRegex(@"///\s*<(summary|param[^>]*|returns|remarks)>\s*</")]
    private static partial Regex EmptyTag();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();
}
