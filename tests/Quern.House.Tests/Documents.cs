using System.Text.RegularExpressions;

namespace Quern.House.Tests;

/// <summary>A wrong map is worse than none.</summary>
public sealed partial class Documents
{
    [Theory]
    [InlineData("README.md")]
    [InlineData("CHANGELOG.md")]
    [InlineData("LICENSE")]
    [InlineData("docs/ARCHITECTURE.md")]
    [InlineData("docs/protocol.md")]
    [InlineData("docs/state-on-disk.md")]
    [InlineData("docs/logging.md")]
    [InlineData("docs/performance.md")]
    [InlineData("docs/qube-differences.md")]
    [InlineData("docs/unproven.md")]
    public void Is_there(string path) => Assert.True(File.Exists(Repository.FullPath(path)), $"{path} is missing.");

    [Fact]
    public void Links_lead_somewhere() =>
        Expect.None(Repository.Markdown.SelectMany(file => Link().Matches(OutsideFences(file.Text)).Select(match => match.Groups[1].Value)
                .Where(target => !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal))
                .Where(target => !Leads(file, target)).Select(target => $"{file}: {target}")),
            "These links lead nowhere.");

    [Fact]
    public void Paths_in_the_map_exist() =>
        Expect.None(Repository.Markdown.Where(file => file.Path is "README.md" or "docs/ARCHITECTURE.md").SelectMany(file => PathInCode().Matches(file.Text)
                .Select(match => match.Groups[1].Value.TrimEnd('/')).Where(path => !path.Contains('*', StringComparison.Ordinal))
                .Where(path => !Path.Exists(Repository.FullPath(path))).Select(path => $"{file}: {path}")),
            "The map names what is not there.");

    [Fact]
    public void Readme_names_the_two_commands()
    {
        string text = File.ReadAllText(Repository.FullPath("README.md"));
        Assert.Contains("./quern", text, StringComparison.Ordinal);
        Assert.Contains("./test", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_decision_says_why() =>
        Expect.None(Repository.Markdown.Where(file => file.Path.StartsWith("docs/adr/0", StringComparison.Ordinal)).SelectMany(file =>
                new[] { "## Context", "## Decision", "## Consequences" }.Where(part => !file.Text.Contains(part, StringComparison.Ordinal)).Select(part => $"{file}: {part}")),
            "A decision has context, decision and consequences.");

    [Fact]
    public void A_decision_has_a_number_of_its_own() =>
        Expect.None(Repository.Markdown.Where(file => file.Path.StartsWith("docs/adr/0", StringComparison.Ordinal)).GroupBy(file => Path.GetFileName(file.Path)[..4]).Where(group => group.Count() > 1)
            .SelectMany(group => group.Select(file => file.Path)), "Two decisions have one number.");

    [Fact]
    public void Every_package_has_its_decision()
    {
        string decisions = string.Join('\n', Repository.Markdown.Where(file => file.Path.StartsWith("docs/adr/", StringComparison.Ordinal)).Select(file => file.Text));
        Expect.None(PackageVersion().Matches(File.ReadAllText(Repository.FullPath("Directory.Packages.props"))).Select(match => match.Groups[1].Value)
            .Where(package => !decisions.Contains(package, StringComparison.Ordinal)), "A dependency is argued for in docs/adr.");
    }

    [Fact]
    public void Continuous_integration_runs_the_tests_and_nothing_else()
    {
        var lines = File.ReadAllLines(Repository.FullPath(".ci/run")).Where(line => line.Length > 0 && !line.StartsWith('#')).ToList();
        Assert.Single(lines);
        Assert.Contains("/test", lines[0], StringComparison.Ordinal);
    }

    private static bool Leads(SourceFile from, string target)
    {
        string path = target.Split('#')[0];
        return path.Length == 0 || Path.Exists(Path.Combine(Path.GetDirectoryName(Repository.FullPath(from.Path))!, path));
    }

    private static string OutsideFences(string text) => Fence().Replace(text, "");

    [GeneratedRegex(@"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:src|tests|docs|bench)/[\w./*-]+)`")]
    private static partial Regex PathInCode();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();
}
