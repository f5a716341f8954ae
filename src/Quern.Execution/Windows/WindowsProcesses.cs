using System.Collections.Concurrent;
using System.Runtime.Versioning;
using System.Security.Principal;
using Quern.Execution.Accounts;
using Quern.Execution.Control;
using Quern.Execution.Runs;

namespace Quern.Execution.Windows;

/// <summary>Runs as processes of Windows. A job object holds each together and ends with the worker, so runs do too: there is nobody to take back.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsProcesses : IRunProcesses
{
    private readonly RunHostOptions _options;
    private readonly HostInbox _inbox;
    private readonly WindowsStarter _starter;
    private readonly ConcurrentDictionary<RunKey, PipeLink> _links = new();

    internal WindowsProcesses(RunHostOptions options, HostInbox inbox, string runsFolder, string id)
    {
        (_options, _inbox) = (options, inbox);
        _starter = new WindowsStarter(options, inbox, runsFolder, id);
    }

    public string Containment => "a job object for each run";

    public bool EndsWithWorker => true;

    public void Start(Launch launch) => _starter.Start(launch);

    public void StopStarting() => _starter.Dispose();

    public void Watch(ProxyLink link, byte[] secret)
    {
        _links[link.Key] = (PipeLink)link;
        ((PipeLink)link).Watch(_inbox);
    }

    public void Unwatch(RunKey key, ProxyLink? link)
    {
        _links.TryRemove(key, out _);
        link?.CloseProcess();
    }

    public ProxyLink? FindLiving(RunKey key, int pid, long startTicks) => null;

    public void Reap(int pid)
    {
        // A process leaves nothing that would have to be taken.
    }

    public void Freeze(LaunchEnvelope envelope, bool isFrozen)
    {
        // The proxy does that, command by command.
    }

    public bool IsFrozen(LaunchEnvelope envelope) => false;

    public Func<bool> TreeEnd(HostedRun run) => run.Link is PipeLink link ? link.EndTree : static () => true;

    public string EndedThrough(LaunchEnvelope? envelope) => "through its job object";

    /// <summary>The starter has compared the token before it sent the launch; a process cannot change it.</summary>
    public string? Difference(HostedRun run, Account asked) => null;

    /// <summary>As the account, while its logon lasts: what it could not touch is not touched.</summary>
    public void RemoveLeftovers(LaunchEnvelope envelope)
    {
        using var session = _starter.TakeSession(envelope.Launch.Key);
        var isGone = session is not null ? WindowsIdentity.RunImpersonated(session.Token, () => FolderRemoval.Remove(envelope.TemporaryFolder))
            : envelope.Launch.IsDesktop && FolderRemoval.Remove(envelope.TemporaryFolder);
        if (!isGone)
        {
            _options.Log($"the temporary folder '{envelope.TemporaryFolder}' of '{envelope.Account.Name}' could not be removed whole: remove it by hand");
        }
    }

    public void EndStrays(IReadOnlyCollection<HostedRun> known)
    {
        // Nothing outlives the worker.
    }

    /// <summary>Closes every line, and proxies begin to end. Job objects and sessions follow with their runs, at the latest with this program.</summary>
    public void Dispose()
    {
        foreach (var link in _links.Values)
        {
            link.CloseLine();
        }
    }

    public void Release()
    {
        foreach (var link in _links.Values)
        {
            link.CloseProcess();
        }

        _starter.CloseSessions();
    }
}
