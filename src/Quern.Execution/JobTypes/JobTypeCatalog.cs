using System.Text;
using Quern.Execution.Native;
using Quern.Execution.Windows;

namespace Quern.Execution.JobTypes;

/// <summary>
/// The job types of a host: folders, named like their type, in the folders of <c>worker_template_path</c>. Of two of one name the first counts. What a job type says is run as whoever
/// submits, so nobody but root and the worker's own account may be able to change it: a folder that others can write holds no job types.
/// </summary>
public static class JobTypeCatalog
{
    private const uint OthersWrite = 0x12;
    private const int LongestFile = 256 * 1024;
    private const int MostTypes = 500;

    /// <param name="os">linux, osx or winnt.</param>
    /// <param name="owner">uid that may own them beside root's.</param>
    /// <param name="problems">What looks like a job type and is none, a sentence each.</param>
    public static IReadOnlyList<JobType> Find(IEnumerable<string> path, string os, uint owner, out IReadOnlyList<string> problems)
    {
        var found = new Dictionary<string, JobType>(StringComparer.OrdinalIgnoreCase);
        var wrong = new List<string>();
        foreach (var folder in path)
        {
            try
            {
                foreach (var candidate in Candidates(folder, owner, wrong))
                {
                    if (Read(candidate, os, owner, wrong) is { } type && found.Count < MostTypes)
                    {
                        found.TryAdd(type.Name, type);
                    }
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                wrong.Add($"the job types in '{folder}' cannot be read: {failure.Message}: mend it, or take it out of worker_template_path");
            }
        }

        problems = wrong;
        return [.. found.Values.OrderBy(type => type.Name, StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Candidates(string folder, uint owner, List<string> wrong)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        if (WhoElseWrites(folder, owner) is { } who)
        {
            wrong.Add($"the job types in '{folder}' are not used, because {who}: {Remedy(folder)}");
            return [];
        }

        return Directory.EnumerateDirectories(folder).Where(candidate => IsName(Path.GetFileName(candidate))).Order(StringComparer.Ordinal);
    }

    private static JobType? Read(string folder, string os, uint owner, List<string> wrong)
    {
        var name = Path.GetFileName(folder);
        var manifest = Path.Combine(folder, JobTypeManifest.FileName);
        var isManifest = File.Exists(manifest);
        var file = isManifest ? manifest : Path.Combine(folder, JobTypeConf.FileName);
        if (!File.Exists(file))
        {
            return null;
        }

        var problem = "";
        var type = WhoElseWrites(folder, owner) is { } who ? Refused(folder, who)
            : WhoElseWrites(file, owner) is { } other ? Refused(file, other)
            : Text(file) is not { } text ? Refused($"'{file}' is longer than {LongestFile >> 10} KiB: shorten it")
            : isManifest ? JobTypeManifest.Read(name, Path.GetFullPath(folder), text, os, out problem) : JobTypeConf.Read(name, Path.GetFullPath(folder), text, os, out problem);
        if (type is { IsPython: true })
        {
            var script = type.Words[^1];
            type = !File.Exists(script) ? Refused($"job type '{name}' has no file '{script}': correct execute_library in '{file}'") : WhoElseWrites(script, owner) is { } writer ? Refused(script, writer) : type;
        }

        if (problem.Length > 0)
        {
            wrong.Add(problem);
        }

        return type;

        JobType? Refused(string path, string? because = null)
        {
            problem = because is null ? path : $"job type '{name}' is not used, because {because}: {Remedy(path)}";
            return null;
        }
    }

    private static string? Text(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length > LongestFile)
        {
            return null;
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>A folder's name that a prototype can be.</summary>
    private static bool IsName(string name) => name[0] is not ('.' or '-' or '_') && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_') && name is not ("cmdline" or "cmdrange");

    /// <summary>The rest of a sentence; null when nobody else can change it.</summary>
    private static string? WhoElseWrites(string path, uint owner)
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsHost.WhoElseChanges(path, WindowsHost.Own) is { } account ? $"'{path}' can be changed by {account}" : null;
        }

        return Posix.Stat(path, followsLink: true) is not { } facts ? $"'{path}' cannot be looked at"
            : facts.Uid != 0 && facts.Uid != owner ? $"'{path}' belongs to uid {facts.Uid}"
            : (facts.Permissions & OthersWrite) != 0 ? $"'{path}' can be written by others"
            : null;
    }

    private static string Remedy(string path) => OperatingSystem.IsWindows()
        ? "take that right away with icacls, or put job types under the programs' own folder"
        : $"give it to root and close it with 'chown root {path} && chmod go-w {path}'";
}
