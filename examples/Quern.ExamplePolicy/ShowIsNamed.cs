using Quern.Policies;

namespace Quern.ExamplePolicy;

/// <summary>
/// Every job belongs to a show: <c>supervisor_policy_binding = dotnet</c>, <c>supervisor_policy_library = /etc/quern/Quern.ExamplePolicy.dll</c>.
/// </summary>
public sealed class ShowIsNamed : SubmitPolicy
{
    public override string? WhyNotSubmit(PolicyJob job, string caller)
        => job.Tags.ContainsKey("prod_show") || job.Cluster != "/" ? null : $"{caller}, say which show it is for: qbsub --prod_show NAME";
}
