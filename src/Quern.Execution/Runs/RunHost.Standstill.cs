using Quern.Execution.Control;

namespace Quern.Execution.Runs;

/// <summary>
/// Suspended runs. Where the system makes a run stand still, it does that to the proxy too. So the proxy is told first and says so in the journal; then it
/// is frozen, and thawed before it is to hear anything.
/// </summary>
public sealed partial class RunHost
{
    private void CheckStandstill(HostedRun run)
    {
        if (run is { IsSuspended: true, MustSuspend: true, IsGone: false, IsFrozen: false, Link.IsConnected: true, Envelope: { } envelope })
        {
            run.IsFrozen = true;
            _system.Freeze(envelope, isFrozen: true);
        }
    }

    private void ThawFor(HostedRun run, RunOrder order)
    {
        run.MustSuspend = order switch
        {
            SuspendRun => true,
            ResumeRun or KillRun or KillItem => false,
            _ => run.MustSuspend,
        };
        if (run is { MustSuspend: false, IsFrozen: true, Envelope: { } envelope })
        {
            run.IsFrozen = false;
            _system.Freeze(envelope, isFrozen: false);
        }
    }

    /// <summary>A frozen proxy cannot knock. Once it has, it stands still again.</summary>
    private void Thaw(HostedRun run, LaunchEnvelope envelope)
    {
        if (_system.IsFrozen(envelope))
        {
            run.MustSuspend = true;
            run.Waiting.Add(new SuspendRun());
            _system.Freeze(envelope, isFrozen: false);
        }
    }
}
