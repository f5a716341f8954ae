using Quern.Configuration;
using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>What the supervisor says. Each order is safe to hear twice.</summary>
internal sealed partial class WorkerCore
{
    public void Received(Wire.SupervisorMessage message, long now)
    {
        switch (message.BodyCase)
        {
            case Wire.SupervisorMessage.BodyOneofCase.Welcome:
                Welcome(message.Welcome);
                break;
            case Wire.SupervisorMessage.BodyOneofCase.Orders:
                foreach (var order in message.Orders.Orders_)
                {
                    Obey(order);
                }

                break;
            case Wire.SupervisorMessage.BodyOneofCase.Refusal:
                Refused(message.Refusal);
                break;
            case Wire.SupervisorMessage.BodyOneofCase.None:
                // A kind of message that a newer supervisor knows and this worker does not.
                break;
        }

        SendReports(now);
        CheckFinished();
    }

    private void Welcome(Wire.Welcome welcome)
    {
        IsServing = true;
        _isProgressHeard = welcome.HearsProgress;
        _isReopening = false;
        Refusal = null;
        WorkerId = welcome.WorkerId;
        _nextHeartbeat = 0;
        var refused = new List<string>();
        _settings = _settings with { Central = WorkerSettings.CheckCentral(welcome.Settings, refused) };
        _settingsVersion = welcome.SettingsVersion;
        refused.ForEach(Warn);

        Note($"connected to supervisor {welcome.Supervisor} as worker {welcome.WorkerId}");
        TellChanges();
    }

    /// <summary>New central settings while connected. Runs that are here keep what they were started with.</summary>
    private void Use(Wire.Settings settings)
    {
        if (settings.Version <= _settingsVersion)
        {
            return;
        }

        _settingsVersion = settings.Version;
        var refused = new List<string>();
        var central = WorkerSettings.CheckCentral(settings.Values, refused);
        refused.ForEach(Warn);
        var changed = central.Keys.Union(_settings.Central.Keys).Where(key => central.GetValueOrDefault(key) != _settings.Central.GetValueOrDefault(key)).Order(StringComparer.Ordinal).ToList();
        if (changed.Count == 0)
        {
            return;
        }

        _settings = _settings with { Central = central };
        Note($"version {settings.Version} of the supervisor's settings holds for new runs: {string.Join(", ", changed.Select(key => central.TryGetValue(key, out var value) ? $"{key} = {SettingSchema.Find(key)!.Shown(value)}" : $"{key} no more"))}");
        TellChanges();
    }

    /// <summary>Settings that change what the supervisor was told of this worker (slots, account): say it anew.</summary>
    private void TellChanges()
    {
        if (_told is not null && !Describe().Equals(_told))
        {
            Reopen();
        }
    }

    private void Refused(Wire.Refusal refusal)
    {
        Warn($"the supervisor refuses this worker: {refusal.Text}");
        if (refusal.Permanent)
        {
            Refusal = refusal.Text;
        }
    }

    private void Obey(Wire.Order order)
    {
        switch (order.BodyCase)
        {
            case Wire.Order.BodyOneofCase.Start:
                Start(order.Start);
                break;
            case Wire.Order.BodyOneofCase.Grant:
                Grant(LinkRecords.Key(order.Grant.Key), LinkRecords.Leases(order.Grant.Items));
                break;
            case Wire.Order.BodyOneofCase.Recall:
                Recall(order.Recall);
                break;
            case Wire.Order.BodyOneofCase.Stop:
                Stop(order.Stop);
                break;
            case Wire.Order.BodyOneofCase.Acknowledge:
                Acknowledge(LinkRecords.Key(order.Acknowledge.Key), order.Acknowledge.Position, order.Acknowledge.Counted);
                break;
            case Wire.Order.BodyOneofCase.Forget:
                Forget(LinkRecords.Key(order.Forget.Key));
                break;
            case Wire.Order.BodyOneofCase.Resize:
                Resize(order.Resize);
                break;
            case Wire.Order.BodyOneofCase.Settings:
                Use(order.Settings);
                break;
            case Wire.Order.BodyOneofCase.None:
                break;
        }
    }

    private void Start(Wire.Start start)
    {
        var key = LinkRecords.Key(start.Key);
        if (_held.TryGetValue(key, out var known))
        {
            known.Slots = Math.Max(1, start.Slots);
            Grant(key, LinkRecords.Leases(start.Items));
            return;
        }

        var state = new RunState(key) { Slots = Math.Max(1, start.Slots) };
        if ((WhyNot(state.Slots) ?? WhyNotType(start.JobType) ?? LaunchPlan.Problem(start, _settings)) is { } why)
        {
            _runs.Refuse(key, RunEndCause.Refused, why);
        }
        else if ((WhyNotFor(start.User) ?? LogonPlan.Problem(start, _facts, _settings)) is { } notTheirs)
        {
            // Other hosts are tried first, and no frame or retry is spent.
            _runs.Refuse(key, RunEndCause.BadLogin, notTheirs);
        }
        else
        {
            var launch = LaunchPlan.Build(start, _facts, _settings, _held.Values, _types.Find(start.JobType));
            state.Account = launch.Account;
            state.KillGraceSeconds = launch.KillGraceSeconds;
            foreach (var lease in launch.Items)
            {
                state.Grant(lease);
            }

            Note($"{key} starts as {launch.Account}: job '{launch.JobName}' of {launch.Submitter}");
            _runs.Start(launch);
        }

        _held.Add(key, state);
        state.IsEnded = _runs.Find(key) is not { Ended: false };
        // The supervisor has nothing of a run that begins here.
        state.Position(0);
        MarkUnread(state);
    }

    /// <summary>The reason not to begin a run, one sentence; null when there is none.</summary>
    private string? WhyNot(int slots)
    {
        if (_stop is not null)
        {
            return $"{_facts.Name} is {(_stop == StopKind.Drain ? "draining" : "stopping")} and takes no new runs";
        }

        if (_yield is not null)
        {
            return $"{_facts.Name} yields to the desktop worker of {_yieldsTo} and takes no new runs";
        }

        if (_held.Count >= Wire.LinkLimits.InstancesPerWorker)
        {
            return $"{_facts.Name} already holds {_held.Count} runs, the most a worker may have";
        }

        var used = _held.Values.Where(run => run.OccupiesSlots).Sum(run => run.Slots);
        var all = _settings.Slots(_facts.Cores);
        return used + slots > all
            ? $"{_facts.Name} has no room: {used} of {all} slots are used and the run asks for {slots}"
            : null;
    }

    private string? WhyNotType(string name) => name.Length == 0 || JobTypes.IsCommand(name) || _types.Find(name) is not null
        ? null
        : $"{_facts.Name} has not got the job type '{name}': install it in a folder of worker_template_path there";

    /// <summary>The reason not to take somebody's job, one sentence; null when there is none.</summary>
    private string? WhyNotFor(string submitter) =>
        _facts.Mode == WorkerMode.Desktop && submitter != _facts.Owner && _settings.Text("worker_desktop_accept") == "owner"
            ? $"the desktop worker on host '{_facts.Name}' takes jobs of its owner {_facts.Owner} only, and this one is {submitter}'s: submit as {_facts.Owner}, or have them set worker_desktop_accept = any"
            : null;

    private void Grant(RunKey key, List<ItemLease> leases)
    {
        if (!_held.TryGetValue(key, out var state))
        {
            return;
        }

        var fresh = leases.Where(state.Grant).ToList();
        if (fresh.Count > 0)
        {
            _runs.Order(key, new GrantItems(fresh));
        }
    }

    private void Recall(Wire.Recall recall)
    {
        var key = LinkRecords.Key(recall.Key);
        if (_held.ContainsKey(key) && recall.Items.Count > 0)
        {
            _runs.Order(key, new RecallItems([.. recall.Items.Select(lease => (lease.Item, lease.Attempt))]));
        }
    }

    private void Resize(Wire.Resize resize)
    {
        var key = LinkRecords.Key(resize.Key);
        if (_held.TryGetValue(key, out var state) && state.Slots != resize.Slots && resize.Slots > 0)
        {
            state.Slots = resize.Slots;
            _runs.Order(key, new ResizeRun(resize.Slots, resize.Allocations));
        }
    }

    private void Stop(Wire.Stop stop)
    {
        var key = LinkRecords.Key(stop.Key);
        if (!_held.ContainsKey(key))
        {
            return;
        }

        RunOrder? order = stop.How switch
        {
            Wire.StopHow.Finish => new FinishRun(stop.Status is "pending" or "blocked" ? stop.Status : FinishRun.Complete),
            Wire.StopHow.Kill => new KillRun(stop.Reason, WorkerStopping: false),
            Wire.StopHow.Item => new KillItem(stop.Item, stop.Attempt, stop.Reason),
            Wire.StopHow.Suspend => new SuspendRun(),
            Wire.StopHow.Resume => new ResumeRun(),
            _ => null,
        };
        if (order is null)
        {
            Warn($"{key}: the supervisor's way to stop ({(int)stop.How}) is not known here; update this worker");
            return;
        }

        _runs.Order(key, order);
    }

    private void Acknowledge(RunKey key, long position, long counted)
    {
        if (!_held.TryGetValue(key, out var state) || position < 0)
        {
            return;
        }

        if (!state.IsPositioned)
        {
            state.Position(position);
            MarkUnread(state);
        }

        _inFlight -= state.Acknowledge(position, Math.Max(position, counted));
        _runs.Discard(key, position);
    }

    private void Forget(RunKey key)
    {
        if (_held.Remove(key, out var state))
        {
            _inFlight -= state.Drop();
        }

        _runs.Forget(key);
    }
}
