using Quern.Policies;

namespace Quern.ExamplePolicy;

/// <summary>
/// Every job belongs to a show, and who has sudo_admin acts on jobs of shows, not on people's own tests: <c>supervisor_policy_binding = dotnet</c>, <c>supervisor_policy_library = /etc/quern/Quern.ExamplePolicy.dll</c>.
/// </summary>
public sealed class ShowIsNamed : SubmitPolicy
{
    public override string? WhyNotSubmit(PolicyJob job, string caller)
        => job.Tags.ContainsKey("prod_show") || job.Cluster != "/" ? null : $"{caller}, say which show it is for: qbsub --prod_show NAME";

    public override string? WhyNotModify(PolicyJob before, PolicyJob after, string caller)
        => after.Cluster != before.Cluster ? $"{caller}, a job stays with its show: submit it anew in {after.Cluster}" : null;

    public override bool MaySudo(string user, PolicyJob job) => job.Kind != "test";
}
