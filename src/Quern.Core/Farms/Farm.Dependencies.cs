using Quern.Core.Dependencies;
using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>
/// Dependencies are evaluated whole against the present when a job is submitted or loaded; from then on each event of a job it names costs what it
/// changes. An item that waits for others is one that never left its initial state, blocked: what a person has blocked has a row of its own and is
/// left alone, and what was released once is not held back again when an item before it is retried.
/// </summary>
public sealed partial class Farm
{
    private void ListenByDependency(Job job)
    {
        var terms = job.Dependency?.Terms ?? [];
        for (var at = 0; at < terms.Count; at++)
        {
            if (FindJob(terms[at].Job) is not { } target)
            {
                continue;
            }

            var listener = new Listener(terms[at].Event, job, null, at);
            var listeners = target.Listeners ??= new JobListeners();
            switch (terms[at].Kind)
            {
                case DependencyKind.Job:
                    listeners.AddJob(listener);
                    break;
                case DependencyKind.Instance:
                    listeners.AddInstance(int.Parse(terms[at].Extra), listener);
                    break;
                case DependencyKind.Item when target.Agenda is { } agenda && agenda.TryIndexOf(terms[at].Extra, out var index):
                    listeners.AddItem(index, listener);
                    break;
                case DependencyKind.EachItem:
                    // The job's own end frees the items that have no counterpart in it.
                    listeners.AddItem(null, listener);
                    listeners.AddJob(listener);
                    break;
            }
        }
    }

    private void HearDependency(in Listener listener, in Happening happening, Now now)
    {
        var job = listener.Dependent!;
        if (job.IsRemoved || job.Dependency is not { } dependency)
        {
            return;
        }

        if (dependency.Terms[listener.Index].Kind != DependencyKind.EachItem)
        {
            if (dependency.Satisfy(listener.Index))
            {
                MarkDirty(job);
                ReleaseWhatIsFree(job, now);
            }
        }
        else if (happening is { Type: EventType.Work, Item: >= 0 })
        {
            ReleaseItem(job, dependency.GroupOf(listener.Index), happening.ItemName, now);
        }
        else
        {
            ReleaseFreeItems(job, now);
        }
    }

    /// <summary>Which terms hold now, whenever they came true.</summary>
    private void SatisfyByPresent(Job job)
    {
        var terms = job.Dependency?.Terms ?? [];
        for (var at = 0; at < terms.Count; at++)
        {
            if (FindJob(terms[at].Job) is { } target && Holds(terms[at], target) && job.Dependency!.Satisfy(at))
            {
                MarkDirty(job);
            }
        }
    }

    private static bool Holds(DependencyTerm term, Job target) => term.Kind switch
    {
        DependencyKind.Job => Matches(term.Event, target.Status),
        DependencyKind.Instance => int.Parse(term.Extra) is var sub && sub < target.Instances.Length && Matches(term.Event, target.Instances[sub].Status),
        DependencyKind.Item => target.Agenda is { } agenda && agenda.TryIndexOf(term.Extra, out var index) && Matches(term.Event, target.Items![index].State),
        DependencyKind.EachItem => false,
    };

    private static bool Matches(string wanted, Status status) => EventNames.Of(status) is { } name && EventNames.Matches(wanted, name);

    private static bool Matches(string wanted, ItemState state) => NameOf(state) is { } name && EventNames.Matches(wanted, name);

    private void ReleaseWhatIsFree(Job job, Now now)
    {
        if (job.Dependency is not { } dependency)
        {
            return;
        }

        if (job.Hold == Hold.Dependency && dependency.IsFree)
        {
            Release(job);
            Record(job, -1, "", Caller.Farm, $"job unblocked: {dependency}", now);
        }

        ReleaseFreeItems(job, now);
    }

    /// <summary>Every item that need not wait any more. Costs as much as the items that left their initial state in the jobs before.</summary>
    private void ReleaseFreeItems(Job job, Now now)
    {
        if (job.Dependency is not { HasEachItem: true } dependency || job.Items is not { Untouched: ItemState.Blocked })
        {
            return;
        }

        for (var group = 0; group < dependency.Groups.Count; group++)
        {
            if (!dependency.IsOpen(group))
            {
                continue;
            }

            var terms = dependency.Groups[group].Where(term => term.Kind == DependencyKind.EachItem).ToList();
            if (terms.TrueForAll(term => FindJob(term.Job) is { Status: var status } && status.IsDone() && Matches(term.Event, status)))
            {
                // Every item of every job before has come as far as it will: items without a counterpart go too.
                job.Items.SetUntouched(ItemState.Pending);
                MarkDirty(job);
                Unsettle(job);
                return;
            }

            var lead = terms.Find(term => FindJob(term.Job)?.Items is not null);
            foreach (var (index, item) in lead is null ? [] : FindJob(lead.Job)!.Items!.Touched())
            {
                if (Matches(lead!.Event, item.State))
                {
                    ReleaseItem(job, group, FindJob(lead.Job)!.Agenda![index].Name, now);
                }
            }
        }
    }

    private void ReleaseItem(Job job, int group, string name, Now now)
    {
        var dependency = job.Dependency!;
        if (job.Items is not { Untouched: ItemState.Blocked } items || !job.Agenda!.TryIndexOf(name, out var own) || items.IsTouched(own) || !dependency.IsOpen(group))
        {
            return;
        }

        foreach (var term in dependency.Groups[group])
        {
            if (term.Kind == DependencyKind.EachItem
                && !(FindJob(term.Job) is { Agenda: { } agenda } target && agenda.TryIndexOf(name, out var theirs) && Matches(term.Event, target.Items![theirs].State)))
            {
                return;
            }
        }

        SetItem(job, own, items[own] with { State = ItemState.Pending });
        turn.AddItemEvent(job, -1, own, Caller.Farm, "work state: pending", now);
        Unsettle(job);
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
