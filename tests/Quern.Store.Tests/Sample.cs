using CsCheck;
using Quern.Core;

namespace Quern.Store.Tests;

/// <summary>Rows and batches to store.</summary>
internal static class Sample
{
    public static JobRow Job(long id, string state = "{}") => new(id, $$"""{"name":"job {{id}}"}""", state);

    public static InstanceRow Instance(long job, int sub, int run = 1) =>
        new(job, sub, (int)Status.Running, run, 3, 1, 1L << 40, 77, 5_000_000_000, "0-3,7", "quern", "", "", 1_700_000_000_000, 0, 2);

    public static ItemRow Item(long job, int item, int attempts = 1) =>
        new(job, item, (int)Status.Complete, attempts, 0, 1, 3, -9, "done", 1_700_000_000_000, 1_700_000_000_001);

    public static EventRow Event(long sequence, long job) => new(sequence, 1_700_000_000_000, job, -1, "1-3", "ann", "host9", "killed", EventComponent.Work);

    public static RowBatch Batch(Action<RowBatch> fill)
    {
        var batch = new RowBatch();
        fill(batch);
        return batch;
    }

    // Few keys, so that rows meet; texts of every kind.
    private static readonly Gen<string> Text = Gen.OneOf(Gen.Const(""), Gen.Const("a\0b\r\n"), Gen.Const("日本 é"), Gen.String[Gen.Char.AlphaNumeric, 0, 20]);
    private static readonly Gen<long> Key = Gen.Long[1, 4];
    private static readonly Gen<int> Number = Gen.OneOf(Gen.Int[0, 5], Gen.Int);
    private static readonly Gen<long> Large = Gen.OneOf(Gen.Long[0, 5], Gen.Long);

    private static readonly Gen<ItemRow> Items = Gen.Select(Key, Gen.Int[0, 5], Number, Text, Large).Select((job, item, n, text, large) =>
        new ItemRow(job, item, n, n, 1, 2, 3, -n, text, large, 5, n, 6, 7, 8));

    private static readonly Gen<InstanceRow> Instances = Gen.Select(Key, Gen.Int[0, 2], Number, Text, Large).Select((job, sub, n, text, large) =>
        new InstanceRow(job, sub, n, 1, n, 3, large, 4, large, text, "acc", text, "r", 5, large, 6));

    /// <summary>Batches whose events are not numbered yet; see <see cref="Numbered"/>.</summary>
    public static readonly Gen<RowBatch[]> Batches = Gen.Select(
        Gen.Select(Key, Text.Array[0, 1], Gen.Bool).Select((key, expired, trims) => (Key: key, Expired: expired, Trims: trims)), Key.Array[0, 1],
        Gen.Select(Key, Text, Text).Select((id, spec, state) => new JobRow(id, spec, state)).Array[0, 3],
        Instances.Array[0, 4],
        Items.Array[0, 8],
        Gen.Select(Key, Text, Gen.Const("")).Select((job, text, _) => new EventRow(0, 9, job, 1, text, "who", "", text, EventComponent.Mail)).Array[0, 4],
        Gen.Select(Text, Large, Text, Gen.Bool).Select((key, at, value, gone) => (new RequestRow(key, at, value), new SettingRow(key, gone ? null : value), new WorkerRow((int)(at % 7), key, value, at))).Array[0, 3])
        .Select((gone, cleared, jobs, instances, items, events, others) => Batch(batch =>
        {
            batch.RemovedJobs.AddRange(gone.Trims ? [gone.Key] : []);
            batch.RemovedWorkers.AddRange(gone.Trims ? [(int)(gone.Key % 7)] : []);
            batch.ExpiredRequests.AddRange(gone.Expired);
            batch.EventsThrough = gone.Trims ? gone.Key * 3 : 0;
            batch.ClearedItems.AddRange(cleared);
            batch.Jobs.AddRange(jobs);
            batch.Instances.AddRange(instances);
            batch.Items.AddRange(items);
            batch.Events.AddRange(events);
            batch.Requests.AddRange(others.Select(other => other.Item1));
            batch.Settings.AddRange(others.Select(other => other.Item2));
            batch.Workers.AddRange(others.Select(other => other.Item3));
            batch.Credentials.AddRange(others.Select(other => new CredentialRow(other.Item2.Key, other.Item2.Value, other.Item2.Key, other.Item1.UnixMs, "by", 1, 2, other.Item1.JobIds, 3)));
            batch.Users.AddRange(others.Select(other => new UserRow(other.Item2.Key, other.Item1.JobIds, other.Item1.UnixMs, other.Item2.Value is null)));
        })).Array[1, 6];

    public static List<RowBatch> Numbered(IEnumerable<RowBatch> batches)
    {
        long sequence = 0;
        var numbered = new List<RowBatch>();
        foreach (var batch in batches)
        {
            numbered.Add(Batch(copy =>
            {
                copy.RemovedJobs.AddRange(batch.RemovedJobs);
                copy.RemovedWorkers.AddRange(batch.RemovedWorkers);
                copy.ExpiredRequests.AddRange(batch.ExpiredRequests);
                copy.EventsThrough = batch.EventsThrough;
                copy.ClearedItems.AddRange(batch.ClearedItems);
                copy.Jobs.AddRange(batch.Jobs);
                copy.Instances.AddRange(batch.Instances);
                copy.Items.AddRange(batch.Items);
                copy.Workers.AddRange(batch.Workers);
                copy.Requests.AddRange(batch.Requests);
                copy.Settings.AddRange(batch.Settings);
                copy.Credentials.AddRange(batch.Credentials);
                copy.Users.AddRange(batch.Users);
                foreach (var row in batch.Events)
                {
                    sequence += 2;
                    copy.Events.Add(row with { Sequence = sequence });
                }
            }));
        }
        return numbered;
    }
}
