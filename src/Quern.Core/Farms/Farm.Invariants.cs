using Quern.Core.Dispatch;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

public sealed partial class Farm
{
    /// <summary>Asserts every cross-reference. For tests and simulation; costs time that grows with the farm.</summary>
    /// <exception cref="InvariantException">One is broken: a bug.</exception>
    public void CheckInvariants()
    {
        foreach (var worker in workers.Values)
        {
            var used = worker.Instances.Where(instance => instance.IsPlaced).Sum(instance => instance.Slots);
            Invariant.Holds(used == worker.SlotsUsed, $"worker {worker.Id}: {worker.SlotsUsed} slots counted, {used} taken");
            foreach (var instance in worker.Instances)
            {
                Invariant.Holds(instance.Worker == worker && instance.Phase != RunPhase.Idle && !instance.Job.IsRemoved, $"worker {worker.Id} has {instance.Id}, which does not think so");
            }
        }

        foreach (var job in jobs.Values)
        {
            CheckInvariants(job);
            CheckClaims(job);
            Invariant.Holds(job.Instances.All(instance => !instance.IsPlaced || LentTo(instance) == 0 || lent.Contains(instance)), $"job {job.Id}: slots are lent to it that nobody knows of");
        }

        CheckResources();
        CheckLanes();
        CheckRunning();
    }

    private void CheckClaims(Job job)
    {
        foreach (var claim in job.Claims)
        {
            Invariant.Holds(claim.MakesRoomFor == job && claim.IsPlaced, $"job {job.Id} claims the place of {claim.Id}, which makes room for {claim.MakesRoomFor?.Id}");
        }

        foreach (var instance in job.Instances)
        {
            Invariant.Holds(instance.MakesRoomFor is not { } other || other.Claims.Contains(instance), $"{instance.Id} makes room for {instance.MakesRoomFor?.Id}, which does not know");
        }

        Invariant.Holds(keptHosts.Count(worker => worker.KeptFor?.Job == job) == (job.IsKeptFor ? 1 : 0), $"job {job.Id}: hosts are kept for it that it does not know, or none");
    }

    private void CheckResources()
    {
        foreach (var resource in resources.Values)
        {
            var held = 0;
            foreach (var worker in workers.Values)
            {
                var demands = worker.Instances.Where(instance => instance.IsPlaced).SelectMany(instance => instance.Holding?.Others ?? []).Where(demand => demand.Resource == resource.Name).ToList();
                held += resource.Name.IsPerHost ? demands.Select(demand => demand.Amount).FirstOrDefault() : demands.Sum(demand => demand.Amount);
            }

            Invariant.Holds(held == resource.Held, $"{resource.Name}: {resource.Held} counted as held, {held} are");
        }
    }

    private void CheckLanes()
    {
        foreach (var lane in index.Lanes)
        {
            for (var at = 0; at < lane.Classes.Count; at++)
            {
                var its = lane.Classes[at];
                Invariant.Holds(its.Lane == lane && its.Head == its.Line.Min, $"class of job {its.Head?.Id}: its best job is {its.Line.Min?.Id}");
                Invariant.Holds(at == 0 || lane.Sample.Order.Compare(lane.Classes[at - 1], its) < 0, $"lane {lane.Key}: {its.Head?.Id} stands after one that goes after it");
            }
        }
    }

    private void CheckRunning()
    {
        foreach (var hosts in index.HostClasses.OfType<HostClass>())
        {
            Invariant.Holds(hosts.Running.Count == 0 || hosts.Running.Lowest == hosts.Running.First().PlacedBy, $"hosts {hosts.Key}: who gives way first is not known");
        }
    }

    private static void CheckInvariants(Job job)
    {
        job.Items?.CheckInvariants(job.Id.ToString());
        Invariant.Holds(job.Status == StatusOf(job), $"job {job.Id}: status {job.Status}, should be {StatusOf(job)}");
        Invariant.Holds(job.Class.Line.Contains(job) == WantsPlace(job), $"job {job.Id}: its place in line is wrong");
        Invariant.Holds(job.Tally.Placeable == job.Instances.Count(instance => instance.IsPlaceable), $"job {job.Id}: {job.Tally.Placeable} instances counted as placeable");
        Invariant.Holds(job.Extra == job.Instances.Count(instance => instance.IsExtra), $"job {job.Id}: {job.Extra} instances counted beyond those it asks for");
        Invariant.Holds(job.Instances.All(instance => !instance.IsExtra || (instance.IsSecondary && instance.IsPlaced && instance.MakesRoomFor is null)), $"job {job.Id}: an instance counts as filling an idle slot and does not");
        foreach (var group in job.Instances.Where(instance => instance.IsTallied).GroupBy(instance => instance.Status))
        {
            Invariant.Holds(job.Tally[group.Key] == group.Count(), $"job {job.Id}: {job.Tally[group.Key]} instances counted as {group.Key.Word()}, {group.Count()} are");
        }

        var held = new HashSet<int>();
        foreach (var instance in job.Instances)
        {
            Invariant.Holds((instance.Phase == RunPhase.Idle) || instance.Worker!.Instances.Contains(instance), $"{instance.Id} is {instance.Phase} and its worker does not know");
            Invariant.Holds(instance.OutputPosition <= instance.Position, $"{instance.Id}: output {instance.OutputPosition} is durable, only {instance.Position} is counted");
            Invariant.Holds(instance.Status is not (Status.Running or Status.Suspended) || instance.IsPlaced, $"{instance.Id} is running in phase {instance.Phase}");
            Invariant.Holds(!instance.IsAskedBack || instance.IsPlaced, $"{instance.Id} is to give back slots in phase {instance.Phase}");
            if (instance.Phase == RunPhase.Lost)
            {
                continue;
            }

            Invariant.Holds(instance.Leases.Count == 0 || instance.IsPlaced, $"{instance.Id} holds items in phase {instance.Phase}");
            foreach (var lease in instance.Leases)
            {
                var item = job.Items![lease.Item];
                Invariant.Holds(held.Add(lease.Item), $"job {job.Id}: item {lease.Item} is held twice");
                Invariant.Holds(item.State is ItemState.Leased or ItemState.Running && item.Sub == instance.Sub && item.Attempts == lease.Attempt, $"job {job.Id}: item {lease.Item} is {item.State} by {item.Sub}, held by {instance.Id}");
            }
        }

        if (job.Items is { } items)
        {
            Invariant.Holds(held.Count == items.CountOf(ItemState.Leased) + items.CountOf(ItemState.Running), $"job {job.Id}: {held.Count} items held, {items.CountOf(ItemState.Leased)} leased and {items.CountOf(ItemState.Running)} running");
        }
    }
}
