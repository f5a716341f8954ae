using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Api;

/// <summary>The line for one host.</summary>
internal sealed class JobOrderEndpoint(IFarmLoop loop)
{
    private const int MostJobs = 10_000;

    /// <summary>GET with a host's name; <c>limit</c> jobs at most.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var name = (string)context.Request.RouteValues["host"]!;
        var limit = (int)Math.Clamp(JobQuery.Number(context.Request.Query, "limit") ?? MostJobs, 1, MostJobs);
        var reply = await loop.Ask((farm, now) => Find(farm, name, limit, now), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.JobOrderReply).ConfigureAwait(false);
    }

    private static JobOrderReply Find(Farm farm, string name, int limit, Now now)
    {
        var worker = farm.Workers.FirstOrDefault(worker => worker.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw ApiRefusal.Missing($"there is no host '{TargetText.Quote(name)}'; list them with qbhosts");
        var line = farm.JobOrder(worker, limit + 1, now);
        return new JobOrderReply { Host = worker.Name, More = line.Count > limit, Jobs = [.. line.Take(limit).Select(Of)] };
    }

    private static JobOrderView Of(JobOrderEntry entry) => new()
    {
        Id = entry.Job.Id.Value, Name = entry.Job.Spec.Name, User = entry.Job.Spec.User, Priority = entry.Job.Spec.Priority, Cluster = entry.Job.Spec.Cluster, Rank = entry.Rank,
        Pending = entry.Waiting, Dimension = JsonNamingPolicy.CamelCase.ConvertName(entry.Fit.ToString()),
    };
}
