using Quern.Client;

namespace Quern.Cli.Install;

/// <summary>
/// The programs of a service, copied to <c>PREFIX/bin</c>, where only root writes: what a service of root runs must not be replaceable by anybody else.
/// The folder is replaced whole, by renames. What is started from there already (a package's) is left alone.
/// </summary>
internal sealed class ProgramFolder(Machine machine, string prefix)
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    public string Bin => Path.Combine(prefix, "bin");

    /// <exception cref="FarmException">Others could change what lies there.</exception>
    public void Check()
    {
        if (prefix.Length < 2 || prefix[0] != '/' || prefix.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "\"'\\%$".Contains(c, StringComparison.Ordinal)))
        {
            throw new FarmException($"--prefix '{prefix}' is not an absolute path of plain characters: choose one like /opt/quern", false);
        }

        if (machine.OthersCanChange(Bin) is { } folder)
        {
            throw new FarmException($"the programs would lie in {Bin}, and others than root can change {folder}: whoever does would be root here; choose another place with --prefix", false);
        }

        if (!machine.IsOpenToAll(prefix))
        {
            throw new FarmException($"not every account can reach {prefix}, and jobs run under theirs: choose another place with --prefix", false);
        }
    }

    public bool IsCurrent => IsSamePlace || (Directory.Exists(machine.At(Bin)) && Listing(machine.Programs).SequenceEqual(Listing(machine.At(Bin)), StringComparer.Ordinal));

    /// <summary>This program runs from there.</summary>
    public bool IsSamePlace => Path.GetFullPath(machine.Programs) == Path.GetFullPath(machine.At(Bin));

    public void Copy()
    {
        var target = machine.At(Bin);
        var (fresh, old) = (target + ".new", target + ".old");
        Remove(fresh);
        Remove(old);
        Directory.CreateDirectory(fresh);
        foreach (var entry in new DirectoryInfo(machine.Programs).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            CopyEntry(entry, Path.Combine(fresh, Path.GetRelativePath(machine.Programs, entry.FullName)));
        }

        if (Directory.Exists(target))
        {
            Directory.Move(target, old);
        }

        Directory.Move(fresh, target);
        Remove(old);
    }

    public void Delete()
    {
        Remove(machine.At(Bin));
        if (Directory.Exists(machine.At(prefix)) && !Directory.EnumerateFileSystemEntries(machine.At(prefix)).Any())
        {
            Directory.Delete(machine.At(prefix));
        }
    }

    private static void CopyEntry(FileSystemInfo entry, string path)
    {
        if (entry.LinkTarget is { } link)
        {
            File.CreateSymbolicLink(path, link);
        }
        else if (entry is DirectoryInfo)
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            File.Copy(entry.FullName, path);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, (entry.UnixFileMode & ~WritableByOthers) | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            }
        }
    }

    /// <summary>Copies keep their time, so the same names, sizes and times are the same programs.</summary>
    private static IEnumerable<string> Listing(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => $"{Path.GetRelativePath(folder, file.FullName)} {(file.LinkTarget is { } link ? link : $"{file.Length} {file.LastWriteTimeUtc.Ticks}")}")
            .Order(StringComparer.Ordinal);

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
