using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Jobs;
using Quern.Core.Permissions;
using Quern.Core.Resources;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>Whether a job may start on a host now, and if not, what keeps it from there. What is the same for all jobs of a class is asked first.</summary>
public sealed partial class Farm
{
    private readonly Dictionary<string, int> placedByUser = new(StringComparer.Ordinal);
    private readonly Dictionary<(string User, long Pgrp), int> placedByPgrp = [];

    /// <summary>The whole question.</summary>
    private Fit FitOf(Job job, Worker worker, Now now)
    {
        if (!worker.CanTake)
        {
            return !worker.IsConnected ? Fit.Down : worker.IsInPanic ? Fit.Panic : Fit.Draining;
        }

        var its = job.Class;
        var match = index.Match(its, worker.Class);
        if (match.Fit != Fit.Fits)
        {
            return match.Fit;
        }

        // Who it is goes before what is free there.
        var host = DispatchRules.FitOfHost(its, job, worker);
        if (host == Fit.Fits && ShortOf(its.Reservations, worker) is { } demand && IsBeyondAll(demand))
        {
            // What can never be had goes before what is only taken now.
            return Fit.FarmResource;
        }

        var limits = host != Fit.Fits ? host : FitOfLimits(its);
        var fit = limits != Fit.Fits ? limits : FitOfClass(its, worker);
        return fit != Fit.Fits ? fit : FitOfJob(its, job, worker, match.Rank, now);
    }

    /// <summary>Room on the host, and resources of the farm.</summary>
    private Fit FitOfClass(JobClass its, Worker worker)
    {
        var room = its.Key.IsElite ? Fit.Fits : DispatchRules.FitOfRoom(its.Reservations, worker);
        if (room != Fit.Fits || (its.Reservations.Others.Count == 0 && its.Key.User.Length == 0))
        {
            return room;
        }

        var limits = FitOfLimits(its);
        return limits != Fit.Fits ? limits : ShortOf(its.Reservations, worker) is null ? Fit.Fits : Fit.FarmResource;
    }

    private Fit FitOfLimits(JobClass its)
    {
        var user = its.Key.User;
        if (user.Length == 0)
        {
            return Fit.Fits;
        }

        if (placedByUser.GetValueOrDefault(user) >= options.InstanceLimits.OfUser(user))
        {
            return Fit.UserLimit;
        }

        return its.Key.Pgrp > 0 && placedByPgrp.GetValueOrDefault((user, its.Key.Pgrp)) >= options.InstanceLimits.OfPgrp(user) ? Fit.PgrpLimit : Fit.Fits;
    }

    /// <summary>
    /// The first resource of the farm of which too little is free, before it one of which there is not so much at all; null = there is enough of all. What is taken once for a host is asked
    /// of one host alone.
    /// </summary>
    /// <param name="worker">Null = wherever the job would go.</param>
    private ResourceDemand? ShortOf(ReservationList wanted, Worker? worker)
    {
        ResourceDemand? found = null;
        foreach (var demand in wanted.Others)
        {
            if (demand.Class == ResourceClass.Host || (demand.Resource.IsPerHost && (worker is null || HostResources.Held(worker, demand.HeldName) > 0)))
            {
                continue;
            }

            if ((FindResource(demand.Resource)?.Count.Free ?? 0) < demand.Amount)
            {
                found = found is null || IsBeyondAll(demand) ? demand : found;
            }
        }

        return found;
    }

    /// <summary>The farm has not got so much of it, whatever is free.</summary>
    private bool IsBeyondAll(ResourceDemand demand) => (FindResource(demand.Resource)?.Configured ?? 0) < demand.Amount;

    /// <summary>Nothing that could happen on one host would let a job of the class start: its user has as many as may be, or a resource of the farm is short.</summary>
    private bool IsShutOut(JobClass its) => FitOfLimits(its) != Fit.Fits || ShortOf(its.Reservations, null) is not null;

    /// <summary>What is of one job, and of the host's name and moment.</summary>
    private Fit FitOfJob(JobClass its, Job job, Worker worker, int rank, Now now)
    {
        if (job.Refusals.Count > 0 && job.Refusals.TryGetValue(worker.Id, out var refusal))
        {
            return refusal.IsBadLogin ? Fit.BadLogin : Fit.Barred;
        }

        var fit = DispatchRules.FitOfHost(its, job, worker);
        if (fit != Fit.Fits)
        {
            return fit;
        }

        if (job.IsOncePerHost && job.Instances.Any(instance => instance.Worker == worker && instance.Run > 0 && !instance.IsPlaceable && instance.Status != Status.Blocked))
        {
            return Fit.RanThere;
        }

        if (index.Rules.Policy?.WhyNot(job, worker) is not null)
        {
            return Fit.Policy;
        }

        if (worker.KeptFor is { } kept && kept.Job != job && !MayBackfill(its, job, worker, kept, KeyOf(job, its, rank), now))
        {
            return Fit.Reserved;
        }

        return !worker.Facts.NeedsCredentials ? Fit.Fits : FitOfLogon(job, worker, now);
    }

    private Fit FitOfLogon(Job job, Worker worker, Now now)
        => WhyNoLogon(job.Spec.User, worker, now) is not null ? Fit.BadLogin
        : IsProven(FindCredential(job.Spec.User)!) || !IsBeingTried(job.Spec.User) ? Fit.Fits
        : Fit.PasswordTrial;

    /// <summary>A host that cannot log the account in is left alone for a while; jobs that have no other host left say so.</summary>
    private void BarLogon(Job job, Worker worker, Now now)
    {
        if (!job.Refusals.ContainsKey(worker.Id) && WhyNoLogon(job.Spec.User, worker, now) is { } why)
        {
            Bar(job, worker, new HostRefusal(now.Monotonic + options.BadLoginRetryMs, why, true));
        }
    }

    /// <summary>When every host that could take a job cannot log its account in, its waiting instances show it.</summary>
    private bool ShowRefusals(Now now)
    {
        var isChanged = false;
        foreach (var id in barring)
        {
            isChanged |= FindJob(id) is { Refusals.Count: > 0 } job && WantsPlace(job) && !HasOtherHosts(job) && ShowRefusals(job, now);
        }

        return isChanged;
    }

    /// <summary>There are more hosts than refused: no need to look at each.</summary>
    private bool HasOtherHosts(Job job)
    {
        var its = job.Class;
        if (its.Hosts is not null || its.OmitHosts is not null || its.Requirement is { IsOfHostAlone: true })
        {
            return false;
        }

        var count = 0;
        foreach (var hosts in index.HostClasses)
        {
            count += hosts is not null && index.Match(its, hosts).Fit == Fit.Fits ? hosts.Taking : 0;
        }

        return count > job.Refusals.Count;
    }

    private bool ShowRefusals(Job job, Now now)
    {
        var candidates = workers.Values.Where(worker => worker.CanTake && IsFor(job, worker)).ToList();
        if (candidates.Count == 0 || !candidates.TrueForAll(worker => job.Refusals.TryGetValue(worker.Id, out var refusal) && refusal.IsBadLogin))
        {
            return false;
        }

        var text = job.Refusals[candidates[0].Id].Text;
        var isChanged = false;
        foreach (var instance in job.Instances)
        {
            if (instance.IsPlaceable && instance.Status == Status.Pending)
            {
                SetStatus(instance, Status.BadLogin, text);
                if (instance.ToldBadLogin != text)
                {
                    instance.ToldBadLogin = text;
                    Record(job, instance.Sub, "", Caller.Farm, $"subjob state: badlogin: {text}", now);
                }

                isChanged = true;
            }
        }

        return isChanged;
    }

    /// <summary>The job asks for such a host, whatever it runs now.</summary>
    private bool IsFor(Job job, Worker worker) => index.Match(job.Class, worker.Class).Fit == Fit.Fits && DispatchRules.FitOfHost(job.Class, job, worker) == Fit.Fits;
}
