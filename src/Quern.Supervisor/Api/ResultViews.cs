using System.Text.Json;
using Quern.Core;
using Quern.Core.Jobs;

namespace Quern.Supervisor.Api;

/// <summary>How far jobs, instances and items are, and what came of them.</summary>
internal static class ResultViews
{
    /// <summary>The texts were checked at the link: they are JSON objects.</summary>
    public static JsonElement? Parse(string? result)
    {
        if (string.IsNullOrEmpty(result))
        {
            return null;
        }

        using var document = JsonDocument.Parse(result);
        return document.RootElement.Clone();
    }

    public static double? Share(double share) => share < 0 ? null : Math.Round(share * 100, 1);

    /// <summary>The instance that runs the item now; null when none does.</summary>
    public static Instance? Running(Job job, in Item item, int index) =>
        item.State == ItemState.Running && item.Sub >= 0 && item.Sub < job.InstanceList.Count && job.InstanceList[item.Sub] is var instance && instance.CurrentItem == index ? instance : null;

    public static double Percent(Job job)
    {
        if (job.Status == Status.Complete)
        {
            return 100;
        }

        double done = job.Items?.CountOf(ItemState.Complete) ?? 0;
        foreach (var instance in job.InstanceList)
        {
            done += job.Items is null && instance.Status == Status.Complete ? 1 : Math.Max(0, instance.Share);
        }

        return Math.Round(100 * done / Math.Max(1, job.Items?.Count ?? job.InstanceList.Count), 1);
    }
}
