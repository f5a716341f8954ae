using System.Globalization;
using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>What keeps a job from one host, in a sentence, and what would let it run there.</summary>
public sealed partial class Farm
{
    private (string Reason, string Remedy) Explain(Fit fit, Job job, Worker worker, Now now)
    {
        var its = job.Class;
        var spec = job.Spec;
        var name = worker.Name;
        return fit switch
        {
            Fit.Fits => ($"{name} can take it now", ""),
            Fit.Down => ($"{name} is down", $"start the worker on {name}"),
            Fit.Panic => ($"{name} is in panic: {string.Join("; ", worker.Vitals.Troubles)}", $"mend it on {name}; it recovers by itself"),
            Fit.Draining => ($"{name} takes nothing new: it is about to stop", $"start the worker on {name} again"),
            Fit.Restriction => ($"the job is restricted to {its.Restriction!.Text} and {name} is in {worker.Class.Cluster}", Other(job, "restrictions")),
            Fit.HostRestriction => ($"{name} takes only jobs of {worker.Class.Restriction!.Text} and the job is of {its.Cluster}", $"change worker_restrictions of {name}, or {Other(job, "cluster")}"),
            Fit.Group => ($"{name} is in none of the groups {its.Groups}", Other(job, "groups")),
            Fit.OmittedGroup => ($"{name} is in a group that the job leaves out: {its.OmitGroups}", "submit it with other --omitgroups"),
            Fit.JobType => ($"{name} has not got the job type {spec.Prototype}", $"install it there in worker_template_path"),
            Fit.HostTooSmall => ($"{name} is too small for {its.Reservations.Text}: it has {worker.Facts.Slots} slots{TooLittle(its.Reservations, worker)}", Other(job, "reservations")),
            Fit.Host => ($"the job names the hosts {its.Hosts}, and {name} is none of them", Other(job, "hosts")),
            Fit.OmittedHost => ($"the job leaves {name} out", "submit it with other --omithosts"),
            Fit.Requirement => ($"{name} does not meet {its.Requirement!.Text}", Other(job, "requirements")),
            Fit.Locked => ($"{name} is locked: {worker.Lock}{Until(worker, now)}", $"qbunlock {name}"),
            Fit.Slots => ($"{name} has {worker.SlotsFree} of {worker.Facts.Slots} slots free and the job needs {its.Reservations.Slots.Minimum}", WhenFree(job, worker, its.Reservations.Slots.Minimum - worker.SlotsFree, now)),
            Fit.NotIdle => ($"the job wants {name} for itself and {worker.SlotsUsed} of its slots are taken", WhenFree(job, worker, worker.SlotsUsed, now)),
            Fit.HostResource => ($"{name} has too little left{TooLittle(its.Reservations, worker)}", $"it is given back when instances there end; or {Other(job, "reservations")}"),
            Fit.FarmResource => WhyShort(its.Reservations, worker),
            Fit.UserLimit => ($"{spec.User} has {placedByUser.GetValueOrDefault(spec.User)} instances running, as many as may run at once", "one of them ends, or supervisor_user_subjob_limits is raised"),
            Fit.PgrpLimit => ($"process group {job.Pgrp} has as many instances running as may run at once", "one of them ends, or supervisor_pgrp_subjob_limits is raised"),
            Fit.Reserved => ($"{name} is kept for job {worker.KeptFor!.Job.Id}, which waits for {worker.KeptFor.Slots} slots", $"job {worker.KeptFor.Job.Id} starts there; or {Other(job, "priority")} that goes before it"),
            Fit.BadLogin => (job.Refusals.TryGetValue(worker.Id, out var refusal) ? refusal.Text : WhyNoLogon(spec.User, worker, now) ?? $"{spec.User} cannot be logged on to {name}", $"register the password of {spec.User} with qblogin, or let the account in on {name}; it is tried again by itself"),
            Fit.Barred => ($"the job leaves {name} alone for {Math.Max(0, job.Refusals[worker.Id].UntilMs - now.Monotonic) / 1000} s: {job.Refusals[worker.Id].Text}", "the time passes; or another host takes it"),
            Fit.RanThere => ($"the job runs once on each host, and has run on {name}", "nothing is left to do there"),
            Fit.Policy => ($"the site's policy keeps the job from {name}: {index.Rules.Policy?.WhyNot(job, worker)}", "what that says; the policy is named in supervisor_queue_algorithm"),
            Fit.PasswordTrial => ($"the password of {spec.User} is being tried by another instance first", "that instance tells whether the password is right"),
        };
    }

    private (string Reason, string Remedy) WhyShort(ReservationList wanted, Worker worker)
    {
        var demand = ShortOf(wanted, worker)!.Value;
        return FindResource(demand.Resource) is { } resource
            ? IsBeyondAll(demand) ? ($"the farm has {resource.Configured} of {resource.Name}, and the job needs {demand.Amount}", "raise it in supervisor_global_resources, or reserve less")
            : ($"{resource.Name} is used up: {resource.Count.Used} of {resource.Count.Total}, and the job needs {demand.Amount}", resource.Name.IsShared ? "it is given back when instances end or others return it (qbupdateresource tells); supervisor_global_resources has the total" : "it is given back when instances end; supervisor_global_resources has the total")
            : ($"there is no resource {demand.Resource}", $"declare it in supervisor_global_resources, as in {demand}");
    }

    private static string TooLittle(ReservationList wanted, Worker worker)
    {
        foreach (var demand in wanted.Others)
        {
            if (demand.Class is ResourceClass.Host or ResourceClass.Scoped && HostResources.Free(worker, demand.Name) < demand.Amount)
            {
                return $": {HostResources.Free(worker, demand.Name)} of {HostResources.Total(worker, demand.Name)} {demand.Name} free, {demand.Amount} needed";
            }
        }

        return "";
    }

    private static string Until(Worker worker, Now now)
        => worker.LockDueMs is { } due && DateTimeOffset.FromUnixTimeMilliseconds(now.Unix + due - now.Monotonic).AddMinutes(worker.Vitals.UtcOffsetMinutes) is var then
            ? string.Create(CultureInfo.InvariantCulture, $" (changes at {then:HH:mm} at the earliest)") : "";

    /// <summary>How somebody gives the job another value of an attribute.</summary>
    private static string Other(Job job, string attribute)
        => job.Id.Value > 0 ? $"qbmodify --m{attribute} VALUE {job.Id}" : $"submit it with another --{attribute}";

    /// <summary>When so many more slots should be free, by how long the items of what runs there take.</summary>
    private static string WhenFree(Job job, Worker worker, int more, Now now)
    {
        if (worker.SlotsUsed == 0)
        {
            return $"qbunlock {worker.Name}";
        }

        var last = 0L;
        var isKnown = true;
        foreach (var (instance, end) in worker.Instances.Where(instance => instance.IsPlaced).Select(instance => (instance, ExpectedEnd(instance, now))).OrderBy(pair => pair.Item2))
        {
            if (more <= 0)
            {
                break;
            }

            more -= instance.Slots;
            last = end;
            isKnown &= instance.Job.MeanItemMs > 0;
        }

        var ahead = job.Id.Value > 0 ? $"; qbmodify --mpriority N {job.Id} moves it ahead" : "";
        return more > 0 || !isKnown ? $"what runs there ends{ahead}" : $"what runs there ends, in about {Math.Max(1, (last - now.Monotonic + 999) / 1000)} s if all of it leaves after its current item{ahead}";
    }
}
