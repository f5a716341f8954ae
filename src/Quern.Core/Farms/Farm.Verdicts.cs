using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>Ends that are not the job's fault: a host that a flight check blames, a licence that was refused. They cost no retry; the job stays away from the host for a time.</summary>
public sealed partial class Farm
{
    /// <summary>The item is to be done again. Where a licence is wanting it waits, so that the hosts are not asked one after the other in a moment.</summary>
    private void GiveBack(Instance instance, ItemEndedFact ended, Item item, Now now)
    {
        var verdict = ended.Verdict;
        item.State = ItemState.Pending;
        item.Reason = verdict.Text;
        if (verdict.Kind == VerdictKind.LicenceRefused)
        {
            DelayOrReturn(instance.Job, ended.Item, item, verdict.Seconds, now);
        }
        else
        {
            SetItem(instance.Job, ended.Item, item);
        }

        turn.AddItemEvent(instance.Job, instance.Sub, ended.Item, Caller.Farm, $"work state: pending subjob: {instance.Id} ({instance.Worker!.Name}): {verdict.Text}; no retry is counted", now);
    }

    /// <summary>What a run's end says about its host.</summary>
    private void JudgeHost(Job job, Worker worker, Verdict verdict, Now now)
    {
        Bar(job, worker, new HostRefusal(now.Monotonic + (verdict.Seconds * 1000L), verdict.Text, false));
        if (verdict.Kind != VerdictKind.HostBlamed)
        {
            return;
        }

        worker.Blames++;
        worker.BlamedFor = verdict.Text;
        if (worker.Blames == Worker.BlamesBeforeTrouble)
        {
            RecordHost(worker, Caller.Farm, $"trouble: flight checks blamed it {worker.Blames} times in a row, last of job {job.Id}: {verdict.Text}", now);
        }
    }

    /// <summary>Something was done on the host as it should be.</summary>
    private static void Praise(Worker worker)
    {
        worker.Blames = 0;
        worker.BlamedFor = "";
    }
}
