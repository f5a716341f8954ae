using Quern.Execution.Control;
using Quern.Proxy.Unix;

namespace Quern.Proxy.Linux;

/// <summary>What a run has before its first command on Linux: a virtual screen too.</summary>
internal sealed class LinuxSetup(LaunchEnvelope envelope) : RunSetup(envelope)
{
    protected override void EndAll() => ProcessTree.Kill(0, out _, out _);

    protected override (string Display, string Authority)? StartScreen(LaunchEnvelope envelope, List<string> environment, out string problem) =>
        VirtualScreen.Start(envelope, environment, out problem) is { } screen ? (screen.Display, screen.Authority) : null;

    protected override void EndScreen() => ProcessTree.EndKept();
}
