using System.Globalization;
using System.Text.Json;
using Quern.Core.Jobs;
using Quern.Core.Permissions;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>Which callbacks there are, what each waits for, and the time events among that.</summary>
public sealed partial class Farm
{
    private const string GlobalKey = "callback/";

    private readonly SortedDictionary<int, Callback> globalCallbacks = [];

    /// <summary>Who waits for events that people fire, by name.</summary>
    private readonly Dictionary<string, List<(EventPattern Pattern, Listener Listener)>> namedListeners = new(StringComparer.Ordinal);

    /// <summary>Events of time: when (Unix ms), whose (job 0 = global), which.</summary>
    private readonly SortedSet<(long DueMs, long Job, int Callback, int Event)> timers = [];

    public IReadOnlyCollection<Callback> GlobalCallbacks => globalCallbacks.Values;

    /// <summary>Keeps a callback that belongs to no job. It acts with the rights that its submitter has.</summary>
    /// <returns>Its number; or one sentence.</returns>
    public (int Id, string? Refusal) AddGlobalCallback(CallbackSpec spec, Caller caller, Now now)
    {
        if (MayDo(caller, Permission.SubmitGlobalCallback) is { } missing)
        {
            return (0, $"the callback is refused: {missing}");
        }

        var trigger = TriggerExpression.Parse(spec.Triggers, EventContext.IdsOnly, out var refusal);
        refusal ??= CallbackLanguage.WhyNot(spec) ?? trigger!.Events.Select(WhyNot).FirstOrDefault(why => why is not null);
        if (refusal is not null)
        {
            return (0, $"the callback is refused: {refusal}");
        }

        var id = globalCallbacks.Count == 0 ? 1 : globalCallbacks.Keys.Max() + 1;
        var callback = new Callback(id, null, spec, trigger!, spec.User.Length > 0 ? spec.User : caller.User) 
        {
            CreatedMs = now.Unix, IsAdministrators = caller.IsAdministrator && spec.User.Length == 0,
        };
        globalCallbacks.Add(id, callback);
        Listen(callback);
        HearPresent(callback, now);
        KeepGlobal(callback);
        Told(EventComponent.Callback, 0, caller.User, caller.From, $"global callback {id} added: {callback.Trigger}", now);
        return (id, null);
    }

    /// <summary>Null when it is gone; else one sentence.</summary>
    public string? RemoveGlobalCallback(int id, Caller caller, Now now)
    {
        if (MayDo(caller, Permission.SubmitGlobalCallback) is { } missing)
        {
            return $"global callback {id} stays: {missing}";
        }

        if (!globalCallbacks.Remove(id, out var callback))
        {
            return $"there is no global callback {id}; list them with GET /api/v1/callbacks";
        }

        StopListening(callback);
        PutSetting(KeyOf(callback), null);
        Told(EventComponent.Callback, 0, caller.User, caller.From, $"global callback {id} removed: {callback.Trigger}", now);
        return null;
    }

    /// <summary>
    /// Fires an event of a user's own name: every global event of that name, and those of jobs that the caller may act on; of <paramref name="about"/> alone
    /// where it is given.
    /// </summary>
    /// <returns>How many wait for it.</returns>
    public int FireEvent(string name, JobId? about, Caller caller, Now now)
    {
        var count = 0;
        foreach (var (pattern, listener) in namedListeners.GetValueOrDefault(name, []).ToList())
        {
            var job = pattern.Job.Value == 0 ? null : FindJob(pattern.Job);
            var isMeant = job is null ? about is null : (about is null || about == job.Id) && (IsAdministrator(caller) || caller.User == job.Spec.User);
            if (isMeant)
            {
                count++;
                HearCallback(listener.Callback!, listener.Index, Fired(name, pattern, job), now);
            }
        }

        Told(EventComponent.Callback, about?.Value ?? 0, caller.User, caller.From, $"event {name} fired", now);
        return count;
    }

    /// <summary>It is about the instance or item that the callback names.</summary>
    private static Happening Fired(string name, EventPattern pattern, Job? job) => pattern.Type switch
    {
        EventType.Work when job?.Agenda is { } agenda && agenda.TryIndexOf(pattern.Extra, out var item) => new Happening(name, pattern.Type, job, -1, item),
        EventType.Subjob when job is not null && int.TryParse(pattern.Extra, NumberStyles.None, CultureInfo.InvariantCulture, out var sub) && sub < job.Instances.Length => new Happening(name, pattern.Type, job, sub),
        _ => new Happening(name, pattern.Type, job),
    };

    private static string KeyOf(Callback callback) => GlobalKey + callback.Id.ToString(CultureInfo.InvariantCulture);

    private void KeepGlobal(Callback callback)
        => PutSetting(KeyOf(callback), JsonSerializer.Serialize(new GlobalCallbackState { Spec = callback.Spec, User = callback.User, IsAdministrators = callback.IsAdministrators, State = CallbackState.Of(callback) }, CoreJson.Default.GlobalCallbackState));

    private void LoadGlobalCallbacks()
    {
        foreach (var (key, text) in settings.Where(pair => pair.Key.StartsWith(GlobalKey, StringComparison.Ordinal)).ToList())
        {
            var kept = JsonSerializer.Deserialize(text, CoreJson.Default.GlobalCallbackState)!;
            var callback = LoadCallback(int.Parse(key.AsSpan(GlobalKey.Length), CultureInfo.InvariantCulture), null, kept.Spec, kept.State, kept.User, kept.IsAdministrators);
            globalCallbacks.Add(callback.Id, callback);
            Listen(callback);
        }
    }

    /// <summary>After all jobs are there: who waits for what, and what holds by now.</summary>
    private void LoadTriggers(Now now)
    {
        LoadGlobalCallbacks();
        LoadOutbox();
        foreach (var job in jobs.Values)
        {
            ListenByDependency(job);
            foreach (var callback in job.Callbacks)
            {
                Listen(callback);
            }
        }

        foreach (var job in jobs.Values)
        {
            SatisfyByPresent(job);
            if (job.Hold != Hold.User)
            {
                // What a person holds stays as the rows have it: one that was requeued is held though what it waited for has long been there.
                ReleaseWhatIsFree(job, now);
            }
        }
    }

    /// <summary>Who waited for it hears of it; it waits for nothing any more.</summary>
    private void JobRemoved(Job job, Now now)
    {
        JobHappened(job, EventNames.Removed);
        foreach (var target in job.Dependency?.Terms.Select(term => term.Job).Distinct() ?? [])
        {
            FindJob(target)?.Listeners?.Remove(job, null);
        }

        foreach (var callback in job.Callbacks)
        {
            StopListening(callback);
        }

        foreach (var waiting in job.Listeners?.Dependents ?? [])
        {
            // What it waits for never comes: its reason says so.
            Unsettle(waiting);
        }

        if (callbackJobs.Remove(job.Id))
        {
            StartWaiting(now);
        }
    }

    private static Callback LoadCallback(int id, Job? job, CallbackSpec spec, CallbackState state, string user, bool isAdministrators = false)
        => new(id, job, spec, TriggerExpression.Parse(state.Trigger, EventContext.IdsOnly, out _)!, user)
        {
            Ready = state.Ready, Count = state.Count, LastUpdateMs = state.UpdatedMs, TimedToMs = state.TimedToMs, CreatedMs = state.CreatedMs, IsAdministrators = isAdministrators,
        };

    /// <summary>Why an event can never come; null = it can.</summary>
    private string? WhyNot(EventPattern pattern)
    {
        if (pattern.Job.Value == 0)
        {
            return null;
        }

        return FindJob(pattern.Job) is not { } job ? $"there is no job {pattern.Job}; list the jobs there are with qbjobs --user all" : WhyNot(pattern, job.Agenda);
    }

    private static string? WhyNot(EventPattern pattern, Agendas.Agenda? agenda)
        => pattern is { Type: EventType.Work, IsAny: false } && !(agenda?.TryIndexOf(pattern.Extra, out _) ?? false)
            ? $"job {pattern.Job} has no item '{pattern.Extra}'"
            : null;

    private void Listen(Callback callback)
    {
        var events = callback.Trigger.Events;
        for (var at = 0; at < events.Count; at++)
        {
            Listen(callback, events[at], new Listener(events[at].Name, null, callback, at));
        }

        ArmTimers(callback);
    }

    private void Listen(Callback callback, EventPattern pattern, Listener listener)
    {
        if (pattern.IsTimed)
        {
            return;
        }

        if (pattern.Type == EventType.Global || EventNames.IsUserDefined(pattern.Name))
        {
            ListOf(namedListeners, pattern.Name).Add((pattern, listener));
            return;
        }

        if (pattern.Type == EventType.Host && EventNames.IsOfHost(pattern.Name))
        {
            ListOf(hostListeners, pattern.Extra).Add(listener);
            return;
        }

        // Its own job is being made, or removed, and is not to be found.
        if ((callback.Job is { } own && own.Id == pattern.Job ? own : FindJob(pattern.Job)) is not { } job)
        {
            return;
        }

        var listeners = job.Listeners ??= new JobListeners();
        switch (pattern.Type)
        {
            case EventType.Job:
                listeners.AddJob(listener);
                break;
            case EventType.Subjob:
                listeners.AddInstance(pattern.IsAny ? null : int.Parse(pattern.Extra, CultureInfo.InvariantCulture), listener);
                break;
            case EventType.Work when pattern.IsAny:
                listeners.AddItem(null, listener);
                break;
            case EventType.Work when job.Agenda is { } agenda && agenda.TryIndexOf(pattern.Extra, out var index):
                listeners.AddItem(index, listener);
                break;
            case EventType.Host:
                listeners.AddHost(pattern.Extra, listener);
                break;
        }
    }

    private static List<T> ListOf<T>(Dictionary<string, List<T>> lists, string key)
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists[key] = list = [];
        }

        return list;
    }

    private void StopListening(Callback callback)
    {
        foreach (var pattern in callback.Trigger.Events)
        {
            FindJob(pattern.Job)?.Listeners?.Remove(null, callback);
            RemoveFrom(namedListeners, pattern.Name, entry => entry.Listener.Callback == callback);
            RemoveFrom(hostListeners, pattern.Extra, listener => listener.Callback == callback);
        }

        timers.RemoveWhere(timer => timer.Job == (callback.Job?.Id.Value ?? 0) && timer.Callback == callback.Id);
    }

    private static void RemoveFrom<T>(Dictionary<string, List<T>> lists, string key, Predicate<T> isTheirs)
    {
        if (lists.TryGetValue(key, out var list) && list.RemoveAll(isTheirs) > 0 && list.Count == 0)
        {
            lists.Remove(key);
        }
    }

    /// <summary>What a new callback waits for and is already so counts, as it does for a dependency. Its own job has only begun.</summary>
    private void HearPresent(Callback callback, Now now)
    {
        var events = callback.Trigger.Events;
        for (var at = 0; at < events.Count; at++)
        {
            var pattern = events[at];
            if (pattern.Job.Value == 0 || pattern.Job == callback.Job?.Id || FindJob(pattern.Job) is not { } job)
            {
                continue;
            }

            foreach (var happening in PresentOf(pattern, job).ToList())
            {
                HearCallback(callback, at, happening, now);
            }
        }
    }

    private static IEnumerable<Happening> PresentOf(EventPattern pattern, Job job) => pattern.Type switch
    {
        EventType.Job when Matches(pattern.Name, job.Status) => [new Happening(EventNames.Of(job.Status)!, EventType.Job, job)],
        EventType.Subjob => job.Instances
            .Where(instance => (pattern.IsAny || pattern.Extra == instance.Sub.ToString(CultureInfo.InvariantCulture)) && Matches(pattern.Name, instance.Status))
            .Select(instance => new Happening(EventNames.Of(instance.Status)!, EventType.Subjob, job, instance.Sub, -1, instance.Worker)),
        EventType.Work when job.Items is { } items && pattern.IsAny => items.Touched().Where(entry => Matches(pattern.Name, entry.Item.State))
            .Select(entry => new Happening(NameOf(entry.Item.State)!, EventType.Work, job, entry.Item.Sub, entry.Index)),
        EventType.Work when job.Items is { } items && job.Agenda!.TryIndexOf(pattern.Extra, out var index) && Matches(pattern.Name, items[index].State)
            => [new Happening(NameOf(items[index].State)!, EventType.Work, job, items[index].Sub, index)],
        _ => [],
    };

    private void ArmTimers(Callback callback)
    {
        var events = callback.Trigger.Events;
        for (var at = 0; at < events.Count; at++)
        {
            // A repeated event of a job ends with it; one of a time comes whatever the job is.
            if (events[at].IsTimed && !callback.IsSpent && !(events[at].Type == EventType.Repeat && callback.Job?.Status.IsDone() == true)
                && events[at].NextAfter(events[at].IntervalMs > 0 ? Math.Max(callback.TimedToMs, callback.CreatedMs) : callback.TimedToMs) is { } due)
            {
                timers.Add((due, callback.Job?.Id.Value ?? 0, callback.Id, at));
            }
        }
    }

    /// <summary>What a job that runs again waits for anew.</summary>
    private void RearmTimers(Job job, Now now)
    {
        foreach (var callback in job.Callbacks)
        {
            callback.TimedToMs = Math.Max(callback.TimedToMs, now.Unix);
            ArmTimers(callback);
        }
    }

    /// <summary>In monotonic time. Events of time are by the clock on the wall, which may be set: so it is asked anew at each turn.</summary>
    private long? NextTimeEvent(Now now) => timers.Count > 0 ? now.Monotonic + Math.Max(1, timers.Min.DueMs - now.Unix) : null;

    private static long? Earlier(long? a, long? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);

    private void RunTimeEvents(Now now)
    {
        while (timers.Count > 0 && timers.Min.DueMs <= now.Unix)
        {
            var due = timers.Min;
            timers.Remove(due);
            var callback = due.Job == 0 ? globalCallbacks.GetValueOrDefault(due.Callback) : FindJob(new JobId(due.Job))?.Callbacks[due.Callback];
            if (callback is null)
            {
                continue;
            }

            var pattern = callback.Trigger.Events[due.Event];
            callback.TimedToMs = now.Unix;
            if (pattern.Type != EventType.Repeat || callback.Job?.Status.IsDone() != true)
            {
                HearCallback(callback, due.Event, new Happening(pattern.Name, pattern.Type, callback.Job), now);

                // What was missed while nobody was here came once.
                if (!callback.IsSpent && pattern.IntervalMs > 0 && pattern.NextAfter(now.Unix) is { } next)
                {
                    timers.Add(due with { DueMs = next });
                }
            }

            MarkDirty(callback);
        }
    }
}
