using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Api;

/// <summary>Why something waits: dispatch itself is asked. Everybody may ask about every job, as everybody may list it.</summary>
internal sealed class WhyEndpoints(IFarmLoop loop, ApiOptions options)
{
    private const int LongestHost = 255;

    /// <summary>GET with a job, instance or item.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var target = TargetText.Parse((string?)context.Request.RouteValues["target"]);
        var host = HostOf(context.Request.Query["host"]);
        var (report, refusal) = await loop.Ask(
            (farm, now) =>
            {
                var found = farm.Why(target, host, now, out var why);
                return (found, why);
            },
            context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, report is null ? throw ApiRefusal.Missing(refusal!) : [report]).ConfigureAwait(false);
    }

    /// <summary>POST: jobs that are not submitted.</summary>
    public async Task TryAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.WhyRequest).ConfigureAwait(false);
        var host = HostOf(request.Host);
        var (submission, _) = JobReader.Read(new SubmitRequest { RequestId = "why", Jobs = request.Jobs }, caller, options);
        var (reports, refusal, isForbidden) = await loop.Ask((farm, now) => farm.Why(submission, host, now), context.RequestAborted).ConfigureAwait(false);
        if (refusal is not null)
        {
            throw isForbidden ? ApiRefusal.Forbidden(refusal) : ApiRefusal.Bad(refusal);
        }

        await WriteAsync(context, reports).ConfigureAwait(false);
    }

    private static string? HostOf(string? text)
        => string.IsNullOrEmpty(text) ? null : text.Length <= LongestHost ? text : throw ApiRefusal.Bad($"the host's name is longer than {LongestHost} characters; list them with qbhosts");

    private static Task WriteAsync(HttpContext context, IEnumerable<WhyReport> reports)
        => ApiGate.WriteAsync(context, new WhyReply { Reports = [.. reports.Select(Of)] }, ApiJson.Default.WhyReply);

    private static WhyView Of(WhyReport report) => new()
    {
        Subject = report.Subject, Waiting = report.IsWaiting, Reason = report.Reason, Remedy = report.Remedy,
        JobsBefore = report.JobsBefore < 0 ? null : report.JobsBefore, Eta = report.EtaMs == 0 ? null : report.EtaMs,
        Hosts = [.. report.Hosts.Select(hosts => new WhyHostsView
        {
            Dimension = JsonNamingPolicy.CamelCase.ConvertName(hosts.Fit.ToString()), Count = hosts.Count, Reason = hosts.Reason, Remedy = hosts.Remedy, Examples = hosts.Examples,
        })],
    };
}
