using System.Buffers.Binary;
using System.Text;
using Quern.Execution.Containment;
using Quern.Execution.Mac.Native;
using Quern.Execution.Native;

namespace Quern.Execution.Mac;

/// <summary>
/// What the kernel says of processes, by libproc and sysctl; an ordinary account is told of its own only. Start times are microseconds since 1970, which with the
/// pid name one process.
/// </summary>
internal static unsafe class MacProcessTable
{
    private const int MostArguments = 4 * 1024 * 1024;

    internal static ProcessFacts? Find(int pid) => Info(pid) is { } info
        ? new ProcessFacts(pid, (int)info.Parent, LibC.getsid(pid), StartOf(info), info.Status == LibSystem.SZOMB ? 'Z' : 'R', info.Uid)
        : null;

    internal static List<ProcessFacts> All()
    {
        var all = new List<ProcessFacts>();
        foreach (var pid in Pids())
        {
            if (pid > 0 && Find(pid) is { } facts)
            {
                all.Add(facts);
            }
        }

        return all;
    }

    internal static ProcessIdentity? Identity(int pid) => Info(pid) is { } info && info.Status != LibSystem.SZOMB
        ? new ProcessIdentity([info.RealUid, info.Uid, info.SavedUid], [info.RealGid, info.Gid, info.SavedGid], null)
        : null;

    /// <summary>The variable's value in the environment the process was started with; null without it or when the system keeps it back.</summary>
    internal static string? Value(int pid, string name)
    {
        var mib = stackalloc int[3] { LibSystem.CTL_KERN, LibSystem.KERN_PROCARGS2, pid };
        nuint length = 0;
        if (LibSystem.sysctl(mib, 3, null, &length, null, 0) != 0 || length is 0 or > MostArguments)
        {
            return null;
        }

        var buffer = new byte[length];
        fixed (byte* start = buffer)
        {
            return LibSystem.sysctl(mib, 3, start, &length, null, 0) == 0 ? VariableOf(buffer.AsSpan(0, (int)length), name) : null;
        }
    }

    /// <summary>Reads what KERN_PROCARGS2 gives: the number of arguments, the program's path, zeros, the arguments, the variables (sysctl(3); print.c of ps).</summary>
    internal static string? VariableOf(ReadOnlySpan<byte> arguments, string name)
    {
        if (arguments.Length < sizeof(int))
        {
            return null;
        }

        var left = BinaryPrimitives.ReadInt32LittleEndian(arguments);
        var rest = After(arguments[sizeof(int)..]);
        rest = rest.TrimStart((byte)0);
        for (; left > 0 && !rest.IsEmpty; left--)
        {
            rest = After(rest);
        }

        var prefix = Encoding.UTF8.GetBytes(name + "=");
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)0);
            var entry = end < 0 ? rest : rest[..end];
            if (entry.StartsWith(prefix))
            {
                return Encoding.UTF8.GetString(entry[prefix.Length..]);
            }

            rest = After(rest);
        }

        return null;
    }

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)0);
        return end < 0 ? default : text[(end + 1)..];
    }

    private static long StartOf(in LibSystem.ProcessInfo info) => ((long)info.StartSeconds * 1_000_000) + (long)info.StartMicroseconds;

    private static LibSystem.ProcessInfo? Info(int pid)
    {
        LibSystem.ProcessInfo info;
        return LibSystem.proc_pidinfo(pid, LibSystem.PROC_PIDTBSDINFO, 0, &info, sizeof(LibSystem.ProcessInfo)) == sizeof(LibSystem.ProcessInfo) ? info : null;
    }

    private static int[] Pids()
    {
        // Room for what starts between the two calls.
        const int margin = 64;
        var bytes = LibSystem.proc_listpids(LibSystem.PROC_ALL_PIDS, 0, null, 0);
        var pids = new int[Math.Max(bytes, 0) / sizeof(int) + margin];
        fixed (int* start = pids)
        {
            bytes = LibSystem.proc_listpids(LibSystem.PROC_ALL_PIDS, 0, start, pids.Length * sizeof(int));
        }

        return pids[..(Math.Clamp(bytes, 0, pids.Length * sizeof(int)) / sizeof(int))];
    }
}
