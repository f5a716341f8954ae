using Quern.Execution.Runs;

namespace Quern.Worker.Tests.Core;

/// <summary>Journals in memory; a record is 10 positions long unless it says otherwise.</summary>
internal sealed class FakeRunHost : IRunHost
{
    private readonly Dictionary<RunKey, FakeRun> _runs = [];
    private readonly HashSet<RunKey> _changed = [];

    public List<Launch> Launches { get; } = [];
    public List<(RunKey Key, RunOrder Order)> Orders { get; } = [];
    public List<(RunKey Key, long Position)> Discards { get; } = [];
    public List<RunKey> Forgotten { get; } = [];

    public IReadOnlyList<HeldRun> Recover() => [.. _runs.Keys.Select(key => Find(key)!)];

    public void Start(Launch launch)
    {
        Launches.Add(launch);
        Add(launch.Key);
        _runs[launch.Key].Held.AddRange(launch.Items);
    }

    public void Refuse(RunKey key, RunEndCause cause, string text)
    {
        Add(key);
        Append(key, new RunEnded(cause, 0, 0, text));
        End(key);
    }

    public void Order(RunKey key, RunOrder order)
    {
        Orders.Add((key, order));
        if (order is GrantItems grant)
        {
            _runs[key].Held.AddRange(grant.Items);
        }
    }

    public IReadOnlyList<JournalRecord> Read(RunKey key, long position, int maxBytes)
    {
        var result = new List<JournalRecord>();
        foreach (var record in _runs[key].Journal.Where(record => record.Position > position))
        {
            var size = record.Body is RunOutput output ? output.Data.Length : 10;
            if (result.Count > 0 && size > maxBytes)
            {
                break;
            }

            maxBytes -= size;
            result.Add(record);
            if (maxBytes <= 0)
            {
                break;
            }
        }

        return result;
    }

    public void Discard(RunKey key, long position) => Discards.Add((key, position));

    public void Forget(RunKey key)
    {
        _runs.Remove(key);
        Forgotten.Add(key);
    }

    public IReadOnlyList<RunKey> TakeChanged()
    {
        var taken = _changed.ToArray();
        _changed.Clear();
        return taken;
    }

    public HeldRun? Find(RunKey key) =>
        _runs.TryGetValue(key, out var run) ? new HeldRun(key, run.Journal.Count == 0 ? 0 : run.Journal[^1].Position, run.IsEnded, [.. run.Held], run.Held.Count + (run.IsBusy ? 1 : 0)) : null;

    public void Add(RunKey key) => _runs.TryAdd(key, new FakeRun());

    /// <summary>Appends a record and returns the position after it.</summary>
    public long Append(RunKey key, JournalBody body)
    {
        var run = _runs[key];
        var position = (run.Journal.Count == 0 ? 0 : run.Journal[^1].Position) + 10;
        run.Journal.Add(new JournalRecord(position, 1_000, body));
        if (body is RunItemStarted started)
        {
            run.Held.RemoveAll(lease => lease.Item == started.Item);
        }

        run.IsBusy = body is RunItemStarted || (run.IsBusy && body is RunOutput);

        _changed.Add(key);
        return position;
    }

    public void End(RunKey key)
    {
        _runs[key].IsEnded = true;
        _changed.Add(key);
    }

    private sealed class FakeRun
    {
        public List<JournalRecord> Journal { get; } = [];
        public List<ItemLease> Held { get; } = [];
        public bool IsBusy { get; set; }
        public bool IsEnded { get; set; }
    }
}
