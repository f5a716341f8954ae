using Quern.Execution.Accounts;
using Quern.Execution.Control;
using Quern.Execution.Mac.Native;
using Quern.Execution.Native;
using Quern.Execution.Runs;
using static Quern.Proxy.Unix.DropSteps;

namespace Quern.Proxy.Mac;

/// <summary>
/// From root to the job's account on macOS, in this order: policy, limits, nice value, gid, groups, uid, proof that root is gone, umask. The group comes first since
/// initgroups(3) after setgid(2) lets Open Directory answer for memberships beyond the kernel's sixteen. There are no control groups, no bounding set and no
/// no_new_privs; a process that changed its account without an exec is marked by the kernel, so that the account can neither trace it nor read its memory.
/// Written from documentation: docs/unproven.md.
/// </summary>
internal static unsafe class MacDrop
{
    private const uint OpenFilesLimit = 1024;
    private const int MostGroupsHeld = 16;

    /// <summary>Null when the process now is the account.</summary>
    internal static RunEnded? Drop(LaunchEnvelope envelope) => Policy(envelope)
        ?? Limits(envelope)
        ?? Refused(envelope, "nice value", LibC.setpriority(0, 0, envelope.Launch.NiceValue))
        ?? Become(envelope, SystemCalls.Real)
        ?? Last(envelope);

    /// <summary>Desktop mode: the worker's own account, which must not be root.</summary>
    internal static RunEnded? Stay(LaunchEnvelope envelope)
    {
        if (LibC.geteuid() == 0 || envelope.Account.Uid != LibC.geteuid())
        {
            return BadLogin(envelope, "check", $"desktop mode runs as its owner and never as root, but this is uid {LibC.geteuid()}");
        }

        // A person may not lower a nice value; the job then runs at the session's.
        _ = LibC.setpriority(0, 0, envelope.Launch.NiceValue);
        return Limits(envelope) ?? Last(envelope);
    }

    /// <summary>What the kernel says this process is.</summary>
    internal static RunReady Held(string account) => new(account, LibC.geteuid(), LibC.getegid(), LibC.getpid());

    /// <summary>The change itself and its proof, over calls that a test can stand in for.</summary>
    internal static RunEnded? Become(LaunchEnvelope envelope, SystemCalls calls)
    {
        var account = envelope.Account;
        return Failed(envelope, "setgid", calls.SetGid(account.Gid))
            ?? Failed(envelope, "initgroups", calls.InitGroups(account.Name, account.Gid))
            ?? Failed(envelope, "setuid", calls.SetUid(account.Uid))
            ?? Prove(envelope, account, calls);
    }

    private static RunEnded? Prove(LaunchEnvelope envelope, Account account, SystemCalls calls)
    {
        var (real, effective, realGroup, effectiveGroup) = calls.Ids();
        if (real != account.Uid || effective != account.Uid || realGroup != account.Gid || effectiveGroup != account.Gid)
        {
            return BadLogin(envelope, "proof", "the kernel reports other ids than those asked for");
        }

        // The kernel keeps sixteen at most; Open Directory answers for the others.
        var (held, asked) = (calls.Groups(), account.Groups.Append(account.Gid).ToHashSet());
        if (held is null || !held.All(asked.Contains) || (asked.Count <= MostGroupsHeld && !asked.SetEquals(held.Append(account.Gid))))
        {
            return BadLogin(envelope, "proof", "the kernel reports other groups than those asked for");
        }

        return calls.CanRegainRoot() ? BadLogin(envelope, "proof", "root could be regained") : null;
    }

    private static RunEnded? Limits(LaunchEnvelope envelope)
    {
        var core = stackalloc ulong[2] { 0, 0 };
        var files = stackalloc ulong[2];
        if (LibC.setrlimit(LibSystem.RLIMIT_CORE, core) != 0 || LibC.getrlimit(LibSystem.RLIMIT_NOFILE, files) != 0)
        {
            return Refused(envelope, "limits", -1);
        }

        files[0] = Math.Min(OpenFilesLimit, files[1]);
        return Refused(envelope, "limits", LibC.setrlimit(LibSystem.RLIMIT_NOFILE, files));
    }

    private static RunEnded? Last(LaunchEnvelope envelope)
    {
        _ = LibC.umask(envelope.Launch.Umask == 0 ? 0x12u : (uint)envelope.Launch.Umask & 0x1FF);
        return null;
    }
}

/// <summary>The calls of a change of account on macOS: setgid(2), initgroups(3), setuid(2), which as root sets all three uids, and what shows what they did.</summary>
internal sealed record SystemCalls(
    Func<uint, int> SetGid, Func<string, uint, int> InitGroups, Func<uint, int> SetUid,
    Func<(uint Real, uint Effective, uint RealGroup, uint EffectiveGroup)> Ids, Func<uint[]?> Groups, Func<bool> CanRegainRoot)
{
    internal static SystemCalls Real { get; } = new(
        LibC.setgid, LibSystem.initgroups, LibC.setuid,
        static () => (LibSystem.getuid(), LibC.geteuid(), LibSystem.getgid(), LibC.getegid()),
        HeldGroups,
        static () => LibC.setuid(0) == 0 || LibC.seteuid(0) == 0 || LibSystem.setreuid(uint.MaxValue, 0) == 0 || LibC.setgid(0) == 0);

    private static unsafe uint[]? HeldGroups()
    {
        var held = new uint[Math.Max(LibC.getgroups(0, null), 0)];
        fixed (uint* start = held)
        {
            return LibC.getgroups(held.Length, start) == held.Length ? held : null;
        }
    }
}
