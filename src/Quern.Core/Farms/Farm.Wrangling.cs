using Quern.Core.Actions;
using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// Auto-wrangling: where a host fails item after item of a job and completes none, either the host or the job is at fault, and what the job does on other hosts tells which.
/// Only for jobs of flag auto_wrangling, on a farm whose language flags have it. Source: reference, qube-jobs 15.
/// <code>
/// some other host has completed items            -> the host: locked, its failed items are pending again, a mail to the administrator
/// others run the job, and all of them only fail  -> the job: blocked, a mail to its user
/// others run the job, some have not failed yet   -> the host
/// nobody else runs it                            -> it is moved, so often as is allowed; then the job
/// </code>
/// </summary>
public sealed partial class Farm
{
    private bool IsWrangled(Job job) => job.Flags.HasFlag(JobFlags.AutoWrangling) && options.Languages.HasFlag(CallbackLanguages.AutoWrangling);

    private void Wrangle(Instance instance, bool isFailure, Now now)
    {
        var job = instance.Job;
        if (!IsWrangled(job))
        {
            return;
        }

        var worker = instance.Worker!;
        var record = job.HostRecords.GetValueOrDefault(worker.Id);
        record = isFailure ? record with { Failed = record.Failed + 1 } : record with { Completed = record.Completed + 1 };
        job.HostRecords[worker.Id] = record;
        if (isFailure && record.Completed == 0 && record.Failed > options.WrangleAfterFailures)
        {
            Judge(job, worker, record.Failed, now);
        }
    }

    private void Judge(Job job, Worker worker, int failed, Now now)
    {
        var others = job.Instances.Where(instance => instance.IsPlaced && instance.Worker != worker).Select(instance => job.HostRecords.GetValueOrDefault(instance.Worker!.Id)).ToList();
        var isCompletedElsewhere = job.HostRecords.Any(pair => pair.Key != worker.Id && pair.Value.Completed > 0);
        if (isCompletedElsewhere || others.Exists(record => record.Failed == 0))
        {
            BlameHost(job, worker, $"it has failed {failed} items of job {job.Id} and completed none{(isCompletedElsewhere ? ", which others do" : "")}", now);
        }
        else if (others.Count == 0 && job.AutoMigrations < options.MostAutoMigrations)
        {
            job.AutoMigrations++;
            job.HostRecords.Remove(worker.Id);
            Record(job, -1, "", Caller.Farm, $"auto-wrangling: {worker.Name} has failed {failed} items and completed none; moved to another host ({job.AutoMigrations} of {options.MostAutoMigrations})", now);
            MoveAllAway(job, worker, $"auto-wrangling: {worker.Name} has failed {failed} items", now);
        }
        else
        {
            BlameJob(job, others.Count > 0 ? "every host that runs it fails its items" : $"{worker.Name} fails its items as {job.AutoMigrations} other hosts did", worker, now);
        }
    }

    private void BlameHost(Job job, Worker worker, string why, Now now)
    {
        job.HostRecords.Remove(worker.Id);
        Record(job, -1, "", Caller.Farm, $"auto-wrangling: host {worker.Name} is locked: {why}", now);
        SetLock(worker.Id, HostLock.None with { All = LockRule.Locked }, isPurge: false, Caller.Farm, now);
        if (job.Items is { } items)
        {
            foreach (var (at, _) in items.Touched().Where(entry => entry.Item.State == ItemState.Failed && entry.Item.Worker == worker.Id.Value).ToList())
            {
                SetItem(job, at, items[at] with { State = ItemState.Pending, Retries = 0 });
                turn.AddItemEvent(job, -1, at, Caller.Farm, $"work state: pending: failed on {worker.Name}, which is locked", now);
            }

            BringBack(Verb.Retry, job, items);
        }

        MoveAllAway(job, worker, $"auto-wrangling: host {worker.Name} is locked", now);
        PostWrangling(job, worker, "", $"host {worker.Name} is locked: {why}; look at the host and open it with qbunlock {worker.Name}", now);
    }

    private void BlameJob(Job job, string why, Worker worker, Now now)
    {
        job.HostRecords.Clear();
        job.AutoMigrations = 0;
        Record(job, -1, "", Caller.Farm, $"auto-wrangling: blocked: {why}", now);
        Act(new FarmAction(Verb.Block, Caller.Farm, [new Target(job.Id)], [], false, false), now);
        PostWrangling(job, worker, job.Spec.MailAddress.Length > 0 ? job.Spec.MailAddress : job.Spec.User, $"job {job.Id} is blocked: {why}; look at its output with qbout {job.Id}, then qbretry and qbunblock it", now);
    }

    /// <summary>Each instance of the job on the host ends at once and starts elsewhere.</summary>
    private void MoveAllAway(Job job, Worker worker, string reason, Now now)
    {
        KeepAway(job, worker, reason, now);
        foreach (var instance in job.Instances.Where(instance => instance.Worker == worker && instance.IsPlaced && instance.Status == Status.Running).ToList())
        {
            StopRun(instance, reason, ItemState.Pending);
            SetStatus(instance, Status.Pending, reason);
        }
    }

    private void PostWrangling(Job job, Worker worker, string to, string sentence, Now now)
    {
        if (options.Languages.HasFlag(CallbackLanguages.Mail))
        {
            Post(new OutboxEntry
            {
                Id = ++lastOutbox, Kind = OutboxKind.Mail, CreatedMs = now.Unix, Job = job.Id.Value, Origin = "auto-wrangling", User = job.Spec.User, To = to, Content = "wrangling",
                Variables = MailVariables.Of(job, worker, sentence, now), DueMs = now.Unix,
            });
        }
    }

    /// <summary>What hosts have done with the job's items, as far as the items tell.</summary>
    private void LoadRecords(Job job)
    {
        if (!IsWrangled(job) || job.Status.IsDone() || job.Items is not { } items)
        {
            return;
        }

        foreach (var (_, item) in items.Touched())
        {
            if (item.State is ItemState.Complete or ItemState.Failed && item.Worker > 0)
            {
                var id = new WorkerId(item.Worker);
                var record = job.HostRecords.GetValueOrDefault(id);
                job.HostRecords[id] = item.State == ItemState.Complete ? record with { Completed = record.Completed + 1 } : record with { Failed = record.Failed + 1 };
            }
        }
    }
}
