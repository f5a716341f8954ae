using System.Security.Cryptography;
using System.Text;
using Quern.Execution.Control;
using Quern.Execution.Unix;
using Quern.Execution.Windows;

namespace Quern.Execution.Runs;

/// <summary>
/// Runs as real processes. Threads of its <see cref="IRunProcesses"/> start proxies and wait for what they do; they only leave events, which the worker's loop takes with
/// <see cref="TakeChanged"/> when <see cref="Changed"/> says so. All other members belong to that loop.
/// </summary>
public sealed partial class RunHost : IRunHost, IAsyncDisposable
{
    /// <summary>What a proxy is given beyond the grace to end and say so, before the worker ends it.</summary>
    private const int EndMarginSeconds = 5;

    /// <summary>What a proxy is given beyond its own patience to knock.</summary>
    private const int KnockMarginSeconds = 10;

    private readonly RunHostOptions _options;
    private readonly Dictionary<RunKey, HostedRun> _runs = [];
    private readonly HashSet<RunKey> _changed = [];
    private readonly HostInbox _inbox = new();
    private readonly List<Task> _tasks = [];
    private readonly string _runsFolder;
    private readonly IRunProcesses _system;
    private bool _isDisposed;

    /// <exception cref="IOException">The state folder cannot be made or the socket not listened at; the text says what to do.</exception>
    public RunHost(RunHostOptions options)
    {
        _options = options;
        _runsFolder = Path.Combine(Path.GetFullPath(options.StateFolder), "runs");
        RunFiles.CreateFolder(_runsFolder);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_runsFolder)))[..12];
        _inbox.Added += () => Changed?.Invoke();
        _system = OperatingSystem.IsWindows() ? new WindowsProcesses(options, _inbox, _runsFolder, id) : new UnixProcesses(options, _inbox, _runsFolder, id);
        options.Log($"containment: {Containment}");
    }

    /// <summary>Raised from any thread when <see cref="TakeChanged"/> may have something.</summary>
    public event Action? Changed;

    /// <summary>How runs are kept together here, for the log and the worker's status.</summary>
    public string Containment => _system.Containment;

    public void Start(Launch launch)
    {
        if (!_runs.TryAdd(launch.Key, new HostedRun(launch.Key, launch.IsDesktop, launch.Items) { IsServed = launch.Application is not null }))
        {
            return;
        }

        _system.Start(launch);
    }

    public void Refuse(RunKey key, RunEndCause cause, string text)
    {
        if (!_runs.TryAdd(key, new HostedRun(key, isDesktop: false, [])))
        {
            return;
        }

        RunFiles? files = null;
        try
        {
            files = RunFiles.Open(_runsFolder, key);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without a disk the refusal is told from memory.
            _options.Log($"keep the refusal of {key}: {error.Message}");
        }

        OnRefused(_runs[key], new StartRefused(key, files, new RunEnded(cause, 0, 0, text)));
        Changed?.Invoke();
    }

    public void Order(RunKey key, RunOrder order)
    {
        if (!_runs.TryGetValue(key, out var run) || run.End is not null)
        {
            return;
        }

        if (order is GrantItems grant)
        {
            run.Grant(grant.Items);
        }

        if (order is KillRun kill)
        {
            run.Kill ??= kill;
            ExpectEnd(run);
        }

        if (order is FinishRun && !run.IsServed)
        {
            // Nobody would hear more, and a proxy of an earlier version would not understand it.
            order = new FinishRun();
        }

        ThawFor(run, order);

        if (run.Link is { IsConnected: true } link)
        {
            Send(run, link, order);
        }
        else
        {
            run.Waiting.Add(order);
        }
    }

    /// <summary>Orders every living run to end because the worker does.</summary>
    public void KillAll(string reason)
    {
        foreach (var key in _runs.Keys.ToArray())
        {
            Order(key, new KillRun(reason, WorkerStopping: true));
        }
    }

    public IReadOnlyList<JournalRecord> Read(RunKey key, long position, int maxBytes)
    {
        if (!_runs.TryGetValue(key, out var run))
        {
            return [];
        }

        try
        {
            run.Scan();
            var records = run.Read(position, maxBytes);
            CheckStandstill(run);
            CheckIdentity(run);
            CheckDamage(run);
            return records;
        }
        catch (IOException error)
        {
            _options.Log($"read the journal of {key}: {error.Message}");
            return [];
        }
    }

    public void Discard(RunKey key, long position)
    {
        try
        {
            _runs.GetValueOrDefault(key)?.Discard(position);
        }
        catch (IOException error)
        {
            _options.Log($"give back the journal of {key} up to {position}: {error.Message}");
        }
    }

    public void Forget(RunKey key)
    {
        if (!_runs.Remove(key, out var run))
        {
            return;
        }

        run.Overdue?.Dispose();
        if (run.Files is not null)
        {
            ForgetFiles(run);
        }
    }

    public IReadOnlyList<RunKey> TakeChanged()
    {
        while (_inbox.TryTake(out var hostEvent))
        {
            try
            {
                Apply(hostEvent);
            }
            catch (IOException error)
            {
                _options.Log($"run {hostEvent.Key}: {error.Message}");
            }
        }

        _tasks.RemoveAll(task => task.IsCompleted);
        if (_changed.Count == 0)
        {
            return [];
        }

        var keys = _changed.Where(_runs.ContainsKey).ToList();
        _changed.Clear();
        return keys;
    }

    /// <summary>Control group directory that holds the runs'; null without one.</summary>
    internal string? CgroupRoot => (_system as UnixProcesses)?.CgroupRoot;

    /// <summary>Process of the proxy that waits for the next launch; null while there is none. From any thread.</summary>
    internal int? ReadyProxy => (_system as UnixProcesses)?.ReadyPid;

    public HeldRun? Find(RunKey key) => _runs.TryGetValue(key, out var run) ? Describe(run) : null;

    /// <summary>Lets go: proxies of a service worker go on and knock at the next one; those of a desktop worker end, with everything they started.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _system.StopStarting();
        TakeChanged();
        _system.Dispose();
        foreach (var run in _runs.Values.Where(run => run is { HasEnded: false, Files: not null } && (run.IsDesktop || _system.EndsWithWorker)))
        {
            // The line is closed, so the proxy is ending everything; this makes sure of it and of itself.
            Clear(run, waitMs: EndMarginSeconds * 1000);
        }

        await Task.WhenAll(_tasks).ConfigureAwait(false);
        TakeChanged();
        foreach (var run in _runs.Values)
        {
            run.Link?.CloseProcess();
            run.Dispose();
        }

        _system.Release();
    }

    private static HeldRun Describe(HostedRun run) => new(run.Key, run.JournalEnd, run.HasEnded, new HeldView(run), run.Left, run.Envelope?.Account.Name ?? "", run.IsSuspended);

    private void Send(HostedRun run, ProxyLink link, RunOrder order)
    {
        var writer = new WireWriter(256);
        Frames.WriteOrder(writer, order);
        if (!link.Send(writer.Written))
        {
            _options.Log($"run {run.Key}: the proxy does not listen any more and is ended");
            link.Kill();
        }
    }
}
