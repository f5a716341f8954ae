using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Accounts;
using Quern.Execution.Commands;
using Quern.Execution.Control;
using Quern.Execution.Runs;
using Quern.Execution.Windows.Logon;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>
/// Starts proxies on a thread of its own, once their accounts are logged on: job object, journal, orders, and the process under the account's token in one
/// call, with three handles and the account's own environment and nothing else of the worker's.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed unsafe class WindowsStarter : IDisposable
{
    private const uint PipeBytes = 64 * 1024;
    private const uint HANDLE_FLAG_INHERIT = 1;

    /// <summary>No number of an account: Windows has none.</summary>
    private const uint NoId = uint.MaxValue;

    private readonly RunHostOptions _options;
    private readonly HostInbox _inbox;
    private readonly string _runsFolder;
    private readonly string _id;
    private readonly BlockingCollection<(Launch Launch, LogonResult Logon)> _queue = new();
    private readonly AccountLookup<LogonResult> _lookup;
    private readonly Func<Launch, LogonResult>? _logOn;
    private readonly ConcurrentDictionary<RunKey, LogonSession> _sessions = new();
    private readonly Lock _gate = new();
    private readonly Thread _thread;

    internal WindowsStarter(RunHostOptions options, HostInbox inbox, string runsFolder, string id)
    {
        (_options, _inbox, _runsFolder, _id) = (options, inbox, runsFolder, id);
        _logOn = options.Logon ?? options.Logons?.Open(options.Time);
        _lookup = new AccountLookup<LogonResult>(options.Time, static late => (late as LogonGranted)?.Session.Dispose());
        _thread = new Thread(Loop) { IsBackground = true, Name = "proxy starter" };
        _thread.Start();
    }

    internal void Start(Launch launch) => _lookup.Ask(() => Logon(launch), () => Overdue(launch), logon => Enqueue(launch, logon));

    /// <summary>The session of a run; whoever takes it disposes it.</summary>
    internal LogonSession? TakeSession(RunKey key) => _sessions.TryRemove(key, out var session) ? session : null;

    /// <summary>Starts nothing more. Sessions stay until they are taken.</summary>
    public void Dispose()
    {
        _lookup.Dispose();
        lock (_gate)
        {
            if (_queue.IsAddingCompleted)
            {
                return;
            }

            _queue.CompleteAdding();
        }

        _thread.Join();
        _queue.Dispose();
    }

    internal void CloseSessions()
    {
        foreach (var key in _sessions.Keys)
        {
            TakeSession(key)?.Dispose();
        }
    }

    private void Enqueue(Launch launch, LogonResult logon)
    {
        lock (_gate)
        {
            if (!_queue.IsAddingCompleted)
            {
                _queue.Add((launch, logon));
                return;
            }
        }

        (logon as LogonGranted)?.Session.Dispose();
    }

    private LogonResult Logon(Launch launch)
    {
        try
        {
            return launch.IsDesktop ? new LogonGranted(TokenUser.Own())
                : _logOn is not null ? _logOn(launch)
                : new LogonRefused($"account '{AccountName.Shown(launch.Account)}' on host '{Environment.MachineName}' cannot be logged on: the service worker has no way to log accounts on: use desktop mode");
        }
        catch (IOException failure)
        {
            return new LogonRefused($"account '{AccountName.Shown(launch.Account)}' on host '{Environment.MachineName}' cannot be logged on: {failure.Message}: see the worker's log");
        }
    }

    private static LogonRefused Overdue(Launch launch) => new(
        $"account '{AccountName.Shown(launch.Account)}' on host '{Environment.MachineName}' was not logged on within {AccountLookup<LogonResult>.Deadline.TotalSeconds:0} s: the domain controller does not answer; try 'nltest /dsgetdc:' there");

    private void Loop()
    {
        foreach (var (launch, logon) in _queue.GetConsumingEnumerable())
        {
            _inbox.Add(Try(launch, logon));
        }
    }

    /// <summary>The edge: whatever fails for one run is that run's refusal.</summary>
    private HostEvent Try(Launch launch, LogonResult logon)
    {
        RunFiles? files = null;
        JobObject? job = null;
        try
        {
            files = RunFiles.Open(_runsFolder, launch.Key);
            if (logon is not LogonGranted { Session: var session })
            {
                var refused = (LogonRefused)logon;
                return new StartRefused(launch.Key, files, new RunEnded(refused.IsWrongPassword ? RunEndCause.WrongPassword : RunEndCause.BadLogin, 0, 0, refused.Text));
            }

            _sessions[launch.Key] = session;
            job = MakeJob(launch);
            var started = Begin(launch, session, files, job);
            if (started is not ProxyStarted)
            {
                job.Dispose();
                TakeSession(launch.Key)?.Dispose();
            }

            return started;
        }
        catch (Exception error)
        {
            job?.Dispose();
            TakeSession(launch.Key)?.Dispose();
            return new StartRefused(launch.Key, files, new RunEnded(RunEndCause.Refused, 0, 0,
                $"the run could not be started on host '{Environment.MachineName}': {error.Message}: free the disk or mend the worker's state folder '{_options.StateFolder}'"));
        }
    }

    private JobObject MakeJob(Launch launch)
    {
        var limits = _options.Limits();

        // The proxy is one of them.
        var job = JobObject.Create(limits.MemoryBytes, limits.Processes == 0 ? 0 : limits.Processes + 1, PriorityClass.Of(launch.NiceValue));
        if (!launch.IsDesktop)
        {
            job.RestrictUserInterface();
        }

        return job;
    }

    private HostEvent Begin(Launch launch, LogonSession session, RunFiles files, JobObject job)
    {
        if (JobEnvironment.Problem(launch) is { } problem)
        {
            return Refuse(launch, files, problem);
        }

        var account = new Account(session.Account, NoId, NoId, [], session.ProfileFolder, ShellCommand.Usual(""));
        var envelope = new LaunchEnvelope(launch, account, RandomNumberGenerator.GetBytes(LaunchCodec.SecretLength), "", "",
            $"{launch.Key}@{_id}", LaunchGuard.None, TemporaryFolder(launch, session), []);
        var frame = Frames.OfLaunch(envelope, out var tooLong);
        if (tooLong is not null)
        {
            return Refuse(launch, files, tooLong);
        }

        files.SaveLaunch(frame.Written[Frames.HeaderLength..]);
        return Spawn(envelope, session, files, job, frame.Written);
    }

    /// <summary>Below the account's own folder for such things, unless the worker names one.</summary>
    private static string TemporaryFolder(Launch launch, LogonSession session)
    {
        var root = Path.IsPathFullyQualified(launch.TemporaryRoot) ? launch.TemporaryRoot
            : session.Environment.GetValueOrDefault("TEMP") is { Length: > 0 } own ? own
            : Path.Combine(session.ProfileFolder, "AppData", "Local", "Temp");
        return Path.Combine(root, RunFiles.TemporaryName(launch.Key));
    }

    private HostEvent Spawn(LaunchEnvelope envelope, LogonSession session, RunFiles files, JobObject job, ReadOnlySpan<byte> frame)
    {
        var key = envelope.Launch.Key;
        var inheritable = Kernel32.SECURITY_ATTRIBUTES.Inheritable;
        nint reading, writing;
        if (!Kernel32.CreatePipe(&reading, &writing, &inheritable, PipeBytes) || !Kernel32.SetHandleInformation(writing, HANDLE_FLAG_INHERIT, 0))
        {
            throw new IOException($"make a pipe: {Kernel32.ErrorText(Marshal.GetLastPInvokeError())}");
        }

        using var ordersEnd = new SafeFileHandle(reading, ownsHandle: true);
        var orders = new SafeFileHandle(writing, ownsHandle: true);
        using var journal = OpenJournal(files.JournalPath);
        var grew = new AutoResetEvent(false);
        _ = Kernel32.SetHandleInformation(grew.SafeWaitHandle.DangerousGetHandle(), HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
        nint[] inherited = [reading, journal.DangerousGetHandle(), grew.SafeWaitHandle.DangerousGetHandle()];
        var isDesktop = envelope.Launch.IsDesktop;
        var start = new ProcessStart(_options.ProxyPath, CommandLine.Of([_options.ProxyPath, .. inherited.Select(handle => handle.ToString(System.Globalization.CultureInfo.InvariantCulture))]),
            EnvironmentBlock.Of(session.Environment), Environment.SystemDirectory, inherited, job.Handle, Kernel32.CREATE_NO_WINDOW | Kernel32.CREATE_NEW_PROCESS_GROUP)
        {
            Token = isDesktop ? null : session.Token,
            Desktop = isDesktop ? null : "",
        };
        var error = start.Run(out var process, out var pid);
        if (error != 0)
        {
            orders.Dispose();
            grew.Dispose();
            return Refuse(envelope.Launch, files, $"'{_options.ProxyPath}' cannot be started as '{session.Account}': {Kernel32.ErrorText(error)}: check proxy_location in that host's qb.conf, and that every account may read it");
        }

        var link = new PipeLink(key, orders, grew, process, pid, job);
        if (TokenUser.SidOf(process) is { Length: > 0 } sid && sid != session.Sid)
        {
            link.EndTree();
            link.CloseProcess();
            return new StartRefused(key, files, new RunEnded(RunEndCause.BadLogin, 0, 0,
                $"the run on host '{Environment.MachineName}' was to hold account '{session.Account}' ({session.Sid}), but its quern-proxy holds {sid}: nothing was started; install worker and quern-proxy anew and see proxy_location"));
        }

        files.SaveProxy(pid, 0);
        link.Send(frame);
        return new ProxyStarted(key, files, envelope, link, 0);
    }

    /// <summary>The right to append and no other: the proxy can neither read the journal nor change what is in it.</summary>
    private static SafeFileHandle OpenJournal(string path)
    {
        var inheritable = Kernel32.SECURITY_ATTRIBUTES.Inheritable;
        var handle = Kernel32.CreateFile(path, Kernel32.FILE_APPEND_DATA | Kernel32.SYNCHRONIZE, Kernel32.FILE_SHARE_ALL, &inheritable, Kernel32.OPEN_EXISTING, Kernel32.FILE_FLAG_OPEN_REPARSE_POINT, 0);
        return handle == Kernel32.INVALID_HANDLE_VALUE
            ? throw new IOException($"open the journal '{path}': {Kernel32.ErrorText(Marshal.GetLastPInvokeError())}")
            : new SafeFileHandle(handle, ownsHandle: true);
    }

    private static StartRefused Refuse(Launch launch, RunFiles files, string text) =>
        new(launch.Key, files, new RunEnded(RunEndCause.Refused, 0, 0, text));
}
