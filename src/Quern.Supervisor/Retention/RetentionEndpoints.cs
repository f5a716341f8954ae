using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Quern.Core.Retention;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Retention;

/// <summary>What goes and why. For administrators.</summary>
internal sealed class RetentionEndpoints(IFarmLoop loop, RetentionSweeper sweeper, TimeProvider time)
{
    private const int MostListed = 1000;
    private const int MostDays = 36_500;

    public static void Map(WebApplication app, IFarmLoop loop, RetentionSweeper sweeper, TimeProvider time)
    {
        var endpoints = new RetentionEndpoints(loop, sweeper, time);
        app.MapGet(ApiRoutes.Retention, endpoints.ShowAsync);
        app.MapPost(ApiRoutes.Retention, endpoints.SweepAsync);
    }

    /// <summary>GET: what the next sweep would take, or with <c>days</c> one in so many days, as things are now.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        ApiGate.AdministratorOf(context, "a look at retention");
        var days = JobQuery.Number(context.Request.Query, "days") ?? 0;
        if (days > MostDays)
        {
            throw ApiRefusal.Bad($"the look ahead is refused: {days} days are more than {MostDays}");
        }

        var report = await sweeper.PlanAsync(time.GetUtcNow().ToUnixTimeMilliseconds() + (days * RetentionRules.DayMs), context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, report, isSwept: false, await NamesAsync(report, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>POST: sweeps now.</summary>
    public async Task SweepAsync(HttpContext context)
    {
        ApiGate.AdministratorOf(context, "a sweep");
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var names = await NamesAsync(await sweeper.PlanAsync(now, context.RequestAborted).ConfigureAwait(false), context.RequestAborted).ConfigureAwait(false);
        await WriteAsync(context, await sweeper.RunOnceAsync(context.RequestAborted).ConfigureAwait(false), isSwept: true, names).ConfigureAwait(false);
    }

    /// <summary>Of the jobs that are listed: once they are gone nobody knows.</summary>
    private Task<Dictionary<long, (string Name, string User)>> NamesAsync(RetentionReport report, CancellationToken cancellationToken) => loop.Ask(
        (farm, _) => report.Jobs.Take(MostListed).Concat(report.Outputs.Take(MostListed)).Select(one => farm.FindJob(one.Job.Id)).OfType<Core.Jobs.Job>()
            .ToDictionary(job => job.Id.Value, job => (job.Spec.Name, job.Spec.User)),
        cancellationToken);

    private static Task WriteAsync(HttpContext context, RetentionReport report, bool isSwept, Dictionary<long, (string Name, string User)> names)
    {
        var rules = report.Rules;
        long[] limits = [rules.JobDays, rules.JobCount, rules.OutputDays, rules.OutputBytes >> 20, rules.EventDays, rules.EventCount];
        var view = new RetentionView
        {
            IsSwept = isSwept, Time = report.AtMs,
            Limits = RetentionSettings.Names.Zip(limits).Where(pair => pair.Second > 0).ToDictionary(pair => pair.First, pair => pair.Second),
            Jobs = ViewsOf(report.Jobs, names), JobCount = report.Jobs.Count, Outputs = ViewsOf(report.Outputs, names), OutputCount = report.Outputs.Count,
            EventCount = report.Events, EventReason = report.EventReason, RequestCount = report.Requests,
        };
        return ApiGate.WriteAsync(context, view, ApiJson.Default.RetentionView);
    }

    private static List<RetentionJobView> ViewsOf(IReadOnlyList<Expiry> all, Dictionary<long, (string Name, string User)> names) => [.. all.Take(MostListed).Select(one =>
    {
        var (name, user) = names.GetValueOrDefault(one.Job.Id.Value, ("", ""));
        return new RetentionJobView { Id = one.Job.Id.Value, Name = name, User = user, TimeComplete = one.Job.EndedMs, OutputBytes = one.Job.OutputBytes, Reason = one.Reason };
    })];
}
