using Quern.Execution.Control;
using Quern.Proxy.Unix;

namespace Quern.Proxy.Mac;

/// <summary>What a run has before its first command on macOS. There is no private screen: a session's is the window server's.</summary>
internal sealed class MacSetup(LaunchEnvelope envelope, MacTree tree) : RunSetup(envelope)
{
    protected override void EndAll() => tree.Kill(0, out _);

    protected override (string Display, string Authority)? StartScreen(LaunchEnvelope envelope, List<string> environment, out string problem)
    {
        problem = "macOS has no virtual screen of its own: set worker_virtual_display = none on that host, or use its desktop mode";
        return null;
    }

    protected override void EndScreen()
    {
        // None was started.
    }
}
