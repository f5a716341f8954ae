using Quern.Execution.JobTypes;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.JobTypes;

/// <summary>A folder of job types that every account can read and nobody but root write, with the Python modules of this clone beside it.</summary>
internal sealed class Bench : IDisposable
{
    private const UnixFileMode Open = (UnixFileMode)0x1ED;

    internal Bench()
    {
        Folder = Directory.CreateTempSubdirectory("qxtypes").FullName;
        File.SetUnixFileMode(Folder, Open);
        var modules = Path.Combine(Environment.GetEnvironmentVariable("QUERN_ROOT")!, "python");
        foreach (var file in Directory.EnumerateFiles(modules, "*.py", SearchOption.AllDirectories))
        {
            Write(Path.Combine("python", Path.GetRelativePath(modules, file)), File.ReadAllText(file));
        }
    }

    internal string Folder { get; }

    internal string Write(string place, string text)
    {
        var path = Path.Combine(Folder, place);
        for (var folder = Path.GetDirectoryName(path)!; folder.Length > Folder.Length; folder = Path.GetDirectoryName(folder)!)
        {
            Directory.CreateDirectory(folder);
            File.SetUnixFileMode(folder, Open);
        }

        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, Open);
        return path;
    }

    /// <summary>A job type of a Python script as the catalog finds it.</summary>
    internal JobType Python(string script, string name = "tool")
    {
        Write($"types/{name}/job.conf", "[description]\nshort_detail = a test\n[execute module]\nexecute_binding = Python\nexecute_library = run.py\n[config]\nanswer = 42\nanswer_linux = 43\n");
        Write($"types/{name}/run.py", script);
        return Find(name);
    }

    internal JobType Find(string name)
    {
        var found = JobTypeCatalog.Find([Path.Combine(Folder, "types")], "linux", 0, out var problems);
        Assert.Empty(problems);
        return found.Single(type => type.Name == name);
    }

    internal Launch Launch(JobType type, params ItemLease[] items) => TestFarm.Frames(1, "", items) with { JobType = type.Name, HasAgenda = items.Length > 0, Application = Plan(type) };

    internal ApplicationPlan Plan(JobType type) => new()
    {
        Folder = type.Folder, Words = type.Words, IsPython = type.IsPython, IsStandard = type.IsStandard, Environment = type.Environment, ModuleFolder = Path.Combine(Folder, "python"),
        TypeFolders = [Path.Combine(Folder, "types")], Job = """{"name":"shot","user":"ann","prod_show":"monkeys"}""", Package = """{"scene":"/s/a b.ma","deep":{"list":[1,2]}}""",
        PathMap = [KeyValuePair.Create("/Volumes", "/mnt"), KeyValuePair.Create("/mnt/a", "/b")],
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
