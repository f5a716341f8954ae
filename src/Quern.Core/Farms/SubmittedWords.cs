using Quern.Core.Agendas;
using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>What the words of one job's events mean while its submission is looked at: jobs of it have ids that they only get when all are accepted.</summary>
internal sealed record SubmittedWords(long First, IReadOnlyList<JobSpec> Specs, Dictionary<string, JobId> Labels, int At)
{
    public JobSpec Spec => Specs[At];

    public EventContext Context => new(new JobId(First + At), Spec.Pid > 1 ? new JobId(Spec.Pid) : null, label => Labels.TryGetValue(label, out var id) ? id : null);

    /// <returns>False when the job is none of this submission.</returns>
    public bool TryAgenda(JobId id, out Agenda? agenda)
    {
        var at = id.Value - First;
        var isOwn = at >= 0 && at < Specs.Count;
        agenda = isOwn && Specs[(int)at].Agenda is { Length: > 0 } text ? Agenda.Load(text) : null;
        return isOwn;
    }
}
