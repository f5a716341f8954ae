using System.Text.Json;
using Quern.Core.Dependencies;
using Quern.Core.Dispatch;
using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// The farm: jobs, instances, items, workers, and every rule that changes them. Synchronous and single-owner: the supervisor's loop calls one
/// method per fact, then <see cref="Take"/>, which settles what follows (triggers, leases, dispatch) and hands over the changed rows and the
/// orders. Nothing of a turn may be said to anybody before its rows are durable.
/// <code>
/// facts (Farm.Submit, .Actions, .Link, .Reports) -> state + dirty marks -> Take: settle (Farm.Settle) -> dispatch (Farm.Dispatch) -> rows, orders
/// </code>
/// </summary>
public sealed partial class Farm
{
    private FarmOptions options;
    private readonly SortedDictionary<long, Job> jobs = [];
    private readonly Dictionary<long, Job> jobsById = [];
    private readonly SortedDictionary<int, Worker> workers = [];
    private readonly Dictionary<int, Worker> workersById = [];
    private readonly Dictionary<string, RequestRow> requests = [];
    private readonly Dictionary<string, string> settings = [];
    private readonly SortedDictionary<string, CredentialRow> credentials = new(StringComparer.Ordinal);
    private readonly Queue<Job> unsettled = new();
    private readonly ParsedWords parsedWords = new();
    private TurnBuilder turn = new();
    private long lastJob;
    private long lastEvent;

    private Farm(FarmOptions options) => (this.options, index) = (options, new DispatchIndex(new DispatchRules(options)));

    public IReadOnlyCollection<Job> Jobs => jobs.Values;
    public IReadOnlyCollection<Worker> Workers => workers.Values;

    public Job? FindJob(JobId id) => jobsById.GetValueOrDefault(id.Value);
    public Worker? FindWorker(WorkerId id) => workersById.GetValueOrDefault(id.Value);

    /// <summary>A record kept beside the farm (join tokens, counters); null when there is none.</summary>
    public string? Setting(string key) => settings.GetValueOrDefault(key);

    /// <summary>Keys that begin with <paramref name="prefix"/>, with what is kept under them, as they are now.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> SettingsOf(string prefix) => [.. settings.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))];

    /// <summary>Keeps <paramref name="value"/> under <paramref name="key"/>; null removes it.</summary>
    public void PutSetting(string key, string? value)
    {
        if (value is null ? !settings.Remove(key) : settings.TryGetValue(key, out var old) && old == value)
        {
            return;
        }

        if (value is not null)
        {
            settings[key] = value;
        }

        turn.Rows.Settings.Add(new SettingRow(key, value));
    }

    /// <summary>The farm as the rows have it. Every worker is away and counts as lost only after the reconnection window.</summary>
    public static Farm Load(FarmRows rows, FarmOptions options, Now now)
    {
        var farm = new Farm(options) { lastJob = rows.LastJob, lastEvent = rows.LastEvent };
        foreach (var row in rows.Settings)
        {
            farm.settings[row.Key] = row.Value!;
        }

        // What instances hold of the farm is counted as they are loaded.
        farm.LoadAdministration();
        farm.LoadRemoved();
        foreach (var row in rows.Workers)
        {
            var facts = JsonSerializer.Deserialize(row.Facts, CoreJson.Default.WorkerFacts)!;
            var worker = new Worker(new WorkerId(row.Id), facts) { LastContactMs = row.LastContactMs, LostAtMs = now.Monotonic + options.WorkerLostMs };
            farm.Add(worker);
            farm.LoadWords(worker);
            farm.SetAlarm(worker, worker.LostAtMs);
            farm.index.Reclassify(worker);
            farm.index.Refresh(worker);
        }

        foreach (var row in rows.Jobs)
        {
            farm.LoadJob(row, now);
        }

        foreach (var row in rows.Items)
        {
            farm.jobs[row.Job].Items!.Set(row.Item, new Item
            {
                State = (ItemState)row.Status, Attempts = row.Attempts, Retries = row.Retries, Sub = row.Sub, Worker = row.Worker,
                ExitCode = row.ExitCode, Reason = row.Reason.Length == 0 ? null : row.Reason, StartedMs = row.StartedMs, EndedMs = row.EndedMs,
                Result = row.Result.Length > 0 ? row.Result : null,
                Usage = new ItemUsage(row.CpuMs, row.PeakMemoryKb, row.ReadKb, row.WrittenKb),
            });
        }

        foreach (var row in rows.Instances)
        {
            farm.LoadInstance(row, now);
        }

        foreach (var row in rows.Requests.OrderBy(row => row.UnixMs))
        {
            farm.KeepRequest(row);
        }

        foreach (var row in rows.Credentials)
        {
            farm.credentials[row.User] = row;
        }

        foreach (var row in rows.Users)
        {
            farm.users[(row.User, row.Group)] = row;
        }

        foreach (var worker in farm.workers.Values)
        {
            worker.Lock = farm.Setting(LockKey(worker)) is { } text ? HostLock.Parse(text, out _) ?? HostLock.None : HostLock.None;
            farm.RefreshLock(worker, now);
        }

        foreach (var job in farm.jobs.Values)
        {
            job.Status = StatusOf(job);
            farm.LoadRecords(job);
            farm.Unsettle(job);
        }

        farm.LoadTriggers(now);
        return farm;
    }

    private void LoadJob(JobRow row, Now now)
    {
        var spec = JsonSerializer.Deserialize(row.Spec, CoreJson.Default.JobSpec)!;
        var state = JsonSerializer.Deserialize(row.State, CoreJson.Default.JobState)!;
        var job = new Job(new JobId(row.Id), spec, parsedWords, state.Instances)
        {
            Hold = state.Hold, SubmittedMs = state.SubmittedMs, StartedMs = state.StartedMs, EndedMs = state.EndedMs,
            MeanItemMs = state.MeanItemMs, AutoMigrations = state.AutoMigrations, Label = state.Label, Pgrp = state.Pgrp, Order = state.Order, OutputGoneMs = state.OutputGoneMs,
        };
        job.SpecText = row.Spec;
        job.Items?.Restore(state.Untouched, state.AttemptBase);
        if (state.Dependency.Length > 0)
        {
            job.Dependency = DependencyExpression.Parse(state.Dependency, EventContext.IdsOnly, out _);
            job.Dependency!.Restore(state.Satisfied);
        }

        foreach (var (worker, until) in state.Bars.Where(bar => bar.Value > now.Unix))
        {
            job.Bars[new WorkerId(worker)] = until;
            Bar(job, MemberOrRemoved(worker)!, new HostRefusal(now.Monotonic + until - now.Unix, "migrated away from it", false) { IsMigration = true });
        }

        job.Callbacks = [.. (state.Callbacks ?? []).Select((kept, at) => LoadCallback(at, job, spec.Callbacks[at], kept, OwnerOf(spec.Callbacks[at], spec)))];
        Add(job);
    }

    private void Add(Job job)
    {
        jobs.Add(job.Id.Value, job);
        jobsById.Add(job.Id.Value, job);
        index.Classify(job);
    }

    private void Add(Worker worker)
    {
        workers.Add(worker.Id.Value, worker);
        workersById.Add(worker.Id.Value, worker);
    }

    private void LoadInstance(InstanceRow row, Now now)
    {
        var job = jobs[row.Job];
        while (job.Instances.Length <= row.Sub)
        {
            job.AddSecondary();
        }

        var instance = job.Instances[row.Sub];
        if (InstanceMarks.SaysSecondary(row.Marks))
        {
            instance.MakeSecondary();
        }

        instance.Worker = row.Worker == 0 ? null : MemberOrRemoved(row.Worker)!;
        instance.Status = (Status)row.Status;
        instance.Phase = (RunPhase)row.Phase;
        instance.Result = row.Result;
        instance.Run = row.Run;
        instance.Retries = row.Retries;
        instance.Position = row.Position;
        instance.OutputPosition = row.OutputPosition;
        instance.OutputBytes = row.OutputBytes;
        instance.OutputSeen = row.OutputPosition;
        instance.HeardTo = row.OutputPosition;
        instance.Account = row.Account;
        instance.Allocations = row.Allocations;
        instance.Slots = HoldingOf(instance).Slots.Minimum;
        instance.Reason = row.Reason;
        InstanceMarks.Read(row.Marks, instance);
        instance.StartedMs = row.StartedMs;
        instance.EndedMs = row.EndedMs;
        LeaseText.Read(row.Leases, instance);
        instance.HasWaited = instance.Shown == Status.Waiting;
        if (instance.Phase != RunPhase.Idle && instance.Worker is { } worker)
        {
            Stir(instance);
            worker.Instances.Add(instance);
            if (instance.IsPlaced)
            {
                Occupy(instance, HoldingOf(instance));
            }

            LoadTime(instance, now);
        }

        if (job.Items is null || instance.Phase == RunPhase.Lost)
        {
            return;
        }

        foreach (var lease in instance.Leases)
        {
            var item = job.Items[lease.Item];
            var isCurrent = instance.CurrentItem == lease.Item;
            item.State = isCurrent ? ItemState.Running : ItemState.Leased;
            item.Attempts = lease.Attempt;
            item.Sub = instance.Sub;
            item.Worker = instance.Worker!.Id.Value;
            item.StartedMs = isCurrent ? instance.CurrentStartedMs : 0;
            job.Items.Set(lease.Item, item);
        }
    }

    /// <summary>Earliest monotonic time at which <see cref="Take"/> has something to do though nothing happened; null = never.</summary>
    public long? NextWake { get; private set; }

    /// <summary>Settles everything since the last call and hands it over. An empty turn is possible.</summary>
    public Turn Take(Now now)
    {
        RunAlarms(now);
        RunTimeEvents(now);
        KeepHosts(now);
        rounds = 0;
        placementsLeft = options.PlacementsInOneTurn;
        do
        {
            SettleAll(now);
        }
        while (Dispatch(now) || FillIdle(now) || happenings.Count > 0);
        foreach (var fault in options.Policy?.TakeFaults() ?? [])
        {
            Note(EventComponent.Admin, Caller.Farm, fault, now);
        }

        NextWake = HasMoreToPlace ? now.Monotonic : Earlier(NextAlarm, NextTimeEvent(now));
        var taken = turn.Build(this, options.History, ref lastEvent);
        turn = new TurnBuilder();
        return taken;
    }

    /// <summary>Settles until nothing happens any more. Events come first: what callbacks do about them is there before a job's end is.</summary>
    private void SettleAll(Now now)
    {
        do
        {
            rounds += Hear(now) ? 1 : 0;
            Settle(now);
        }
        while (happenings.Count > 0);
    }

    private void MarkDirty(Job job)
    {
        if (!job.IsDirty)
        {
            job.IsDirty = true;
            turn.Jobs.Add(job);
        }
    }

    private void MarkDirty(Instance instance)
    {
        Stir(instance);
        if (!instance.IsDirty)
        {
            instance.IsDirty = true;
            turn.Instances.Add(instance);
        }
    }

    /// <summary>The instance is looked at when its job is next settled.</summary>
    private static void Stir(Instance instance)
    {
        if (!instance.IsStirred)
        {
            instance.IsStirred = true;
            instance.Job.Stirred.Add(instance);
        }
    }

    private void MarkDirty(Worker worker)
    {
        if (!worker.IsDirty)
        {
            worker.IsDirty = true;
            turn.Workers.Add(worker);
        }
    }

    private void Unsettle(Job job)
    {
        turn.Changed.Add(job.Id);
        if (!job.IsUnsettled)
        {
            job.IsUnsettled = true;
            unsettled.Enqueue(job);
        }
    }

    private void Send(Worker worker, LinkOrder order)
    {
        if (worker.IsConnected)
        {
            turn.Orders.Add(new AddressedOrder(worker.Id, worker.Connections, order));
        }
    }

    private void Record(Job job, int sub, string items, Caller caller, string comment, Now now)
        => turn.Events.Add(new EventRow(0, now.Unix, job.Id.Value, sub, items, caller.User, caller.From, comment));
}
