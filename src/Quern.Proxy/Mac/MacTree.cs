using Quern.Execution.Commands;
using Quern.Execution.Containment;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Proxy.Unix;

namespace Quern.Proxy.Mac;

/// <summary>
/// The processes that a run's commands became. Nothing on macOS adopts a process whose parent died, so they are looked for: what descends from the proxy, is in
/// the session of a command, carries the run's marker, or was seen to be one of them and is the same process still; with an account for each slot, all of the account. What runs as another account by a set-user-id program is not
/// the proxy's to end and not counted.
/// Not thread-safe.
/// </summary>
internal sealed unsafe class MacTree(LaunchEnvelope envelope, Func<List<ProcessFacts>>? table = null, Func<int, string?>? markerOf = null, int? self = null)
{
    private const int EndTimeoutMs = 10_000;
    private readonly Func<List<ProcessFacts>> _table = table ?? ProcessTable.All;
    private readonly Func<int, string?> _markerOf = markerOf ?? (static pid => ProcessTable.Value(pid, JobEnvironment.Marker));
    private readonly int _self = self ?? LibC.getpid();
    private readonly HashSet<(int Pid, long Start)> _seen = [];
    private readonly HashSet<int> _sessions = [];
    private Usage _used;
    private int _application;
    private HashSet<(int Pid, long Start)> _spared = [];
    private HashSet<int> _sparedSessions = [];

    /// <summary>Exit status of the application, once it has ended.</summary>
    internal int? ApplicationStatus { get; private set; }

    /// <summary>The exit of this child is kept until the next one is watched.</summary>
    internal void Watch(int application) => (_application, ApplicationStatus) = (application, null);

    /// <summary>True: what lives now, and what is in its sessions, is not one of the commands' processes until it is false again.</summary>
    internal void Spare(bool isOn)
    {
        List<ProcessFacts> living = isOn ? Living() : [];
        _spared = [.. living.Select(process => (process.Pid, process.StartTicks))];
        _sparedSessions = [.. living.Select(process => process.Session)];
    }

    /// <summary>A command was started; it leads a session of its own.</summary>
    internal void Started(int pid) => _sessions.Add(pid);

    /// <summary>What ended since this was last called took.</summary>
    internal Usage TakeUsage()
    {
        var taken = _used;
        _used = default;
        return taken;
    }

    /// <summary>Takes the exits of ended children. Returns the wanted one's status when it was among them.</summary>
    internal int? Reap(int wanted)
    {
        int? exit = null;
        while (true)
        {
            int status;
            LibC.ResourceUsage usage;
            var pid = LibC.wait4(-1, &status, LibC.WNOHANG, &usage);
            if (pid <= 0)
            {
                return exit;
            }

            Add(usage);
            if (pid == _application)
            {
                (ApplicationStatus, _application) = (status, 0);
            }

            exit = pid == wanted ? status : exit;
        }
    }

    /// <summary>Those that live now, without the proxy.</summary>
    internal List<ProcessFacts> Living()
    {
        var all = _table();
        var descendants = ProcessTable.Descendants(_self, all).Select(process => process.Pid).ToHashSet();
        var found = all.Where(process => process.IsAlive && process.Pid != _self && process.Uid == envelope.Account.Uid && IsOurs(process, descendants)).ToList();
        _seen.Clear();
        _seen.UnionWith(found.Select(process => (process.Pid, process.StartTicks)));
        _sessions.IntersectWith(found.Select(process => process.Session).ToHashSet());
        return found;
    }

    /// <summary>Those that are the commands': without what is spared.</summary>
    internal List<ProcessFacts> Commands() => [.. Living().Where(process => !_spared.Contains((process.Pid, process.StartTicks)) && !_sparedSessions.Contains(process.Session))];

    /// <summary>Asks all of them to end; stopped ones are woken to hear it. Returns how many there were.</summary>
    internal int Terminate() => ProcessSignals.Terminate(Commands().ConvertAll(process => process.Pid));

    /// <summary>Stops all of them, and what they start meanwhile.</summary>
    internal void Stop() => ProcessSignals.Stop(Pids);

    internal void Continue() => ProcessSignals.Continue(Pids());

    /// <summary>Kills all of them and waits until none is left. Returns the wanted process's exit status when it was among them.</summary>
    /// <param name="count">Of different processes that were killed.</param>
    internal int? Kill(int wanted, out int count)
    {
        var killed = new HashSet<int>();
        var exit = Reap(wanted);
        var deadline = Clock.Ms + EndTimeoutMs;
        while (Commands() is { Count: > 0 } living && Clock.Ms < deadline)
        {
            foreach (var process in living)
            {
                _ = LibC.kill(process.Pid, LibC.SIGKILL);
                killed.Add(process.Pid);
            }

            _ = LibC.poll(null, 0, 1);
            exit = Reap(wanted) ?? exit;
        }

        // One that ended between the last two looks is no process any more, but its exit is still there.
        exit ??= Reap(wanted);
        count = killed.Count;
        return exit;
    }

    private List<int> Pids() => Living().ConvertAll(process => process.Pid);

    private bool IsOurs(ProcessFacts process, HashSet<int> descendants) => envelope.Launch.IsSlotAccount
        || descendants.Contains(process.Pid) || _sessions.Contains(process.Session) || _seen.Contains((process.Pid, process.StartTicks))
        || _markerOf(process.Pid) == envelope.Marker;

    /// <summary>getrusage(2): the peak is in bytes here, microseconds have 32 bits, and each process's own figure holds its children that it waited for.</summary>
    private void Add(in LibC.ResourceUsage ended)
    {
        const int blockBytes = 512;
        _used = new Usage(
            _used.CpuMicroseconds + ((ended.UserSeconds + ended.SystemSeconds) * 1_000_000) + (int)ended.UserMicroseconds + (int)ended.SystemMicroseconds,
            Math.Max(_used.PeakMemoryBytes, ended.PeakKilobytes),
            _used.ReadBytes + (ended.BlocksRead * blockBytes),
            _used.WrittenBytes + (ended.BlocksWritten * blockBytes));
    }
}
