using Quern.Execution.Accounts;
using Quern.Execution.Commands;
using Quern.Execution.Containment;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Unix;

/// <summary>Runs as processes of Linux or macOS: one thread starts proxies, one waits for what they do; control groups hold them together (Linux), or session, ancestry and a marker.</summary>
internal sealed class UnixProcesses : IRunProcesses
{
    private const int StrayTimeoutMs = 5000;
    private readonly RunHostOptions _options;
    private readonly string _id;
    private readonly Cgroups? _cgroups;
    private readonly ProxyWatcher _watcher;
    private readonly ProxyStarter _starter;

    internal UnixProcesses(RunHostOptions options, HostInbox inbox, string runsFolder, string id)
    {
        (_options, _id) = (options, id);
        _cgroups = options.Containment == ContainmentRule.Without || OperatingSystem.IsMacOS() ? null : Cgroups.Open(options.CgroupRoot, id);
        _watcher = new ProxyWatcher(inbox, options.KnockPath);
        _starter = new ProxyStarter(options, inbox, _cgroups, _watcher, runsFolder, id);
        Containment = _cgroups is not null ? $"control group v2 at {_cgroups.Root}"
            : OperatingSystem.IsMacOS() ? "sessions, ancestry and a marker (exact only with an account for each slot, proxy_account = ...{slot}; this system can neither hold a process that leaves all three nor keep jobs from set-user-id programs)"
            : "sessions, ancestry and a marker (a process that leaves all of them while its proxy is dead is not found)";
    }

    public string Containment { get; }

    /// <summary>Control group directory that holds the runs'; null without one.</summary>
    internal string? CgroupRoot => _cgroups?.Root;

    internal int? ReadyPid => _starter.ReadyPid;

    public bool EndsWithWorker => false;

    public void Start(Launch launch) => _starter.Start(launch);

    public void StopStarting() => _starter.Dispose();

    public void Watch(ProxyLink link, byte[] secret)
    {
        _watcher.Expect(link.Key, link.Pid, secret);
        _watcher.Add((SocketLink)link);
    }

    public void Unwatch(RunKey key, ProxyLink? link) => _watcher.Remove(key, (SocketLink?)link);

    public ProxyLink? FindLiving(RunKey key, int pid, long startTicks) =>
        pid > 0 && ProcessTable.Find(pid) is { IsAlive: true } facts && facts.StartTicks == startTicks
            ? new SocketLink(key, -1, pid, Posix.ProcessDescriptor(pid), _watcher.Wake)
            : null;

    public unsafe void Reap(int pid)
    {
        if (pid > 0)
        {
            _ = LibC.wait4(pid, null, LibC.WNOHANG, null);
        }
    }

    public void Freeze(LaunchEnvelope envelope, bool isFrozen)
    {
        if (envelope.CgroupPath.Length > 0 && Cgroups.Freeze(envelope.CgroupPath, isFrozen) is { } failure)
        {
            _options.Log($"run {envelope.Launch.Key}: {failure}");
        }
    }

    public bool IsFrozen(LaunchEnvelope envelope) => envelope.CgroupPath.Length > 0 && Cgroups.IsFrozen(envelope.CgroupPath);

    public Func<bool> TreeEnd(HostedRun run)
    {
        var tree = new RunTree(run.Envelope?.CgroupPath ?? "", ProxyStarter.Marker(run.Key, _id), run.Envelope?.LimitGroups ?? []);
        // A session's number may be somebody else's once the proxy that knew it is gone for long.
        var (pid, session) = (run.ProxyPid, run.ProxyPid > 0 ? run.Session : 0);
        return () => tree.End(pid, session);
    }

    public string EndedThrough(LaunchEnvelope? envelope) => envelope?.CgroupPath.Length > 0 ? "through its control group" : "found by session, ancestry and marker";

    /// <summary>Null when all four uids and gids and the groups are the account's, or the proxy is already gone.</summary>
    public string? Difference(HostedRun run, Account asked)
    {
        if (run.ProxyPid <= 0 || ProcessTable.Identity(run.ProxyPid) is not { } held || ProcessTable.Find(run.ProxyPid)?.StartTicks != run.ProxyStartTicks)
        {
            return null;
        }

        return held.Uids.All(uid => uid == asked.Uid) && held.Gids.All(gid => gid == asked.Gid) && held.Groups?.Order().SequenceEqual(asked.Groups.Order()) != false
            ? null
            : $"the kernel reports uids {string.Join('/', held.Uids)}, gids {string.Join('/', held.Gids)} and groups {string.Join(' ', held.Groups ?? [])}";
    }

    public void RemoveLeftovers(LaunchEnvelope envelope) => Leftovers.Remove(envelope.Account, [envelope.TemporaryFolder, envelope.PrivateHome], _options.Log);

    /// <summary>Groups and marked processes of runs whose folder is gone. The marker names this worker's state, so another farm's are left alone.</summary>
    public void EndStrays(IReadOnlyCollection<HostedRun> known)
    {
        var groups = known.Select(run => run.Envelope?.CgroupPath ?? "").ToHashSet(StringComparer.Ordinal);
        foreach (var group in _cgroups?.Existing().ToArray() ?? [])
        {
            var name = Path.GetFileName(group);
            if ((RunFiles.ParseName(name) is not null || name.StartsWith(ProxyStarter.ReadyGroups, StringComparison.Ordinal)) && !groups.Contains(group) && !_starter.HasMade(group))
            {
                Cgroups.End(group, StrayTimeoutMs);
            }
        }

        var markers = known.Select(run => ProxyStarter.Marker(run.Key, _id)).ToHashSet(StringComparer.Ordinal);
        foreach (var process in ProcessTable.All())
        {
            if (ProcessTable.Value(process.Pid, JobEnvironment.Marker) is { } marker && marker.EndsWith("@" + _id, StringComparison.Ordinal) && !markers.Contains(marker))
            {
                _options.Log($"process {process.Pid} of the forgotten run {marker} is ended");
                _ = LibC.kill(process.Pid, LibC.SIGKILL);
            }
        }
    }

    /// <summary>Ends the watching thread and closes every socket.</summary>
    public void Dispose() => _watcher.Dispose();

    public void Release()
    {
        // Links let go of their processes one by one.
    }
}
