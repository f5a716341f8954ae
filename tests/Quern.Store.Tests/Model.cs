using Quern.Core;

namespace Quern.Store.Tests;

/// <summary>What a store must hold, said in the plainest way.</summary>
internal sealed class Model
{
    private readonly Dictionary<long, JobRow> _jobs = [];
    private readonly Dictionary<(long, int), InstanceRow> _instances = [];
    private readonly Dictionary<(long, int), ItemRow> _items = [];
    private readonly Dictionary<int, WorkerRow> _workers = [];
    private readonly Dictionary<string, RequestRow> _requests = [];
    private readonly Dictionary<string, SettingRow> _settings = [];
    private readonly Dictionary<string, CredentialRow> _credentials = [];
    private readonly Dictionary<(string, string), UserRow> _users = [];
    private readonly List<EventRow> _events = [];
    private long _lastJob, _lastEvent;

    public void Apply(RowBatch batch)
    {
        foreach (var id in batch.RemovedJobs)
        {
            _jobs.Remove(id);
            _instances.Keys.Where(key => key.Item1 == id).ToList().ForEach(key => _instances.Remove(key));
            _items.Keys.Where(key => key.Item1 == id).ToList().ForEach(key => _items.Remove(key));
        }
        foreach (var id in batch.ClearedItems)
        {
            _items.Keys.Where(key => key.Item1 == id).ToList().ForEach(key => _items.Remove(key));
        }
        batch.Jobs.ForEach(row => _jobs[row.Id] = row);
        batch.Jobs.ForEach(row => _lastJob = Math.Max(_lastJob, row.Id));
        batch.Instances.ForEach(row => _instances[(row.Job, row.Sub)] = row);
        batch.Items.ForEach(row => _items[(row.Job, row.Item)] = row);
        batch.RemovedWorkers.ForEach(worker => _workers.Remove(worker));
        batch.Workers.ForEach(row => _workers[row.Id] = row);
        batch.ExpiredRequests.ForEach(request => _requests.Remove(request));
        batch.Requests.ForEach(row => _requests[row.RequestId] = row);
        batch.Settings.ForEach(row => _settings[row.Key] = row);
        batch.Credentials.ForEach(row => _credentials[row.User] = row);
        batch.Users.ForEach(row => _users[(row.User, row.Group)] = row);
        _events.RemoveAll(row => row.Sequence <= batch.EventsThrough);
        _events.AddRange(batch.Events);
        _lastEvent = batch.Events.Count > 0 ? batch.Events[^1].Sequence : _lastEvent;
    }

    public void Check(IFarmStore store)
    {
        var rows = store.Load();
        Assert.Equal(_jobs.Values.OrderBy(row => row.Id), rows.Jobs);
        Assert.Equal(_instances.OrderBy(pair => pair.Key).Select(pair => pair.Value), rows.Instances);
        Assert.Equal(_items.OrderBy(pair => pair.Key).Select(pair => pair.Value), rows.Items);
        Assert.Equal(_workers.Values.OrderBy(row => row.Id), rows.Workers);
        Assert.Equal(_requests.Values.OrderBy(row => row.RequestId, StringComparer.Ordinal), rows.Requests.OrderBy(row => row.RequestId, StringComparer.Ordinal));
        Assert.Equal(_settings.Values.Where(row => row.Value is not null).OrderBy(row => row.Key, StringComparer.Ordinal), rows.Settings.OrderBy(row => row.Key, StringComparer.Ordinal));
        Assert.Equal(_credentials.Values.Where(row => row.Sealed is not null).OrderBy(row => row.User, StringComparer.Ordinal), rows.Credentials.OrderBy(row => row.User, StringComparer.Ordinal));
        Assert.Equal(
            _users.Values.Where(row => !row.IsRemoved).OrderBy(row => row.User, StringComparer.Ordinal).ThenBy(row => row.Group, StringComparer.Ordinal),
            rows.Users.OrderBy(row => row.User, StringComparer.Ordinal).ThenBy(row => row.Group, StringComparer.Ordinal));
        Assert.Equal(_lastJob, rows.LastJob);
        Assert.Equal(_lastEvent, rows.LastEvent);
        Assert.Equal(_events.Count == 0 ? default : new EventSpan(_events[0].Sequence, _events[^1].Sequence, 0), store.Span(0));
        Assert.Equal(_events, store.Find(new EventQuery(), int.MaxValue).Events);
        foreach (var job in _events.GroupBy(row => row.Job))
        {
            Assert.Equal(job, store.Events(job.Key, 0, int.MaxValue));
        }
    }
}
