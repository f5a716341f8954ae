using Quern.Core.Actions;
using Quern.Core.Agendas;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Tests.Farms;

/// <summary>
/// A farm with workers that do what they are told when the test says so. Rows are kept as a store keeps them, so that a test can restart the
/// supervisor; invariants are checked after every turn.
/// </summary>
internal sealed class FarmHarness
{
    private readonly SortedDictionary<long, JobRow> jobRows = [];
    private readonly SortedDictionary<(long, int), InstanceRow> instanceRows = [];
    private readonly SortedDictionary<(long, int), ItemRow> itemRows = [];
    private readonly SortedDictionary<int, WorkerRow> workerRows = [];
    private readonly SortedDictionary<string, RequestRow> requestRows = [];
    private readonly SortedDictionary<string, SettingRow> settingRows = [];
    private readonly SortedDictionary<string, CredentialRow> credentialRows = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), UserRow> userRows = [];
    private long clock = 1_000_000;
    private long lastEvent;
    private long lastJob;
    private int requests;

    public FarmHarness(FarmOptions? options = null)
    {
        Options = options ?? new FarmOptions();
        Farm = Farm.Load(Rows(), Options, Now);
    }

    public FarmOptions Options { get; }
    public Farm Farm { get; private set; }
    public List<EventRow> History { get; } = [];
    public List<Quern.Core.Triggers.OutboxEntry> Mails { get; } = [];
    public List<Quern.Core.Triggers.CallbackPost> Posts { get; } = [];

    /// <summary>What workers were told, whether they heard it or not.</summary>
    public List<LinkOrder> Orders { get; } = [];
    public Dictionary<WorkerId, FakeWorker> Workers { get; } = [];
    public Dictionary<(JobId Job, int Item), int> Completions { get; } = [];
    public Now Now => new(clock, 1_732_000_000_000 + clock);
    public static Caller Ann { get; } = new("ann", "desk1", false);
    public static Caller Root { get; } = new("root", "desk1", true);

    public FakeWorker AddWorker(int slots = 2, string name = "w1", string sealingKey = "", Func<WorkerFacts, WorkerFacts>? change = null)
    {
        var facts = new WorkerFacts { Name = name, Slots = slots, Mode = "service", ProxyMode = sealingKey.Length > 0 ? "user" : "proxy", Address = "10.0.0.1", SealingKey = sealingKey };
        facts = change is null ? facts : change(facts);
        var worker = new FakeWorker(this, Farm.WorkerJoined(facts, Root, Now), facts);
        Workers.Add(worker.Id, worker);
        Settle();
        worker.Connect();
        return worker;
    }

    public JobId Submit(string range = "", Func<JobSpec, JobSpec>? change = null)
    {
        var result = SubmitAll([Spec(range, change)]);
        Assert.Null(result.Refusal);
        return result.Ids[0];
    }

    public SubmitResult SubmitAll(IReadOnlyList<JobSpec> specs, string? request = null)
    {
        var result = Farm.Submit(new Submission(request ?? $"r{++requests}", Ann, specs), Now);
        Settle();
        return result;
    }

    public static JobSpec Spec(string range = "", Func<JobSpec, JobSpec>? change = null)
    {
        var agenda = range.Length == 0 ? "" : Agenda.Parse(range, AgendaSplit.Frames, 1, AgendaOrder.Ascend, 10_000_000).Agenda!.Save();
        var spec = new JobSpec
        {
            Prototype = range.Length == 0 ? "cmdline" : "cmdrange", User = "ann", Agenda = agenda, Range = range,
            Package = new Dictionary<string, string> { ["cmdline"] = "render QB_FRAME_NUMBER" },
        };
        return change is null ? spec : change(spec);
    }

    public ActionResult Act(Verb verb, string target, Caller? caller = null, IReadOnlyList<Status>? statuses = null, bool itemsOnly = false, bool instancesOnly = false, bool letsFinish = false, JobChanges? changes = null)
    {
        var colon = target.Split(':');
        var dot = colon[0].Split('.');
        var parsed = new Target(new JobId(long.Parse(dot[0])), dot.Length > 1 ? int.Parse(dot[1]) : null, colon.Length > 1 ? colon[1] : null);
        var result = Farm.Act(new FarmAction(verb, caller ?? Ann, [parsed], statuses ?? [], instancesOnly, itemsOnly) { LetsFinish = letsFinish, Changes = changes }, Now);
        Settle();
        return result;
    }

    public ActionResult Modify(string target, Func<JobSpec, JobSpec> change, params string[] names) => Act(Verb.Modify, target, Root, changes: Change(change, names));

    public static JobChanges Change(Func<JobSpec, JobSpec> change, params string[] names)
        => new(change(new JobSpec { Prototype = "", User = "" }), [.. names.Select(name => JobAttribute.Find(name) ?? throw new InvalidOperationException(name))]);

    public Job Job(JobId id) => Farm.FindJob(id)!;

    public void Advance(long ms)
    {
        clock += ms;
        Settle();
    }

    /// <summary>Takes the turn, keeps its rows, delivers its orders.</summary>
    public void Settle()
    {
        var turn = Farm.Take(Now);
        Farm.CheckInvariants();
        Keep(turn.Rows);
        Mails.AddRange(turn.Mails);
        Posts.AddRange(turn.Posts);
        foreach (var addressed in turn.Orders)
        {
            Orders.Add(addressed.Order);
            Workers[addressed.Worker].Hear(addressed.Order);
        }

        foreach (var chunk in turn.Output)
        {
            Workers.Values.First().Output.Add(chunk);
        }
    }

    /// <summary>The supervisor dies and starts again from what it had committed; every worker connects anew.</summary>
    public void Restart()
    {
        var before = Dump();
        Farm = Farm.Load(Rows(), Options, Now);
        Settle();
        Assert.Equal(before, Dump());
        foreach (var worker in Workers.Values.Where(worker => worker.IsConnected).ToList())
        {
            worker.Connect();
        }
    }

    /// <summary>Everything that must be the same after a restart.</summary>
    public string Dump() => string.Join("\n", Farm.Jobs.Select(job =>
        $"{job.Id} {job.Status} {job.Hold} {job.Label} {job.Pgrp} {job.Order} {job.Spec.Priority} {job.Spec.Cpus} {job.Spec.Requirements} {job.Spec.Hosts} {job.Reservations.Text} {string.Join(",", job.Callbacks.Select(c => $"{c.Id}:{c.Count}:{c.Ready}"))} {job.Dependency?.Satisfied} " + string.Join(";", job.InstanceList.Select(i => $"{i.Sub} {i.Status} {i.Phase} {i.Leaving} {i.IsRetired} {i.Run} {i.Position} {i.CurrentItem} [{string.Join(",", i.Leases.Select(l => $"{l.Item}@{l.Attempt}"))}]"))
        + (job.Items is null ? "" : " " + string.Join(",", Enumerable.Range(0, Math.Min(job.Items.Count, 200)).Select(at => $"{at}:{job.Items[at].State}/{job.Items[at].Attempts}")))));

    private void Keep(RowBatch batch)
    {
        foreach (var id in batch.RemovedJobs)
        {
            jobRows.Remove(id);
            instanceRows.Keys.Where(key => key.Item1 == id).ToList().ForEach(key => instanceRows.Remove(key));
            itemRows.Keys.Where(key => key.Item1 == id).ToList().ForEach(key => itemRows.Remove(key));
        }

        foreach (var id in batch.ClearedItems)
        {
            itemRows.Keys.Where(key => key.Item1 == id).ToList().ForEach(key => itemRows.Remove(key));
        }

        Assert.Distinct(batch.Items.Select(row => (row.Job, row.Item)));
        batch.Jobs.ForEach(row => jobRows[row.Id] = row);
        batch.Instances.ForEach(row => instanceRows[(row.Job, row.Sub)] = row);
        batch.Items.ForEach(row => itemRows[(row.Job, row.Item)] = row);
        batch.RemovedWorkers.ForEach(worker => workerRows.Remove(worker));
        batch.Workers.ForEach(row => workerRows[row.Id] = row);
        batch.ExpiredRequests.ForEach(request => requestRows.Remove(request));
        batch.Requests.ForEach(row => requestRows[row.RequestId] = row);
        foreach (var row in batch.Credentials)
        {
            credentialRows.Remove(row.User);
            if (row.Sealed is not null)
            {
                credentialRows.Add(row.User, row);
            }
        }

        foreach (var row in batch.Users)
        {
            userRows.Remove((row.User, row.Group));
            if (!row.IsRemoved)
            {
                userRows.Add((row.User, row.Group), row);
            }
        }

        foreach (var row in batch.Settings)
        {
            settingRows.Remove(row.Key);
            if (row.Value is not null)
            {
                settingRows.Add(row.Key, row);
            }
        }

        History.AddRange(batch.Events);
        lastEvent = batch.Events.Count > 0 ? batch.Events[^1].Sequence : lastEvent;
        lastJob = batch.Jobs.Count > 0 ? Math.Max(lastJob, batch.Jobs.Max(row => row.Id)) : lastJob;
    }

    private FarmRows Rows() => new([.. jobRows.Values], [.. instanceRows.Values], [.. itemRows.Values], [.. workerRows.Values], [.. requestRows.Values], [.. settingRows.Values], lastEvent, lastJob) { Credentials = [.. credentialRows.Values], Users = [.. userRows.Values] };
}
