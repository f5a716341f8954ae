namespace Quern.House.Tests;

/// <summary>The repository's own files, as the tests about code read them.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Every file that is kept under version control or would be: build output and tool folders left out.</summary>
    public static IReadOnlyList<SourceFile> Files { get; } = [.. Walk(Root).OrderBy(file => file.Path, StringComparer.Ordinal)];

    public static IEnumerable<SourceFile> CSharp => Files.Where(file => file.Path.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> Sources => CSharp.Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> Tests => CSharp.Where(file => file.Path.StartsWith("tests/", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> Markdown => Files.Where(file => file.Path.EndsWith(".md", StringComparison.Ordinal));

    public static string FullPath(string path) => Path.Combine(Root, path);

    private static string FindRoot()
    {
        if (Environment.GetEnvironmentVariable("QUERN_ROOT") is { Length: > 0 } given)
        {
            return given;
        }
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Quern.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException($"Quern.slnx is in no folder above {AppContext.BaseDirectory}; set QUERN_ROOT.");
    }

    private static IEnumerable<SourceFile> Walk(string folder)
    {
        foreach (string child in Directory.EnumerateDirectories(folder))
        {
            if (Path.GetFileName(child) is not (".git" or "artifacts" or "out" or "obj" or "bin" or "node_modules" or ".vs" or ".idea"))
            {
                foreach (var file in Walk(child))
                {
                    yield return file;
                }
            }
        }
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            if (Path.GetFileName(file) != ".git")
            {
                yield return new SourceFile(Path.GetRelativePath(Root, file));
            }
        }
    }
}

/// <summary>A file by its path from the repository's root, with forward slashes.</summary>
internal sealed class SourceFile(string path)
{
    private readonly Lazy<string> _text = new(() => File.ReadAllText(Repository.FullPath(path)));

    public string Path { get; } = path;

    public string Text => _text.Value;

    public string[] Lines => Text.Split('\n');

    public override string ToString() => Path;

    /// <summary>Lines that <paramref name="matches"/> lets through, as <c>path:line: text</c>.</summary>
    public IEnumerable<string> Hits(Func<string, bool> matches) =>
        Lines.Select((line, index) => (line, index)).Where(pair => matches(pair.line)).Select(pair => $"{Path}:{pair.index + 1}: {pair.line.Trim()}");
}

internal static class Expect
{
    /// <summary>Fails with every offender on a line of its own, and with what to do about it.</summary>
    public static void None(IEnumerable<string> offenders, string advice)
    {
        var found = offenders.ToList();
        Assert.True(found.Count == 0, $"{advice}\n{string.Join('\n', found)}");
    }
}
