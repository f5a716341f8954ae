using Quern.Execution.Containment;
using Quern.Execution.Native;
using Quern.Proxy.Unix;

namespace Quern.Proxy.Linux;

/// <summary>
/// The processes below this one. The proxy is their subreaper: a process whose parent dies becomes its child, so "no child" means "nothing left",
/// and one system call tells. Not thread-safe; the proxy has one thread of its own.
/// </summary>
internal static unsafe class ProcessTree
{
    private const int EndTimeoutMs = 10_000;
    private const int KeptGraceMs = 2000;
    private const int BlockBytes = 512;

    private static int _kept;
    private static int _application;
    private static HashSet<int> _spared = [];
    private static string _group = "";
    private static Usage used;

    /// <summary>Control group that holds the run, this proxy and nothing else: asking it is one read, where the table of all processes is a file each.</summary>
    internal static void Use(string group) => _group = group;

    /// <summary>The process that was kept has ended.</summary>
    internal static bool HasKeptEnded { get; private set; }

    /// <summary>A child that is not one of the commands' processes: neither waited for nor ended with them. 0 = none any more.</summary>
    internal static void Keep(int pid) => _kept = pid;

    /// <summary>The exit of this child is kept until the next one is watched.</summary>
    internal static void Watch(int application) => (_application, ApplicationStatus) = (application, null);

    /// <summary>Exit status of the application, once it has ended.</summary>
    internal static int? ApplicationStatus { get; private set; }

    /// <summary>True: what lives now, and what it starts, is not one of the commands' processes until it is false again.</summary>
    internal static void Spare(bool isOn) => _spared = isOn ? [.. All()] : [];

    /// <summary>Ends the kept process: it may tidy up, for a moment.</summary>
    internal static void EndKept()
    {
        if (_kept == 0)
        {
            return;
        }

        _ = LibC.kill(_kept, LibC.SIGTERM);
        var deadline = Clock.Ms + KeptGraceMs;
        while (_kept != 0 && Clock.Ms < deadline)
        {
            _ = LibC.poll(null, 0, 5);
            Reap(0, out _);
        }

        _kept = 0;
        Kill(0, out _, out _);
    }

    /// <summary>What ended since this was last called took.</summary>
    internal static Usage TakeUsage()
    {
        var taken = used;
        used = default;
        return taken;
    }

    /// <summary>Reaps whatever has ended. Returns the wanted process's exit status when it was among it.</summary>
    internal static int? Reap(int wanted, out bool isEmpty)
    {
        int? exit = null;
        while (true)
        {
            int status;
            LibC.ResourceUsage usage;
            var pid = LibC.wait4(-1, &status, LibC.WNOHANG, &usage);
            if (pid <= 0)
            {
                isEmpty = pid < 0 ? Errno.Last == Errno.ECHILD : (_kept != 0 || _spared.Count > 0) && Commands().Count == 0;
                return exit;
            }

            if (pid == _kept)
            {
                _kept = 0;
                HasKeptEnded = true;
            }
            else
            {
                Add(usage);
            }

            if (pid == _application)
            {
                ApplicationStatus = status;
                _application = 0;
            }

            if (pid == wanted)
            {
                exit = status;
            }
        }
    }

    /// <summary>Each process's own figure holds its children that it waited for.</summary>
    private static void Add(in LibC.ResourceUsage ended) => used = new Usage(
        used.CpuMicroseconds + ((ended.UserSeconds + ended.SystemSeconds) * 1_000_000) + ended.UserMicroseconds + ended.SystemMicroseconds,
        Math.Max(used.PeakMemoryBytes, ended.PeakKilobytes * 1024),
        used.ReadBytes + (ended.BlocksRead * BlockBytes),
        used.WrittenBytes + (ended.BlocksWritten * BlockBytes));

    /// <summary>Asks all of them to end; stopped ones are woken to hear it. Returns how many there were.</summary>
    internal static int Terminate() => ProcessSignals.Terminate(Commands());

    /// <summary>Stops all of them, and what they start meanwhile.</summary>
    internal static void Stop() => ProcessSignals.Stop(All);

    internal static void Continue() => ProcessSignals.Continue(All());

    /// <summary>Kills all of them and waits until none is left. Returns the wanted process's exit status when it was among them.</summary>
    /// <param name="count">Of different processes that were killed.</param>
    internal static int? Kill(int wanted, out bool isEmpty, out int count)
    {
        var killed = new HashSet<int>();
        var exit = Reap(wanted, out isEmpty);
        var deadline = Clock.Ms + EndTimeoutMs;
        while (!isEmpty && Clock.Ms < deadline)
        {
            foreach (var pid in Commands())
            {
                _ = LibC.kill(pid, LibC.SIGKILL);
                killed.Add(pid);
            }

            _ = LibC.poll(null, 0, 1);
            exit = Reap(wanted, out isEmpty) ?? exit;
        }

        count = killed.Count;
        return exit;
    }

    /// <summary>Those below this one that are the commands': without what is spared and what that started.</summary>
    private static List<int> Commands()
    {
        if (_spared.Count == 0)
        {
            return All();
        }

        var all = ProcessTable.All();
        all.RemoveAll(process => process.Pid == _kept || _spared.Contains(process.Pid));
        return ProcessTable.Descendants(LibC.getpid(), all).ConvertAll(process => process.Pid);
    }

    /// <summary>Living processes below this one, without the kept one and what it started.</summary>
    private static List<int> All()
    {
        if (_group.Length > 0 && _kept == 0 && Cgroups.Processes(_group) is { Count: > 0 } members && members.Contains(LibC.getpid()))
        {
            return members.Where(pid => pid != LibC.getpid()).ToList();
        }

        var all = ProcessTable.All();
        all.RemoveAll(process => process.Pid == _kept);
        return ProcessTable.Descendants(LibC.getpid(), all).ConvertAll(process => process.Pid);
    }
}
