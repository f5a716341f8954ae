using System.Collections.Concurrent;
using System.Security.Cryptography;
using Quern.Execution.Accounts;
using Quern.Execution.Commands;
using Quern.Execution.Containment;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.Unix;

/// <summary>
/// Starts proxies on a thread of its own, once their accounts are known. Each is born from a thread that has no_new_privs, which then holds for every
/// thread of the proxy from its first instruction (the flag does not hinder root's setresuid); where jobs may use set-user-id programs, from one without.
/// When nothing is to be started it keeps one proxy ready, which has nothing to do with any run until a launch is sent to it: the time a program takes to
/// start is then over before an instance begins, and so is its move into a control group, for which the kernel waits ten milliseconds.
/// </summary>
internal sealed unsafe partial class ProxyStarter : IDisposable
{
    /// <summary>How names of control groups begin that were made for a proxy before its run was known.</summary>
    internal const string ReadyGroups = "ready-";

    private const int FirstFreeDescriptor = 10;
    private const int SendTimeoutMs = 10_000;

    /// <summary>After the last start, so that making the next one ready takes no processor from what was started.</summary>
    private const int CalmMs = 30;
    private static readonly ulong BlockedInProxy = (1UL << (Posix.ChildSignal - 1)) | (1UL << (LibC.SIGTERM - 1));
    private readonly RunHostOptions _options;
    private readonly HostInbox _inbox;
    private readonly Cgroups? _cgroups;
    private readonly ProxyWatcher _watcher;
    private readonly string _runsFolder;
    private readonly string _groupPrefix = $"{ReadyGroups}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}-";
    private readonly string _id;
    private readonly BlockingCollection<Resolved> _queue = new();
    private readonly AccountLookup<AccountResult> _lookup;
    private readonly LimitGroups _limits;
    private readonly SpawnThread _hardened = new(hasNoNewPrivileges: true);
    private readonly SpawnThread _plain = new(hasNoNewPrivileges: false);
    private readonly NativeStrings _arguments;

    /// <summary>A proxy's environment: none. On macOS it is a managed program, whose diagnostic door would be root's, in a folder open to all.</summary>
    private readonly NativeStrings _nothing = new(OperatingSystem.IsMacOS() ? ["DOTNET_EnableDiagnostics=0"] : []);
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private volatile ProxyProcess? _ready;
    private int _readyCount;

    private sealed record Resolved(Launch Launch, AccountPolicy Policy, AccountResult Account);

    internal ProxyStarter(RunHostOptions options, HostInbox inbox, Cgroups? cgroups, ProxyWatcher watcher, string runsFolder, string id)
    {
        (_options, _inbox, _cgroups, _watcher, _runsFolder, _id) = (options, inbox, cgroups, watcher, runsFolder, id);
        _arguments = new NativeStrings([options.ProxyPath]);
        _lookup = new AccountLookup<AccountResult>(options.Time);
        _limits = LimitGroups.Open(cgroups, id);
        _thread = new Thread(Loop) { IsBackground = true, Name = "proxy starter" };
        _thread.Start();
    }

    internal static string Marker(RunKey key, string id) => $"{key}@{id}";

    internal int? ReadyPid => _ready?.Pid;

    /// <summary>A proxy of this starter is in the group, or was.</summary>
    internal bool HasMade(string group) => Path.GetFileName(group).StartsWith(_groupPrefix, StringComparison.Ordinal);

    /// <summary>An event follows in any case, but for a launch whose account is still being looked up when the starter is disposed of.</summary>
    internal void Start(Launch launch)
    {
        var policy = _options.Policy();
        _lookup.Ask(() => FindAccount(launch, policy), () => Overdue(launch), account => Enqueue(new Resolved(launch, policy, account)));
    }

    public void Dispose()
    {
        _lookup.Dispose();
        lock (_gate)
        {
            _queue.CompleteAdding();
        }

        _thread.Join();
        _hardened.Dispose();
        _plain.Dispose();
        _ready?.End();
        _queue.Dispose();
        _arguments.Dispose();
        _nothing.Dispose();
    }

    private void Enqueue(Resolved resolved)
    {
        lock (_gate)
        {
            if (!_queue.IsAddingCompleted)
            {
                _queue.Add(resolved);
            }
        }
    }

    private void Loop()
    {
        var isReadyWanted = true;
        while (!_queue.IsCompleted)
        {
            if (_queue.TryTake(out var resolved, isReadyWanted ? CalmMs : Timeout.Infinite))
            {
                _inbox.Add(Try(resolved));
                isReadyWanted = _ready is null;
            }
            else if (isReadyWanted && !_queue.IsCompleted)
            {
                // One that cannot be had is asked for again after the next launch, which will say why.
                isReadyWanted = false;
                StartProxy(_hardened, out var ready);
                Enclose(ready);
                _ready = ready;
            }
        }
    }

    /// <summary>The edge: whatever fails for one run is that run's refusal.</summary>
    private HostEvent Try(Resolved resolved)
    {
        var launch = resolved.Launch;
        RunFiles? files = null;
        try
        {
            files = RunFiles.Open(_runsFolder, launch.Key);
            return Begin(resolved, files);
        }
        catch (Exception error)
        {
            return new StartRefused(launch.Key, files, new RunEnded(RunEndCause.Refused, 0, 0,
                $"the run could not be started on host '{Environment.MachineName}': {error.Message}: free the disk or mend the worker's state folder '{_options.StateFolder}'"));
        }
    }

    private HostEvent Begin(Resolved resolved, RunFiles files)
    {
        var launch = resolved.Launch;
        if (resolved.Account is not AccountGranted { Account: var account } granted)
        {
            return new StartRefused(launch.Key, files, new RunEnded(RunEndCause.BadLogin, 0, 0, ((AccountRefused)resolved.Account).Text));
        }

        if (granted.Warning.Length > 0)
        {
            _options.Log(granted.Warning);
        }

        if (JobEnvironment.UnixProblem(launch) is { } problem)
        {
            return Refuse(launch, files, problem);
        }

        if (launch.VirtualScreen.Length > 0 && OperatingSystem.IsLinux())
        {
            DisplayFolder.Make();
        }

        var guard = Guard(launch, resolved.Policy);
        var ready = guard.AllowsSetuid ? null : LivingReady();
        string? ungrouped = null;
        var group = ready is { Group.Length: > 0 } ? ready.Group : MakeCgroup(launch, out ungrouped);
        if (ungrouped is not null)
        {
            return Refuse(launch, files, ungrouped);
        }

        var limits = new List<string>();
        if (_limits.Apply(group, RunFiles.FolderName(launch.Key), _options.Limits(), limits) is { } unlimited)
        {
            _options.Log($"run {launch.Key} has not all of its limits: {unlimited}");
            if (_options.Containment == ContainmentRule.Require)
            {
                return Refuse(launch, files, $"the run cannot be limited on host '{Environment.MachineName}': {unlimited}: mount the controller, or set worker_containment = prefer");
            }
        }

        var envelope = new LaunchEnvelope(launch, account, RandomNumberGenerator.GetBytes(LaunchCodec.SecretLength),
            launch.IsDesktop ? "" : _options.KnockPath, group, Marker(launch.Key, _id), guard, Path.Combine(launch.TemporaryRoot, RunFiles.TemporaryName(launch.Key)), limits);
        var frame = Frames.OfLaunch(envelope, out var tooLong);
        if (tooLong is not null)
        {
            return Refuse(launch, files, tooLong);
        }

        files.SaveLaunch(frame.Written[Frames.HeaderLength..]);
        return Spawn(envelope, ready, files, frame.Written);
    }

    private HostEvent Spawn(LaunchEnvelope envelope, ProxyProcess? ready, RunFiles files, ReadOnlySpan<byte> frame)
    {
        var key = envelope.Launch.Key;
        var thread = envelope.Guard.AllowsSetuid ? _plain : _hardened;
        var proxy = ready;
        var error = proxy is null ? StartProxy(thread, out proxy) : 0;
        if (proxy is null)
        {
            return Refuse(envelope.Launch, files, $"'{_options.ProxyPath}' cannot be started: {Errno.Text(error)}: check proxy_location in that host's qb.conf and the worker's limits");
        }

        _ready = proxy == ready ? null : _ready;
        files.SaveProxy(proxy.Pid, proxy.StartTicks);
        var journal = LibC.open(files.JournalPath, LibC.O_WRONLY | Posix.Appending | Posix.CloseOnExec | Posix.NoFollow, 0);
        SendAll(proxy.Socket, frame, journal);
        _ = LibC.close(journal);
        return new ProxyStarted(key, files, envelope, new SocketLink(key, proxy.Socket, proxy.Pid, proxy.Process, _watcher.Wake), proxy.StartTicks);
    }

    /// <summary>The proxy that was kept ready, when there is one and it still lives.</summary>
    private ProxyProcess? LivingReady()
    {
        if (_ready is { HasExited: true } dead)
        {
            _ready = null;
            dead.End();
        }

        return _ready;
    }

    /// <summary>Moves a proxy into a control group of its own. One for which that fails gets its group with its launch, and the refusal if that fails too.</summary>
    private void Enclose(ProxyProcess? proxy)
    {
        if (proxy is null || _cgroups is null)
        {
            return;
        }

        var group = Path.Combine(_cgroups.Root, $"{_groupPrefix}{++_readyCount}");
        if (Cgroups.Create(group) is null && Cgroups.Enter(group, proxy.Pid))
        {
            proxy.Group = group;
        }
        else
        {
            Cgroups.Close(group);
        }
    }

    /// <returns>0 or the error, and then nothing was started.</returns>
    private int StartProxy(SpawnThread thread, out ProxyProcess? proxy)
    {
        proxy = null;
        var pair = stackalloc int[2];
        if (!Posix.SocketPair(pair))
        {
            return Errno.Last;
        }

        // Moved up, so that giving them their numbers in the child overwrites none of them.
        var nothing = LibC.open("/dev/null", LibC.O_RDWR | Posix.CloseOnExec, 0);
        Span<int> raised = [Posix.Raise(nothing, FirstFreeDescriptor), Posix.Raise(pair[1], FirstFreeDescriptor)];
        _ = LibC.close(nothing);
        _ = LibC.close(pair[1]);
        using var plan = new SpawnPlan([raised[0], raised[0], raised[0], raised[1]], "/", BlockedInProxy);
        var pid = 0;
        var error = thread.Start(() => plan.Start(_arguments.Pointers[0], _arguments.Pointers, _nothing.Pointers, out pid));
        foreach (var descriptor in raised)
        {
            _ = LibC.close(descriptor);
        }

        if (error != 0)
        {
            _ = LibC.close(pair[0]);
            return error;
        }

        // The child cannot be reaped by anybody else, so the pid is its own until the descriptor is closed.
        var process = Posix.ProcessDescriptor(pid);
        if (process < 0)
        {
            error = Errno.Last;
            _ = LibC.kill(pid, LibC.SIGKILL);
            _ = LibC.wait4(pid, null, 0, null);
            _ = LibC.close(pair[0]);
            return error;
        }

        proxy = new ProxyProcess(pair[0], pid, process, ProcessTable.Find(pid)?.StartTicks ?? 0);
        return 0;
    }

    /// <summary>A launch may be longer than the socket holds; a proxy that does not read it ends, which the watcher sees. The journal goes with the first byte.</summary>
    private static void SendAll(int socket, ReadOnlySpan<byte> bytes, int journal)
    {
        fixed (byte* start = bytes)
        {
            nint done = 0;
            while (done < bytes.Length)
            {
                var left = bytes.Length - done;
                var count = done == 0 ? Posix.SendWithDescriptor(socket, start, left, journal) : Posix.Send(socket, start + done, left, waits: false);
                if (count > 0)
                {
                    done += count;
                    continue;
                }

                var entry = new LibC.PollEntry { Descriptor = socket, Wanted = LibC.POLLOUT };
                if (!Posix.IsAgain(Errno.Last) || LibC.poll(&entry, 1, SendTimeoutMs) <= 0)
                {
                    return;
                }
            }
        }
    }

    private string MakeCgroup(Launch launch, out string? problem)
    {
        problem = null;
        if (_cgroups is null)
        {
            problem = _options.Containment == ContainmentRule.Require
                ? $"host '{Environment.MachineName}' has no usable control group v2 hierarchy and the worker requires one: mount cgroup2, or set worker_containment = prefer"
                : null;
            return "";
        }

        var path = Path.Combine(_cgroups.Root, RunFiles.FolderName(launch.Key));
        Cgroups.End(path, SendTimeoutMs);
        if (Cgroups.Create(path) is not { } failure)
        {
            return path;
        }

        _options.Log(failure);
        problem = _options.Containment == ContainmentRule.Require ? failure : null;
        return "";
    }

    private static StartRefused Refuse(Launch launch, RunFiles files, string text) =>
        new(launch.Key, files, new RunEnded(RunEndCause.Refused, 0, 0, text));
}
