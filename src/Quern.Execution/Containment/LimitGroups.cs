using System.Globalization;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Containment;

/// <summary>
/// Limits of memory and of processes for a whole run: in its own group where the v2 hierarchy has the controllers, else in groups of the v1 hierarchies.
/// Made by root before the drop, joined by the proxy with its control group. Thread-safe.
/// </summary>
internal sealed class LimitGroups
{
    private readonly Cgroups? _unified;
    private readonly string? _memory;
    private readonly string? _processes;
    private readonly HashSet<string> _controllers;

    private LimitGroups(Cgroups? unified, string id)
    {
        _unified = unified;
        _controllers = unified is null ? [] : Enable(unified.Root);
        _memory = _controllers.Contains("memory") ? null : Hierarchy("memory", id);
        _processes = _controllers.Contains("pids") ? null : Hierarchy("pids", id);
    }

    /// <summary>Finds what there is, and removes what an earlier worker left empty.</summary>
    internal static LimitGroups Open(Cgroups? unified, string id) => new(unified, id);

    /// <summary>Sets the limits of a run.</summary>
    /// <param name="runGroup">Its v2 directory; empty without one.</param>
    /// <param name="joined">Gets the v1 directories the proxy has to join.</param>
    /// <returns>Null, or what could not be limited, as the end of a sentence.</returns>
    internal string? Apply(string runGroup, string name, RunLimits limits, List<string> joined)
    {
        string? problem = null;
        if (limits.MemoryBytes > 0)
        {
            problem = Limit("memory", runGroup, "memory.max", _memory, "memory.limit_in_bytes", name, limits.MemoryBytes, joined);
        }

        return limits.Processes > 0
            ? Limit("pids", runGroup, "pids.max", _processes, "pids.max", name, limits.Processes, joined) ?? problem
            : problem;
    }

    internal static void Remove(IEnumerable<string> groups)
    {
        foreach (var group in groups)
        {
            _ = LibC.rmdir(group);
        }
    }

    private string? Limit(string controller, string runGroup, string file, string? hierarchy, string oldFile, string name, long value, List<string> joined)
    {
        if (runGroup.Length > 0 && _unified is not null && _controllers.Contains(controller))
        {
            return Write(Path.Combine(runGroup, file), value);
        }

        if (hierarchy is null)
        {
            return $"no control group controller '{controller}' is there";
        }

        var group = Path.Combine(hierarchy, name);
        if (Cgroups.Create(group) is { } failure || (failure = Write(Path.Combine(group, oldFile), value)) is not null)
        {
            return failure;
        }

        joined.Add(group);
        return null;
    }

    private static string? Write(string path, long value)
    {
        try
        {
            File.WriteAllText(path, value.ToString(CultureInfo.InvariantCulture));
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"'{path}': {error.Message}";
        }
    }

    /// <summary>Hands the controllers down to the runs' directories, as far as there are any. A directory that holds processes itself cannot hand them down.</summary>
    private static HashSet<string> Enable(string root)
    {
        try
        {
            for (var folder = Path.GetDirectoryName(Path.GetDirectoryName(root)); folder is not null && root.StartsWith(folder, StringComparison.Ordinal); folder = Next(folder, root))
            {
                foreach (var controller in Words(folder, "cgroup.controllers").Intersect(["memory", "pids"]).Except(Words(folder, "cgroup.subtree_control")))
                {
                    File.WriteAllText(Path.Combine(folder, "cgroup.subtree_control"), "+" + controller);
                }
            }

            return [.. Words(root, "cgroup.subtree_control")];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>One step down from <paramref name="folder"/> towards <paramref name="root"/>; null behind it.</summary>
    private static string? Next(string folder, string root)
    {
        var rest = root[folder.Length..].TrimStart('/');
        return rest.Length == 0 ? null : Path.Combine(folder, rest.Split('/')[0]);
    }

    private static string[] Words(string folder, string file) => File.ReadAllText(Path.Combine(folder, file)).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static string? Hierarchy(string controller, string id)
    {
        try
        {
            if (Cgroups.Mount(controller) is not { } mount)
            {
                return null;
            }

            var root = Path.Combine(mount, "quern", id);
            Directory.CreateDirectory(root);

            // One that still holds a process stays.
            Remove(Directory.GetDirectories(root));
            return root;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
