using Quern.Policies;

namespace Quern.ExamplePolicy;

/// <summary>
/// Dailies go before all else, hosts of the group <c>slow</c> get work last, simulations stay off them, and nobody ends a simulation for a render:
/// <c>supervisor_queue_algorithm = dotnet=/etc/quern/Quern.ExamplePolicy.dll,Internal=cluster</c>.
/// </summary>
public sealed class DailiesFirst : QueuePolicy
{
    public override int CompareJobs(PolicyJob a, PolicyJob b, PolicyHost host) => Rank(a).CompareTo(Rank(b));

    public override int CompareHosts(PolicyHost a, PolicyHost b, PolicyJob job) => IsSlow(a).CompareTo(IsSlow(b));

    public override string? WhyNot(PolicyJob job, PolicyHost host) => job.Kind == "sim" && IsSlow(host) ? "simulations do not run on slow hosts" : null;

    public override Preemption Preempt(PolicyJob running, PolicyJob candidate, PolicyHost host)
        => running.Kind == "sim" ? Preemption.None : candidate.Kind == "dailies" ? Preemption.Aggressive : Preemption.Passive;

    private static int Rank(PolicyJob job) => job.Kind == "dailies" ? 0 : 1;

    private static bool IsSlow(PolicyHost host) => host.Groups.Split(',').Contains("slow");
}
