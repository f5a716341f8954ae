using Quern.Execution.Native;

namespace Quern.Execution.Containment;

/// <summary>
/// The part of the control group v2 hierarchy (pure or hybrid) where this worker keeps its instances. A directory of an instance is root's, so
/// nothing that runs in it can leave it or change it. Thread-safe.
/// </summary>
internal sealed unsafe class Cgroups
{
    private Cgroups(string root) => Root = root;

    internal string Root { get; }

    /// <param name="root">A directory to use; null takes what a systemd unit gave this worker, else <c>quern/ID</c> below the mount.</param>
    /// <returns>Null where there is no v2 hierarchy, it cannot be written or it has no <c>cgroup.kill</c> (Linux 5.14).</returns>
    internal static Cgroups? Open(string? root, string id)
    {
        try
        {
            root ??= Mount() is { } mount ? UnitCgroup.Find(mount, File.ReadLines("/proc/self/cgroup")) ?? Path.Combine(mount, "quern", id) : null;
            if (root is null)
            {
                return null;
            }

            Directory.CreateDirectory(root);
            return File.Exists(Path.Combine(root, "cgroup.kill")) ? new Cgroups(root) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Directory of the group this process is in; null where there is no v2 hierarchy.</summary>
    internal static string? OfThisProcess()
    {
        const string unified = "0::";
        var line = File.ReadLines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith(unified, StringComparison.Ordinal));
        return line is not null && Mount() is { } mount ? mount + line[unified.Length..].TrimEnd('/') : null;
    }

    /// <summary>Removes the directory of a worker that will not come back; one that is not empty stays.</summary>
    internal static void Close(string? root)
    {
        if (root is not null)
        {
            _ = LibC.rmdir(root);
        }
    }

    /// <summary>Makes the directory; the text says why it could not.</summary>
    internal static string? Create(string path)
    {
        if (LibC.mkdir(path, 0x1ED) == 0)
        {
            return null;
        }

        var error = Errno.Last;
        return Directory.Exists(path) ? null : $"control group '{path}' cannot be made: {Errno.Text(error)}";
    }

    /// <summary>Moves a process into it. The kernel may take ten milliseconds for that, without using the processor.</summary>
    internal static bool Enter(string path, int pid)
    {
        try
        {
            File.WriteAllText(Path.Combine(path, "cgroup.procs"), pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    internal IEnumerable<string> Existing() => Directory.Exists(Root) ? Directory.EnumerateDirectories(Root) : [];

    internal static IReadOnlyList<int> Processes(string path)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(path, "cgroup.procs")).Select(line => int.TryParse(line, out var pid) ? pid : 0).Where(pid => pid > 0).ToList();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Ends every process in it at once, whatever it forks meanwhile, and removes it. True when nothing is left.</summary>
    internal static bool End(string path, int timeoutMs)
    {
        if (!Directory.Exists(path))
        {
            return true;
        }

        try
        {
            File.WriteAllText(Path.Combine(path, "cgroup.kill"), "1");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return !Directory.Exists(path);
        }

        return WaitEmpty(path, timeoutMs) && RemoveTree(path);
    }

    /// <summary>Every process in it stands still, or moves again; one that is killed goes also while it stands still.</summary>
    /// <returns>Why it could not; null when it could.</returns>
    internal static string? Freeze(string path, bool isFrozen)
    {
        try
        {
            File.WriteAllText(FreezerOf(path), isFrozen ? "1" : "0");
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"control group '{path}' cannot be {(isFrozen ? "frozen" : "thawed")}: {error.Message}";
        }
    }

    internal static bool IsFrozen(string path)
    {
        try
        {
            return File.ReadAllText(FreezerOf(path)).StartsWith('1');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string FreezerOf(string path) => Path.Combine(path, "cgroup.freeze");

    /// <summary>True when no process is in it.</summary>
    internal static bool IsEmpty(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(path, "cgroup.events")).Contains("populated 0", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return !Directory.Exists(path);
        }
    }

    /// <summary>The kernel wakes a poll on cgroup.events when the last process is gone.</summary>
    private static bool WaitEmpty(string path, int timeoutMs)
    {
        var descriptor = LibC.open(Path.Combine(path, "cgroup.events"), LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
        if (descriptor < 0)
        {
            return !Directory.Exists(path);
        }

        var deadline = Environment.TickCount64 + timeoutMs;
        var entry = new LibC.PollEntry { Descriptor = descriptor, Wanted = LibC.POLLPRI };
        var left = timeoutMs;
        while (!IsEmpty(path) && left > 0)
        {
            // A second look every 50 ms: a change between the read and the poll would otherwise be waited for in vain.
            _ = LibC.poll(&entry, 1, Math.Min(left, 50));
            left = (int)(deadline - Environment.TickCount64);
        }

        _ = LibC.close(descriptor);
        return IsEmpty(path);
    }

    private static bool RemoveTree(string path)
    {
        foreach (var child in Directory.Exists(path) ? Directory.GetDirectories(path) : [])
        {
            RemoveTree(child);
        }

        return LibC.rmdir(path) == 0 || !Directory.Exists(path);
    }

    /// <summary>Where the v2 hierarchy is mounted, or the v1 hierarchy of a controller; null where it is not.</summary>
    internal static string? Mount(string? controller = null)
    {
        foreach (var line in File.ReadLines("/proc/self/mountinfo"))
        {
            var separator = line.IndexOf(" - ", StringComparison.Ordinal);
            var isWanted = separator > 0 && (controller is null
                ? line.AsSpan(separator + 3).StartsWith("cgroup2 ")
                : line.AsSpan(separator + 3).StartsWith("cgroup ") && line[(line.LastIndexOf(' ') + 1)..].Split(',').Contains(controller));
            if (isWanted)
            {
                return line[..separator].Split(' ')[4].Replace("\\040", " ", StringComparison.Ordinal);
            }
        }

        return null;
    }
}
