using Microsoft.AspNetCore.Http;
using Quern.Core.Farms;
using Quern.Core.Resources;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;
using ResourceList = Quern.Protocol.Api.ResourceList;

namespace Quern.Supervisor.Administration;

/// <summary>Global and licence resources: looked at by everybody, reported on by administrators.</summary>
internal sealed class ResourceEndpoints(IFarmLoop loop)
{
    private const int Most = 1_000_000_000;

    /// <summary>GET: all of them.</summary>
    public async Task ListAsync(HttpContext context)
    {
        ApiGate.CallerOf(context);
        var list = await loop.Ask((farm, _) => ListOf(farm), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, list, ApiJson.Default.ResourceList).ConfigureAwait(false);
    }

    /// <summary>POST: how many licences there are and how many of them are used; answers with all resources.</summary>
    public async Task UpdateAsync(HttpContext context)
    {
        var caller = ApiGate.AdministratorOf(context, "a report on licences");
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.ResourceUpdateRequest).ConfigureAwait(false);
        if (ResourceName.Parse(request.Name ?? "", out var wrong) is not { } name)
        {
            throw ApiRefusal.Bad($"the report is refused: {wrong}");
        }

        if (request.Total is < 0 or > Most || request.Used is < 0 or > Most)
        {
            throw ApiRefusal.Bad($"the report on {name} is refused: total {request.Total} and used {request.Used} are to be 0 to {Most}");
        }

        var list = await loop.Ask(
            (farm, now) => farm.UpdateResource(name, request.Total, request.Used, caller, now) is { } refusal ? throw ApiRefusal.Bad($"the report is refused: {refusal}") : ListOf(farm),
            context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, list, ApiJson.Default.ResourceList).ConfigureAwait(false);
    }

    private static ResourceList ListOf(Farm farm) => new() { Resources = [.. farm.GlobalResources.Select(ViewOf)] };

    private static ResourceView ViewOf(FarmResource resource) => new()
    {
        Name = resource.Name.ToString(), Used = resource.Count.Used, Total = resource.Count.Total, Held = resource.Held,
        ReportedTotal = resource.Reported?.Total, ReportedUsed = resource.Reported?.Used, ReportedTime = resource.ReportedMs > 0 ? resource.ReportedMs : null,
    };
}
