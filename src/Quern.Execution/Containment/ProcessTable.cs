using System.Globalization;
using System.Text;
using Quern.Execution.Mac;

namespace Quern.Execution.Containment;

/// <param name="StartTicks">Field 22 of <c>/proc/PID/stat</c> (macOS: microseconds since 1970): with the pid it names one process for as long as the machine runs.</param>
/// <param name="Uid">Null where it was not asked for.</param>
internal readonly record struct ProcessFacts(int Pid, int Parent, int Session, long StartTicks, char State, uint? Uid = null)
{
    internal bool IsAlive => State is not ('Z' or 'X');
}

/// <param name="Uids">Real, effective, saved; on Linux file system.</param>
/// <param name="Groups">Null where the system does not tell.</param>
internal sealed record ProcessIdentity(uint[] Uids, uint[] Gids, uint[]? Groups);

/// <summary>What <c>/proc</c> says of processes, on macOS the kernel's calls. Every read may find that the process has just gone.</summary>
internal static class ProcessTable
{
    internal static ProcessFacts? Find(int pid)
    {
        if (OperatingSystem.IsMacOS())
        {
            return MacProcessTable.Find(pid);
        }

        try
        {
            return Parse(pid, File.ReadAllText($"/proc/{pid}/stat"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The ids of a living process as the kernel has them; null when it is gone or a zombie.</summary>
    internal static ProcessIdentity? Identity(int pid)
    {
        if (OperatingSystem.IsMacOS())
        {
            return MacProcessTable.Identity(pid);
        }

        try
        {
            var lines = File.ReadAllLines($"/proc/{pid}/status");
            return Field(lines, "State:").StartsWith('Z')
                ? null
                : new ProcessIdentity(Numbers(Field(lines, "Uid:")), Numbers(Field(lines, "Gid:")), Numbers(Field(lines, "Groups:")));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        static string Field(string[] lines, string name) => lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "";

        static uint[] Numbers(string text) => [.. text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(word => uint.Parse(word, CultureInfo.InvariantCulture))];
    }

    internal static List<ProcessFacts> All()
    {
        if (OperatingSystem.IsMacOS())
        {
            return MacProcessTable.All();
        }

        var all = new List<ProcessFacts>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Find(pid) is { } facts)
            {
                all.Add(facts);
            }
        }

        return all;
    }

    /// <summary>Living processes whose chain of parents leads to <paramref name="root"/>, without it.</summary>
    internal static List<ProcessFacts> Descendants(int root, List<ProcessFacts> all)
    {
        var children = all.ToLookup(process => process.Parent);
        var found = new List<ProcessFacts>();
        var next = new Queue<int>([root]);
        var seen = new HashSet<int> { root };
        while (next.TryDequeue(out var parent))
        {
            foreach (var child in children[parent].Where(child => seen.Add(child.Pid)))
            {
                next.Enqueue(child.Pid);
                if (child.IsAlive)
                {
                    found.Add(child);
                }
            }
        }

        return found;
    }

    /// <summary>Arguments with a NUL after each; empty when it is gone.</summary>
    internal static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>The process holds the variable with exactly this value in the environment it was started with.</summary>
    internal static bool HasVariable(int pid, string name, string value) => Value(pid, name) is { } found && found == value;

    /// <summary>The variable's value in the environment the process was started with; null without it or when it cannot be read.</summary>
    internal static string? Value(int pid, string name)
    {
        if (OperatingSystem.IsMacOS())
        {
            return MacProcessTable.Value(pid, name);
        }

        try
        {
            ReadOnlySpan<byte> environment = File.ReadAllBytes($"/proc/{pid}/environ");
            var prefix = Encoding.UTF8.GetBytes(name + "=");
            while (!environment.IsEmpty)
            {
                var end = environment.IndexOf((byte)0);
                var entry = end < 0 ? environment : environment[..end];
                if (entry.StartsWith(prefix))
                {
                    return Encoding.UTF8.GetString(entry[prefix.Length..]);
                }

                environment = end < 0 ? default : environment[(end + 1)..];
            }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static ProcessFacts? Parse(int pid, string stat)
    {
        // The name is in brackets and may hold anything, brackets too.
        var close = stat.LastIndexOf(')');
        if (close < 0)
        {
            return null;
        }

        var fields = stat[(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19
            ? new ProcessFacts(pid, Number(fields[1]), Number(fields[3]), long.Parse(fields[19], CultureInfo.InvariantCulture), fields[0][0])
            : null;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
