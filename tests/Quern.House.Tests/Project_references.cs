using System.Xml.Linq;

namespace Quern.House.Tests;

/// <summary>References point downwards: programs (2) to libraries (1) to the values at the bottom (0), and only along the lines drawn here.</summary>
public sealed class Project_references
{
    /// <summary>Every project under src, its level and what it may reference. A new project or reference is argued for here first.</summary>
    private static readonly Dictionary<string, (int Level, string[] MayReference)> Allowed = new()
    {
        ["Quern.Core"] = (0, []),
        ["Quern.Protocol"] = (0, []),
        ["Quern.Configuration"] = (0, []),
        ["Quern.Secrets"] = (0, []),
        ["Quern.Policies"] = (0, []),
        ["Quern.Store"] = (1, ["Quern.Core"]),
        ["Quern.Execution"] = (1, ["Quern.Secrets"]),
        ["Quern.Client"] = (1, ["Quern.Protocol", "Quern.Configuration"]),
        ["Quern.Proxy"] = (2, ["Quern.Execution"]),
        ["Quern.Worker"] = (2, ["Quern.Protocol", "Quern.Configuration", "Quern.Secrets", "Quern.Execution", "Quern.Client"]),
        ["Quern.Supervisor"] = (2, ["Quern.Core", "Quern.Protocol", "Quern.Configuration", "Quern.Secrets", "Quern.Store", "Quern.Policies"]),
        ["Quern.Cli"] = (2, ["Quern.Client", "Quern.Configuration", "Quern.Secrets", "Quern.Protocol"]),
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Fact]
    public void Every_project_is_on_the_map() =>
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), Directory.GetDirectories(Repository.FullPath("src")).Select(Name).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Projects))]
    public void References_go_where_the_map_lets_them(string project) =>
        Expect.None(References(project).Except(Allowed[project].MayReference), $"{project} must not reference these; see docs/ARCHITECTURE.md, or move the code.");

    [Theory, MemberData(nameof(Projects))]
    public void References_go_downwards(string project) =>
        Expect.None(References(project).Where(other => Allowed[other].Level >= Allowed[project].Level), $"{project} references its own level or a higher one.");

    [Fact]
    public void The_core_has_one_package_for_expressions() =>
        Expect.None(Packages("src/Quern.Core/Quern.Core.csproj").Except(["Superpower"]), "Quern.Core is pure: it takes nothing but the parser of docs/adr/0011.");

    [Theory]
    [InlineData("Quern.Configuration")]
    [InlineData("Quern.Secrets")]
    [InlineData("Quern.Execution")]
    [InlineData("Quern.Proxy")]
    public void Has_no_package(string project) =>
        Expect.None(Packages($"src/{project}/{project}.csproj"), $"{project} carries no package: it is pure, or it runs where every byte counts as trusted.");

    [Fact]
    public void Versions_are_central()
    {
        var projects = Repository.Files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal)).ToList();
        var known = XDocument.Load(Repository.FullPath("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(element => element.Attribute("Include")!.Value).ToHashSet(StringComparer.Ordinal);
        Expect.None(projects.SelectMany(file => Packages(file.Path).Where(package => !known.Contains(package)).Select(package => $"{file}: {package}")),
            "A package has its version in Directory.Packages.props and its reason in docs/adr.");
        Expect.None(projects.SelectMany(file => XDocument.Load(Repository.FullPath(file.Path)).Descendants("PackageReference")
                .Where(element => element.Attribute("Version") is not null || element.Attribute("VersionOverride") is not null)
                .Select(element => $"{file}: {element.Attribute("Include")!.Value}")),
            "A project names a package, never its version.");
    }

    [Fact]
    public void Every_known_version_is_used()
    {
        var used = Repository.Files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal) || Name(file.Path).StartsWith("Directory.Build", StringComparison.Ordinal))
            .SelectMany(file => Packages(file.Path)).ToHashSet(StringComparer.Ordinal);
        Expect.None(XDocument.Load(Repository.FullPath("Directory.Packages.props")).Descendants("PackageVersion")
            .Select(element => element.Attribute("Include")!.Value).Where(package => !used.Contains(package)), "These packages are pinned and used nowhere.");
    }

    [Fact]
    public void Lock_files_are_there() =>
        Expect.None(Repository.Files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(file => Path.Combine(Path.GetDirectoryName(file.Path)!, "packages.lock.json")).Where(path => !File.Exists(Repository.FullPath(path))),
            "Restore the project and commit its lock file.");

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Repository.FullPath("Quern.slnx"));
        Expect.None(Repository.Files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal) && !solution.Contains($"\"{file.Path}\"", StringComparison.Ordinal))
            .Select(file => file.Path), "Add the project to Quern.slnx.");
    }

    private static string Name(string path) => Path.GetFileName(path);

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Repository.FullPath($"src/{project}/{project}.csproj")).Descendants("ProjectReference")
            .Select(element => Path.GetFileNameWithoutExtension(element.Attribute("Include")!.Value));

    private static IEnumerable<string> Packages(string path) =>
        XDocument.Load(Repository.FullPath(path)).Descendants("PackageReference").Select(element => element.Attribute("Include")!.Value);
}
