using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// Where facts become events. A fact of a job that nobody listens to costs a look at one field; any other waits in order until <see cref="Take"/>,
/// before statuses are settled: so a callback that retries the last item is there before its job would have ended.
/// <code>
/// SetItem, SetStatus, StatusChanged, ... -> happenings -> Hear: dependencies (Farm.Dependencies), callbacks (Farm.Callbacks) -> Settle -> again while something happens
/// </code>
/// </summary>
public sealed partial class Farm
{
    /// <summary>Rounds of events that callbacks of one turn may cause; beyond, they only cause each other.</summary>
    private const int MostRounds = 64;

    private readonly Queue<Happening> happenings = [];
    private readonly Dictionary<string, List<Listener>> hostListeners = new(StringComparer.OrdinalIgnoreCase);

    private static string? NameOf(ItemState state) => state switch
    {
        ItemState.Complete => EventNames.Complete,
        ItemState.Failed => EventNames.Failed,
        ItemState.Killed => EventNames.Killed,
        ItemState.Blocked => EventNames.Blocked,
        ItemState.Running => EventNames.Running,
        ItemState.Leased => EventNames.Assigned,
        ItemState.Untouched or ItemState.Pending => null,
    };

    private void JobHappened(Job job, string? name)
    {
        if (name is not null && job.Listeners is not null)
        {
            happenings.Enqueue(new Happening(name, EventType.Job, job));
        }
    }

    private void InstanceHappened(Instance instance, Status before)
    {
        if (instance.Status == before || instance.Job.Listeners is not { HearsInstances: true } || EventNames.Of(instance.Status) is not { } name)
        {
            return;
        }

        if (instance.Status == Status.Running && before is not (Status.Registering or Status.Suspended))
        {
            happenings.Enqueue(new Happening(EventNames.Assigned, EventType.Subjob, instance.Job, instance.Sub, -1, instance.Worker));
        }

        happenings.Enqueue(new Happening(name, EventType.Subjob, instance.Job, instance.Sub, -1, instance.Worker));
    }

    /// <summary>Waiting is no status that is kept: it lives and has nothing to do.</summary>
    private void InstanceWaits(Instance instance)
    {
        var waits = instance.Shown == Status.Waiting;
        if (waits && !instance.HasWaited && instance.Job.Listeners is { HearsInstances: true })
        {
            happenings.Enqueue(new Happening(EventNames.Waiting, EventType.Subjob, instance.Job, instance.Sub, -1, instance.Worker));
        }

        instance.HasWaited = waits;
    }

    private void ItemHappened(Job job, int index, ItemState before, Item item)
    {
        if (item.State != before && job.Listeners is { HearsItems: true } && NameOf(item.State) is { } name)
        {
            happenings.Enqueue(new Happening(name, EventType.Work, job, item.Sub, index, FindWorker(new WorkerId(item.Worker))));
        }
    }

    /// <summary>
    /// Every item that never left its initial state got another one at once. Who waits for one of them by name hears of it; who waits for any hears it
    /// once, for no item in particular.
    /// </summary>
    private void UntouchedHappened(Job job)
    {
        if (job.Listeners is not { HearsItems: true } listeners || NameOf(job.Items!.Untouched) is not { } name)
        {
            return;
        }

        happenings.Enqueue(new Happening(name, EventType.Work, job));
        foreach (var index in listeners.NamedItems.Where(index => !job.Items.IsTouched(index)).Order())
        {
            happenings.Enqueue(new Happening(name, EventType.Work, job, -1, index));
        }
    }

    private void HostHappened(Worker worker, string name)
    {
        if (hostListeners.Count > 0)
        {
            happenings.Enqueue(new Happening(name, EventType.Host, null, -1, -1, worker));
        }
    }

    /// <returns>True when there was something to hear.</returns>
    private bool Hear(Now now)
    {
        if (happenings.Count == 0)
        {
            return false;
        }

        // What is raised meanwhile belongs to the next round.
        for (var left = happenings.Count; left > 0; left--)
        {
            var happening = happenings.Dequeue();
            if (happening.Type == EventType.Host)
            {
                HearHost(happening, now);
            }
            else if (happening.Job!.Listeners is { } listeners)
            {
                Hear(happening, listeners, now);
            }
        }

        return true;
    }

    private void Hear(in Happening happening, JobListeners listeners, Now now)
    {
        if (happening.Type == EventType.Job)
        {
            Tell(listeners.OfJob, happening, now);
        }
        else if (happening.Type == EventType.Subjob)
        {
            Tell(listeners.OfAnyInstance, happening, now);
            Tell(listeners.OfInstance(happening.Sub), happening, now);
            foreach (var (host, listener) in listeners.OfHost)
            {
                if (host == EventPattern.Any || string.Equals(host, happening.Host?.Name, StringComparison.OrdinalIgnoreCase))
                {
                    Tell(listener, happening, now);
                }
            }
        }
        else
        {
            if (happening.Item < 0 || !IsOfBulk(happening))
            {
                Tell(listeners.OfAnyItem, happening, now);
            }

            Tell(listeners.OfItem(happening.Item), happening, now);
        }
    }

    /// <summary>One of the items that changed together: who waits for any has heard of all.</summary>
    private static bool IsOfBulk(in Happening happening) => !happening.Job!.Items!.IsTouched(happening.Item);

    private void HearHost(in Happening happening, Now now)
    {
        foreach (var host in new[] { EventPattern.Any, happening.Host!.Name })
        {
            if (hostListeners.TryGetValue(host, out var listeners))
            {
                Tell(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(listeners), happening, now);
            }
        }
    }

    private void Tell(ReadOnlySpan<Listener> listeners, in Happening happening, Now now)
    {
        foreach (var listener in listeners)
        {
            Tell(listener, happening, now);
        }
    }

    private void Tell(in Listener listener, in Happening happening, Now now)
    {
        if (!EventNames.Matches(listener.Name, happening.Name))
        {
            return;
        }

        if (listener.Callback is { } callback)
        {
            HearCallback(callback, listener.Index, happening, now);
        }
        else
        {
            HearDependency(listener, happening, now);
        }
    }
}
