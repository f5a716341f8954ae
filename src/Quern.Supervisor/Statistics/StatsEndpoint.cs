using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Statistics;

/// <summary>What jobs and their instances took. Items are looked at in slices, so that a job of millions does not hold up the loop.</summary>
internal sealed class StatsEndpoint(IFarmLoop loop)
{
    internal const int ItemsInOneTurn = 20_000;

    /// <summary>GET: of an instance (<c>12.0</c>), or of a job (<c>12</c>) and each of its instances.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var target = TargetText.Parse((string?)context.Request.RouteValues["target"]);
        if (target.Items is not null)
        {
            throw ApiRefusal.Bad($"the statistics are refused: {TargetText.Quote(target.ToString())} are items; name a job (12) or an instance (12.0), qbjobs --long shows items");
        }

        var sums = new Dictionary<int, ItemSum>();
        var from = 0;
        while (await loop.Ask((farm, _) => AddItems(Find(farm, target), sums, from), context.RequestAborted).ConfigureAwait(false) is { } next)
        {
            from = next;
        }

        var views = await loop.Ask((farm, _) => Views(Find(farm, target), target.Sub, sums), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new StatsList { Stats = views }, ApiJson.Default.StatsList).ConfigureAwait(false);
    }

    private static Job Find(Farm farm, Target target)
    {
        var job = farm.FindJob(target.Job) ?? throw ApiRefusal.Missing($"there is no job {target.Job}; list the jobs there are with qbjobs --user all");
        return target.Sub is not { } sub || sub < job.InstanceList.Count ? job
            : throw ApiRefusal.Missing($"job {job.Id} has no instance {sub}; it has 0 to {job.InstanceList.Count - 1}");
    }

    /// <summary>Adds a slice of items to the sums, by the instance that ran them.</summary>
    /// <returns>Where the next slice begins; null = that was the last.</returns>
    private static int? AddItems(Job job, Dictionary<int, ItemSum> sums, int from)
    {
        if (job.Items is not { } items)
        {
            return null;
        }

        var end = Math.Min(items.Count, from + ItemsInOneTurn);
        for (var index = from; index < end; index++)
        {
            if (items.IsTouched(index) && items[index] is { EndedMs: > 0 } item)
            {
                if (!sums.TryGetValue(item.Sub, out var sum))
                {
                    sums[item.Sub] = sum = new ItemSum();
                }

                sum.Add(item);
            }
        }

        return end < items.Count ? end : null;
    }

    private static List<StatsView> Views(Job job, int? only, Dictionary<int, ItemSum> sums)
    {
        var none = new ItemSum();
        if (only is { } sub)
        {
            return [ViewOf(job.InstanceList[sub], sums.GetValueOrDefault(sub, none))];
        }

        var all = new ItemSum();
        foreach (var sum in sums.Values)
        {
            all.Add(sum);
        }

        var whole = new StatsView
        {
            Job = job.Id.Value, Sub = -1, Status = job.Status.Word(), Host = "", Account = "", TimeStart = job.StartedMs, TimeComplete = job.EndedMs,
            Runs = job.InstanceList.Sum(instance => (long)instance.Run), Retries = job.InstanceList.Sum(instance => (long)instance.Retries),
            Complete = job.Items?.CountOf(ItemState.Complete) ?? 0, Failed = job.Items?.CountOf(ItemState.Failed) ?? 0, Killed = job.Items?.CountOf(ItemState.Killed) ?? 0,
            WallMs = all.WallMs, LeastMs = all.LeastMs, MostMs = all.MostMs, CpuMs = all.CpuMs, PeakMemoryKb = all.PeakMemoryKb, ReadKb = all.ReadKb, WrittenKb = all.WrittenKb,
        };
        return [whole, .. job.InstanceList.Select(instance => ViewOf(instance, sums.GetValueOrDefault(instance.Sub, none)))];
    }

    private static StatsView ViewOf(Instance instance, ItemSum sum) => new()
    {
        Job = instance.Job.Id.Value, Sub = instance.Sub, Status = instance.Shown.Word(), Host = instance.Worker?.Name ?? "", Account = instance.Account,
        Runs = instance.Run, Retries = instance.Retries, TimeStart = instance.StartedMs, TimeComplete = instance.EndedMs,
        Complete = sum.Complete, Failed = sum.Failed, Killed = sum.Killed, WallMs = sum.WallMs, LeastMs = sum.LeastMs, MostMs = sum.MostMs,
        CpuMs = sum.CpuMs, PeakMemoryKb = sum.PeakMemoryKb, ReadKb = sum.ReadKb, WrittenKb = sum.WrittenKb,
    };

    private sealed class ItemSum
    {
        private long? least;

        public long Complete { get; private set; }
        public long Failed { get; private set; }
        public long Killed { get; private set; }
        public long WallMs { get; private set; }
        public long LeastMs => least ?? 0;
        public long MostMs { get; private set; }
        public long CpuMs { get; private set; }
        public long PeakMemoryKb { get; private set; }
        public long ReadKb { get; private set; }
        public long WrittenKb { get; private set; }

        public void Add(Item item)
        {
            Complete += item.State == ItemState.Complete ? 1 : 0;
            Failed += item.State == ItemState.Failed ? 1 : 0;
            Killed += item.State == ItemState.Killed ? 1 : 0;
            if (item.StartedMs > 0)
            {
                // A clock that was set back must not take away what others took.
                var took = Math.Max(0, item.EndedMs - item.StartedMs);
                AddWall(took, took, took);
            }

            CpuMs += item.Usage.CpuMs;
            PeakMemoryKb = Math.Max(PeakMemoryKb, item.Usage.PeakMemoryKb);
            ReadKb += item.Usage.ReadKb;
            WrittenKb += item.Usage.WrittenKb;
        }

        public void Add(ItemSum other)
        {
            AddWall(other.WallMs, other.least, other.MostMs);
            CpuMs += other.CpuMs;
            PeakMemoryKb = Math.Max(PeakMemoryKb, other.PeakMemoryKb);
            ReadKb += other.ReadKb;
            WrittenKb += other.WrittenKb;
        }

        private void AddWall(long all, long? shortest, long longest)
        {
            WallMs += all;
            least = shortest is { } one && (least ?? one) >= one ? one : least;
            MostMs = Math.Max(MostMs, longest);
        }
    }
}
