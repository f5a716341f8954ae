using System.Globalization;
using System.Text;
using Quern.Execution.Containment;
using Quern.Execution.Native;

namespace Quern.Proxy.Linux;

/// <summary>
/// <c>quern-proxy --probe</c>: what a program started by a job sees of itself and may try, as lines NAME=VALUE; a number is the error of the attempt, 0 =
/// it worked. It is for <c>quern worker selftest</c> and the tests, and does nothing that the job itself could not do.
/// </summary>
internal static unsafe class SelfProbe
{
    private static readonly string[] StatusFields = ["Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"];

    internal static int Run()
    {
        var said = new StringBuilder();
        Status(said);
        Surroundings(said);
        Regain(said);
        Parent(said);
        Group(said);
        Environment(said);
        var bytes = Encoding.UTF8.GetBytes(said.ToString());
        fixed (byte* start = bytes)
        {
            return LibC.write(1, start, (nuint)bytes.Length) == bytes.Length ? 0 : 1;
        }
    }

    private static void Say(StringBuilder said, string name, string value) => said.Append(name).Append('=').Append(value.ReplaceLineEndings(" ")).Append('\n');

    private static void Say(StringBuilder said, string name, long value) => Say(said, name, value.ToString(CultureInfo.InvariantCulture));

    private static void Status(StringBuilder said)
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            var at = line.IndexOf(':', StringComparison.Ordinal);
            if (at > 0 && StatusFields.Contains(line[..at]))
            {
                Say(said, "status." + line[..at], string.Join(' ', line[(at + 1)..].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)));
            }
        }
    }

    private static void Surroundings(StringBuilder said)
    {
        var limit = stackalloc ulong[2];
        Say(said, "nofile", LibC.getrlimit(LibC.RLIMIT_NOFILE, limit) == 0 ? (long)limit[0] : -1);
        Say(said, "core", LibC.getrlimit(LibC.RLIMIT_CORE, limit) == 0 ? (long)limit[0] : -1);
        Say(said, "nice", LibC.getpriority(0, 0));
        Say(said, "oom", File.ReadAllText("/proc/self/oom_score_adj").Trim());
        Say(said, "cwd", System.Environment.CurrentDirectory);
        Say(said, "pid", LibC.getpid());
        Say(said, "sid", LibC.getsid(0));
        Say(said, "tty", Opening("/dev/tty", LibC.O_RDWR));
    }

    private static void Regain(StringBuilder said)
    {
        Say(said, "regain.setuid", Attempt(LibC.setuid(0)));
        Say(said, "regain.seteuid", Attempt(LibC.seteuid(0)));
        Say(said, "regain.setresuid", Attempt(LibC.setresuid(0, 0, 0)));
        Say(said, "regain.setgid", Attempt(LibC.setgid(0)));
        Say(said, "regain.setgroups", Attempt(LibC.setgroups(0, null)));
    }

    /// <summary>The parent is the proxy when the shell became this program.</summary>
    private static void Parent(StringBuilder said)
    {
        const nint attach = 16, detach = 17;
        var proxy = LibC.getppid();
        Say(said, "proxy.environ", Opening($"/proc/{proxy}/environ", LibC.O_RDONLY));
        Say(said, "proxy.mem", Opening($"/proc/{proxy}/mem", LibC.O_RDONLY));
        Say(said, "proxy.fd", Opening($"/proc/{proxy}/fd", LibC.O_RDONLY));
        var traced = Attempt((int)LibC.ptrace(attach, proxy, 0, 0));
        Say(said, "proxy.ptrace", traced);
        if (traced == 0)
        {
            _ = LibC.ptrace(detach, proxy, 0, 0);
        }
    }

    private static void Group(StringBuilder said)
    {
        if (Cgroups.OfThisProcess() is not { } group)
        {
            return;
        }

        Say(said, "cgroup.path", group);
        Say(said, "cgroup.own", Opening(group + "/cgroup.procs", LibC.O_WRONLY));
        Say(said, "cgroup.parent", Opening(Path.GetDirectoryName(group) + "/cgroup.procs", LibC.O_WRONLY));
        Say(said, "cgroup.kill", Opening(group + "/cgroup.kill", LibC.O_WRONLY));
        Say(said, "cgroup.freeze", Opening(group + "/cgroup.freeze", LibC.O_WRONLY));
        Say(said, "cgroup.mkdir", Attempt(LibC.mkdir(group + "/probe", 0x1ED)));
    }

    private static void Environment(StringBuilder said)
    {
        foreach (var entry in File.ReadAllText("/proc/self/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = entry.IndexOf('=', StringComparison.Ordinal);
            Say(said, "env." + entry[..Math.Max(at, 0)], entry[(at + 1)..]);
        }
    }

    private static int Opening(string path, int flags)
    {
        var descriptor = LibC.open(path, flags | LibC.O_CLOEXEC, 0);
        var error = Errno.Last;
        if (descriptor < 0)
        {
            return error;
        }

        _ = LibC.close(descriptor);
        return 0;
    }

    private static int Attempt(int result)
    {
        var error = Errno.Last;
        return result >= 0 ? 0 : error;
    }
}
