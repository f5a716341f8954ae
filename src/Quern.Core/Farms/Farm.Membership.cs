using System.Globalization;
using System.Text.Json;
using Quern.Core.Jobs;
using Quern.Core.Triggers;
using Quern.Core.Workers;

namespace Quern.Core.Farms;

/// <summary>
/// Hosts become members of the farm, and stop being it. What ran on one that is removed goes back to the queue; its row goes, a record under
/// <c>removed-worker/ID</c> stays: for as long as the host is kept out, and for its name.
/// <code>
/// WorkerJoined -> member -> RemoveWorker -> kept out -> LetWorkerBack -> member again when it connects (LinkUp), or joins anew (WorkerRejoined)
///                    \-- lost, with the flag auto_remove -------/
/// </code>
/// </summary>
public sealed partial class Farm
{
    private const string RemovedPrefix = "removed-worker/";
    private readonly SortedDictionary<int, (Worker Worker, RemovedHost Record)> removedWorkers = [];

    /// <summary>Hosts that were removed and have not come back, by number.</summary>
    public IEnumerable<(WorkerId Id, RemovedHost Host)> RemovedHosts => removedWorkers.Select(pair => (new WorkerId(pair.Key), pair.Value.Record));

    /// <summary>The record of a host that was removed and has not come back; null when there is none.</summary>
    public RemovedHost? FindRemoved(WorkerId id) => removedWorkers.TryGetValue(id.Value, out var found) ? found.Record : null;

    /// <summary>The name of a host that is, or was, a member; empty when the farm never had it.</summary>
    public string HostNameOf(WorkerId id) => FindWorker(id)?.Name ?? FindRemoved(id)?.Facts.Name ?? "";

    /// <summary>Gives a new worker its number. The edge has checked its right to join.</summary>
    public WorkerId WorkerJoined(WorkerFacts facts, Caller caller, Now now)
    {
        var id = new WorkerId(1 + Math.Max(workers.Count == 0 ? 0 : workers.Keys.Max(), removedWorkers.Count == 0 ? 0 : removedWorkers.Keys.Max()));
        var worker = new Worker(id, facts) { LastContactMs = now.Unix };
        AddMember(worker);
        Note(EventComponent.Admin, caller, $"worker {id} joined: {facts.Name} ({facts.Mode})", now);
        return id;
    }

    /// <summary>A host joins that was a member before, with a state of its own lost or left behind: it is the same host, and one record. The edge has checked its right.</summary>
    public void WorkerRejoined(WorkerId id, WorkerFacts facts, Caller caller, Now now)
    {
        Readmit(id);
        var worker = workers[id.Value];
        worker.Tell(facts);
        index.Reclassify(worker);
        MarkDirty(worker);
        Note(EventComponent.Admin, caller, $"worker {id} joined again: {facts.Name} ({facts.Mode})", now);
    }

    /// <summary>Takes a host out of the farm: what runs there is ended and runs elsewhere, at no cost of a retry, and it may not come back until it is let back.</summary>
    public void RemoveWorker(WorkerId id, Caller caller, Now now)
    {
        if (FindWorker(id) is not { } worker)
        {
            return;
        }

        Remove(worker, new RemovedHost { Facts = worker.Told, By = caller.User, From = caller.From, RemovedMs = now.Unix, LastContactMs = worker.LastContactMs }, $"host {worker.Name} was removed from the farm", now);
        RecordHost(worker, caller, "removed from the farm", now);
    }

    /// <summary>A host that is there for a time only (worker flag <c>auto_remove</c>) went: it is no member any more, and may come back by itself. Source: reference, qube-worker 1.5.</summary>
    private void RemoveGone(Worker worker, Now now)
    {
        if (!worker.IsTransient || worker.Instances.Any(instance => instance.Phase == RunPhase.Closing))
        {
            // The last output of what has ended there is worth a record of a host that is down.
            return;
        }

        Remove(worker, new RemovedHost { Facts = worker.Told, By = Caller.Farm.User, RemovedMs = now.Unix, LastContactMs = worker.LastContactMs, IsLetBack = true }, $"{worker.Name} is lost", now);
        RecordHost(worker, Caller.Farm, "left the farm (auto_remove)", now);
    }

    private void Remove(Worker worker, RemovedHost record, string reason, Now now)
    {
        foreach (var instance in worker.Instances.ToList())
        {
            if (instance.IsPlaced)
            {
                Send(worker, new KillOrder(instance.RunId, reason));
                GiveUp(instance, reason, now);
            }

            LetGo(instance);
        }

        ReleaseHost(worker);
        if (!worker.IsLost)
        {
            HostHappened(worker, EventNames.Down);
        }

        worker.IsConnected = false;
        worker.LostAtMs = null;
        worker.IsRemoved = true;
        index.Remove(worker);
        workers.Remove(worker.Id.Value);
        workersById.Remove(worker.Id.Value);
        PutSetting(LockKey(worker), null);
        worker.Lock = HostLock.None;
        PutRemoved(worker, record);
        turn.Rows.RemovedWorkers.Add(worker.Id.Value);
        turn.ClosedLinks.Add(worker.Id);
    }

    /// <summary>Has a connected host come anew, and so say again what it is and has. What it runs goes on.</summary>
    /// <returns>False when it is not connected.</returns>
    public bool RefreshWorker(WorkerId id, Caller caller, Now now)
    {
        if (FindWorker(id) is not { IsConnected: true } worker)
        {
            return false;
        }

        turn.ClosedLinks.Add(id);
        RecordHost(worker, caller, "asked to say anew what it has", now);
        return true;
    }

    /// <summary>The host may come back by itself.</summary>
    /// <returns>False when it is not kept out.</returns>
    public bool LetWorkerBack(WorkerId id, Caller caller, Now now)
    {
        if (!removedWorkers.TryGetValue(id.Value, out var found) || found.Record.IsLetBack)
        {
            return false;
        }

        PutRemoved(found.Worker, found.Record with { IsLetBack = true });
        RecordHost(found.Worker, caller, "may come back to the farm", now);
        return true;
    }

    /// <summary>A host that was let back is a member again.</summary>
    private void Readmit(WorkerId id)
    {
        if (removedWorkers.Remove(id.Value, out var found))
        {
            PutSetting(RemovedKey(id), null);
            found.Worker.IsRemoved = false;
            found.Worker.SlotsLocked = 0;
            AddMember(found.Worker);
        }
    }

    private void AddMember(Worker worker)
    {
        Add(worker);
        index.Reclassify(worker);
        index.Refresh(worker);
        MarkDirty(worker);
    }

    private void PutRemoved(Worker worker, RemovedHost record)
    {
        removedWorkers[worker.Id.Value] = (worker, record);
        PutSetting(RemovedKey(worker.Id), JsonSerializer.Serialize(record, CoreJson.Default.RemovedHost));
    }

    /// <summary>A member or one that was removed; null for none.</summary>
    private Worker? MemberOrRemoved(int id) => workers.TryGetValue(id, out var worker) ? worker : removedWorkers.TryGetValue(id, out var removed) ? removed.Worker : null;

    private void LoadRemoved()
    {
        foreach (var (key, value) in settings)
        {
            if (key.StartsWith(RemovedPrefix, StringComparison.Ordinal))
            {
                var record = JsonSerializer.Deserialize(value, CoreJson.Default.RemovedHost)!;
                var id = int.Parse(key.AsSpan(RemovedPrefix.Length), CultureInfo.InvariantCulture);
                removedWorkers[id] = (new Worker(new WorkerId(id), record.Facts) { LastContactMs = record.LastContactMs, IsRemoved = true }, record);
            }
        }
    }

    private static string RemovedKey(WorkerId id) => RemovedPrefix + id.Value.ToString(CultureInfo.InvariantCulture);
}
