using System.Text;
using Quern.Execution.Containment;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;
using static Quern.Proxy.Unix.DropSteps;

namespace Quern.Proxy.Linux;

/// <summary>
/// From root to the job's account, in this order: policy, control group, limits, nice value, descriptors, bounding set, groups, gid, uid, proof
/// that root is gone, no_new_privs, subreaper, umask. Each step is named when it fails, and then nothing was started. There is no exec after it, so the process stays
/// non-dumpable: the account can neither trace it nor read its memory. The worker starts it with no_new_privs already set, which every thread inherits.
/// </summary>
internal static unsafe class IdentityDrop
{
    private const uint OpenFilesLimit = 1024;
    private const int LastCapability = 63;

    /// <summary>Null when the process now is the account.</summary>
    internal static RunEnded? Drop(LaunchEnvelope envelope)
    {
        var launch = envelope.Launch;
        return Policy(envelope)
            ?? Refused(envelope, "dumpable", LibC.prctl(LibC.PR_SET_DUMPABLE, 0, 0, 0, 0))
            ?? JoinCgroup(envelope)
            ?? Limits(envelope)
            ?? Refused(envelope, "nice value", LibC.setpriority(0, 0, launch.NiceValue))
            ?? Descriptors(envelope)
            ?? BoundingSet(envelope)
            ?? Become(envelope)
            ?? Prove(envelope)
            ?? Last(envelope);
    }

    /// <summary>Desktop mode: the worker's own account, which must not be root.</summary>
    internal static RunEnded? Stay(LaunchEnvelope envelope)
    {
        if (LibC.geteuid() == 0 || envelope.Account.Uid != LibC.geteuid())
        {
            return BadLogin(envelope, "check", $"desktop mode runs as its owner and never as root, but this is uid {LibC.geteuid()}");
        }

        // A person may not lower a nice value; the job then runs at the session's.
        _ = LibC.setpriority(0, 0, envelope.Launch.NiceValue);
        return Refused(envelope, "dumpable", LibC.prctl(LibC.PR_SET_DUMPABLE, 0, 0, 0, 0))
            ?? JoinCgroup(envelope)
            ?? Limits(envelope)
            ?? Last(envelope);
    }

    /// <summary>What the kernel says this process is.</summary>
    internal static RunReady Held(string account)
    {
        uint real, effective, saved, realGroup, effectiveGroup, savedGroup;
        _ = LibC.getresuid(&real, &effective, &saved);
        _ = LibC.getresgid(&realGroup, &effectiveGroup, &savedGroup);
        return new RunReady(account, effective, effectiveGroup, LibC.getpid());
    }

    /// <summary>The worker hands over four descriptors and the journal's; whatever else is open, this program's own things too, no command ever sees.</summary>
    private static RunEnded? Descriptors(LaunchEnvelope envelope)
    {
        const uint afterControl = 4;
        return Refused(envelope, "descriptors", LibC.close_range(afterControl, uint.MaxValue, LibC.CLOSE_RANGE_CLOEXEC));
    }

    /// <summary>A proxy that was kept ready is in its control group already.</summary>
    private static RunEnded? JoinCgroup(LaunchEnvelope envelope) =>
        (envelope.CgroupPath.Length == 0 || envelope.CgroupPath == Cgroups.OfThisProcess() ? envelope.LimitGroups : envelope.LimitGroups.Prepend(envelope.CgroupPath))
            .Select(path => WriteFile(envelope, "control group", path + "/cgroup.procs", "0")).FirstOrDefault(failed => failed is not null);

    private static RunEnded? Limits(LaunchEnvelope envelope)
    {
        var core = stackalloc ulong[2] { 0, 0 };
        var files = stackalloc ulong[2];
        if (LibC.setrlimit(LibC.RLIMIT_CORE, core) != 0 || LibC.getrlimit(LibC.RLIMIT_NOFILE, files) != 0)
        {
            return Refused(envelope, "limits", -1);
        }

        files[0] = Math.Min(OpenFilesLimit, files[1]);
        return Refused(envelope, "limits", LibC.setrlimit(LibC.RLIMIT_NOFILE, files))
            ?? (LibC.geteuid() == 0 ? WriteFile(envelope, "out-of-memory score", "/proc/self/oom_score_adj", "0") : null);
    }

    private static RunEnded? BoundingSet(LaunchEnvelope envelope)
    {
        if (envelope.Guard.AllowsSetuid)
        {
            // A set-user-id program without a capability to gain would be root in name only.
            return null;
        }

        if (LibC.prctl(LibC.PR_CAP_AMBIENT, LibC.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
        {
            return Refused(envelope, "ambient capabilities", -1);
        }

        for (var capability = 0; capability <= LastCapability; capability++)
        {
            // 1 = there, 0 = gone already, -1 = the kernel knows no such capability.
            if (LibC.prctl(LibC.PR_CAPBSET_READ, (nuint)capability, 0, 0, 0) == 1 && LibC.prctl(LibC.PR_CAPBSET_DROP, (nuint)capability, 0, 0, 0) != 0)
            {
                return Refused(envelope, $"bounding set (capability {capability})", -1);
            }
        }

        return null;
    }

    private static RunEnded? Become(LaunchEnvelope envelope)
    {
        var account = envelope.Account;
        var groups = account.Groups.ToArray();
        fixed (uint* start = groups)
        {
            return Failed(envelope, "setgroups", LibC.setgroups((nuint)groups.Length, start))
                ?? Failed(envelope, "setresgid", LibC.setresgid(account.Gid, account.Gid, account.Gid))
                ?? Failed(envelope, "setresuid", LibC.setresuid(account.Uid, account.Uid, account.Uid));
        }
    }

    private static RunEnded? Prove(LaunchEnvelope envelope)
    {
        var account = envelope.Account;
        uint real, effective, saved, realGroup, effectiveGroup, savedGroup;
        if (LibC.getresuid(&real, &effective, &saved) != 0 || LibC.getresgid(&realGroup, &effectiveGroup, &savedGroup) != 0
            || real != account.Uid || effective != account.Uid || saved != account.Uid
            || realGroup != account.Gid || effectiveGroup != account.Gid || savedGroup != account.Gid)
        {
            return BadLogin(envelope, "proof", "the kernel reports other ids than those asked for");
        }

        var count = LibC.getgroups(0, null);
        var held = new uint[Math.Max(count, 0)];
        fixed (uint* start = held)
        {
            count = LibC.getgroups(held.Length, start);
        }

        if (count != held.Length || !held.Order().SequenceEqual(account.Groups.Order()))
        {
            return BadLogin(envelope, "proof", "the kernel reports other groups than those asked for");
        }

        return LibC.setuid(0) == 0 || LibC.seteuid(0) == 0 || LibC.setresuid(0, 0, 0) == 0 || LibC.setgid(0) == 0 || LibC.setgroups(0, null) == 0
            ? BadLogin(envelope, "proof", "root could be regained")
            : null;
    }

    private static RunEnded? Last(LaunchEnvelope envelope)
    {
        var failed = (envelope.Guard.AllowsSetuid ? null : Refused(envelope, "no_new_privs", LibC.prctl(LibC.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
            ?? Refused(envelope, "dumpable", LibC.prctl(LibC.PR_SET_DUMPABLE, 0, 0, 0, 0))
            ?? Refused(envelope, "subreaper", LibC.prctl(LibC.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
        _ = LibC.umask(envelope.Launch.Umask == 0 ? 0x12u : (uint)envelope.Launch.Umask & 0x1FF);
        return failed;
    }

    private static RunEnded? WriteFile(LaunchEnvelope envelope, string step, string path, string text)
    {
        var descriptor = LibC.open(path, LibC.O_WRONLY | LibC.O_CLOEXEC | LibC.O_NOFOLLOW, 0);
        if (descriptor < 0)
        {
            return Refused(envelope, step, -1);
        }

        var bytes = Encoding.ASCII.GetBytes(text);
        fixed (byte* start = bytes)
        {
            var failed = Refused(envelope, step, LibC.write(descriptor, start, (nuint)bytes.Length) == bytes.Length ? 0 : -1);
            _ = LibC.close(descriptor);
            return failed;
        }
    }
}
