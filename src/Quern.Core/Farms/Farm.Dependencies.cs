using Quern.Core.Dependencies;
using Quern.Core.Jobs;

namespace Quern.Core.Farms;

/// <summary>Dependencies are evaluated against the present, when a job is submitted and whenever a job it names changes.</summary>
public sealed partial class Farm
{
    private void Watch(Job job)
    {
        foreach (var target in job.Dependency?.Terms.Select(term => term.Job).Distinct() ?? [])
        {
            if (!watchers.TryGetValue(target, out var list))
            {
                watchers[target] = list = [];
            }

            list.Add(job);
        }
    }

    private void Unwatch(Job job)
    {
        foreach (var target in job.Dependency?.Terms.Select(term => term.Job).Distinct() ?? [])
        {
            if (watchers.TryGetValue(target, out var list) && list.Remove(job) && list.Count == 0)
            {
                watchers.Remove(target);
            }
        }
    }

    /// <summary>True when the job-level part of the dependency has come true.</summary>
    private bool Holds(DependencyExpression dependency)
    {
        if (dependency.Groups.All(group => group.All(term => term.Kind == DependencyKind.EachItem)))
        {
            return true;
        }

        return dependency.Evaluate(term => FindJob(term.Job) is { } target && Happened(term, target));
    }

    private static bool Happened(DependencyTerm term, Job target) => term.Kind switch
    {
        DependencyKind.Job => Matches(term.Event, target.Status),
        DependencyKind.Instance => int.Parse(term.Extra) is var sub && sub < target.Instances.Length && Matches(term.Event, target.Instances[sub].Status),
        DependencyKind.Item => target.Agenda!.TryIndexOf(term.Extra, out var index) && Matches(term.Event, target.Items![index].State),
        DependencyKind.EachItem => false,
    };

    private static bool Matches(DependencyEvent happening, Status status) => happening switch
    {
        DependencyEvent.Complete => status == Status.Complete,
        DependencyEvent.Done => status.IsDone(),
        DependencyEvent.Failed => status == Status.Failed,
        DependencyEvent.Killed => status == Status.Killed,
    };

    private static bool Matches(DependencyEvent happening, ItemState state) => happening switch
    {
        DependencyEvent.Complete => state == ItemState.Complete,
        DependencyEvent.Done => state is ItemState.Complete or ItemState.Failed or ItemState.Killed,
        DependencyEvent.Failed => state == ItemState.Failed,
        DependencyEvent.Killed => state == ItemState.Killed,
    };

    /// <summary>The job's own hold, and its items that wait for items of others, looked at anew.</summary>
    private void EvaluateDependency(Job job, Now now)
    {
        if (job.Dependency is not { } dependency)
        {
            return;
        }

        var before = dependency.Satisfied;
        var isFree = Holds(dependency);
        if (dependency.Satisfied != before)
        {
            MarkDirty(job);
        }

        if (job.Hold == Hold.Dependency && isFree)
        {
            Release(job);
            Record(job, -1, "", Caller.Farm, $"job unblocked: {dependency}", now);
        }

        if (dependency.HasEachItem && job.Items is { } items && job.Agenda is { } agenda && items.CountOf(ItemState.Blocked) > 0)
        {
            ReleaseItems(job, items, agenda, dependency.EachItemTerms.ToList(), now);
        }
    }

    private void ReleaseItems(Job job, ItemTable items, Agendas.Agenda agenda, List<DependencyTerm> terms, Now now)
    {
        var targets = terms.Select(term => FindJob(term.Job)).ToList();
        if (terms.Zip(targets).All(pair => pair.Second is { Status: var status } && status.IsDone() && Matches(pair.First.Event, status)))
        {
            // Every item of every target has come as far as it will: items without a counterpart go too.
            UnblockAllItems(job, items);
            return;
        }

        var lead = targets.FindIndex(target => target?.Items is not null);
        if (lead < 0)
        {
            return;
        }

        var leader = targets[lead]!;
        foreach (var (index, item) in leader.Items!.Touched())
        {
            if (!Matches(terms[lead].Event, item.State) || !agenda.TryIndexOf(leader.Agenda![index].Name, out var own) || items[own].State != ItemState.Blocked || job.IsDelayed(own))
            {
                continue;
            }

            var name = agenda[own].Name;
            var isFree = terms.Zip(targets).All(pair => pair.Second is { Agenda: { } other } target && other.TryIndexOf(name, out var theirs)
                && Matches(pair.First.Event, target.Items![theirs].State));
            if (isFree)
            {
                SetItem(job, own, items[own] with { State = ItemState.Pending });
                turn.AddItemEvent(job, -1, own, Caller.Farm, "work state: pending", now);
                Unsettle(job);
            }
        }
    }

    private void UnblockAllItems(Job job, ItemTable items)
    {
        var isChanged = false;
        foreach (var (index, item) in items.Touched().ToList())
        {
            // An item that waits for its retry delay goes on waiting for that.
            if (item.State == ItemState.Blocked && !job.IsDelayed(index))
            {
                SetItem(job, index, item with { State = ItemState.Pending });
                isChanged = true;
            }
        }

        if (items.Untouched == ItemState.Blocked)
        {
            items.SetUntouched(ItemState.Pending);
            MarkDirty(job);
            isChanged = true;
        }

        if (isChanged)
        {
            Unsettle(job);
        }
    }

    /// <summary>Takes a hold off: blocked instances may be dispatched again.</summary>
    private void Release(Job job)
    {
        job.Hold = Hold.None;
        foreach (var instance in job.Instances)
        {
            if (instance.Status == Status.Blocked)
            {
                SetStatus(instance, Status.Pending, "");
            }
        }

        MarkDirty(job);
        Unsettle(job);
    }
}
