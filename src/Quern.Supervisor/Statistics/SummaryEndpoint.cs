using Microsoft.AspNetCore.Http;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Statistics;

/// <summary>
/// How many instances and items are in each state, by what jobs have in common. Jobs keep these counts, so each costs a few additions whatever its size; many jobs
/// are looked at in slices, so that no turn of the loop is long.
/// </summary>
internal sealed class SummaryEndpoint(IFarmLoop loop)
{
    internal const int JobsInOneTurn = 2000;

    /// <summary>GET: <c>by</c> (several with commas; without it all), and the filters of GET /jobs; without a user everybody's.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var values = context.Request.Query;
        var tables = TablesOf(values);
        var query = JobQuery.Read(values, caller, JobQuery.Everybody);
        var ids = await loop.Ask((farm, _) => query.Select(farm), context.RequestAborted).ConfigureAwait(false);
        foreach (var slice in ids.Chunk(JobsInOneTurn))
        {
            await loop.Ask(
                (farm, _) =>
                {
                    foreach (var job in slice.Select(farm.FindJob).OfType<Core.Jobs.Job>())
                    {
                        tables.ForEach(table => table.Add(job));
                    }

                    return 0;
                },
                context.RequestAborted).ConfigureAwait(false);
        }

        await ApiGate.WriteAsync(context, new SummaryReply { Tables = [.. tables.Select(table => table.Show())] }, ApiJson.Default.SummaryReply).ConfigureAwait(false);
    }

    private static List<SummaryCount> TablesOf(IQueryCollection values)
    {
        var words = values["by"].SelectMany(text => (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct().ToList();
        return [.. (words.Count == 0 ? SummaryCount.Names : words).Select(word => SummaryCount.Find(word)
            ?? throw ApiRefusal.Bad($"the summary is refused: there is none by '{TargetText.Quote(word)}'; use {string.Join(", ", SummaryCount.Names)}"))];
    }
}
