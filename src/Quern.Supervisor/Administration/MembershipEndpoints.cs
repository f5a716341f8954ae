using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Workers;
using Quern.Protocol.Api;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Administration;

/// <summary>Which hosts are members of the farm. For administrators; a host that is not there is refused alone.</summary>
internal sealed class MembershipEndpoints(IFarmLoop loop)
{
    private const int MostHosts = 1000;

    /// <summary>GET: hosts that are kept out.</summary>
    public async Task ListAsync(HttpContext context)
    {
        ApiGate.AdministratorOf(context, "the list of removed hosts");
        var hosts = await loop.Ask(
            (farm, _) => farm.RemovedHosts.Where(pair => !pair.Host.IsLetBack).Select(pair => new RemovedHostView
            {
                Id = pair.Id.Value, Name = pair.Host.Facts.Name, Address = pair.Host.Facts.Address, By = $"{pair.Host.By}@{pair.Host.From}", Time = pair.Host.RemovedMs,
            }).ToList(),
            context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new RemovedHostList { Hosts = hosts }, ApiJson.Default.RemovedHostList).ConfigureAwait(false);
    }

    /// <summary>POST: removes hosts, or lets them back.</summary>
    public async Task ChangeAsync(HttpContext context)
    {
        var caller = ApiGate.AdministratorOf(context, "a change of the farm's hosts");
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.HostRemovalRequest).ConfigureAwait(false);
        var reply = request.Action switch
        {
            "remove" => await ForEachAsync(context, request.Hosts, (farm, name, now) => Remove(farm, name, caller, now)).ConfigureAwait(false),
            "unremove" => await ForEachAsync(context, request.Hosts, (farm, name, now) => LetBack(farm, name, caller, now)).ConfigureAwait(false),
            "clear" => await loop.Ask((farm, now) => ClearAll(farm, caller, now), context.RequestAborted).ConfigureAwait(false),
            _ => throw ApiRefusal.Bad($"the change of hosts is refused: action '{TargetText.Quote(request.Action ?? "")}' is not known; use remove, unremove or clear"),
        };
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.ActionReply).ConfigureAwait(false);
    }

    /// <summary>POST: has hosts come anew.</summary>
    public async Task RefreshAsync(HttpContext context)
    {
        var caller = ApiGate.AdministratorOf(context, "a new look at hosts");
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.HostRefreshRequest).ConfigureAwait(false);
        var reply = await ForEachAsync(context, request.Hosts, (farm, name, now) => Refresh(farm, name, caller, now)).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.ActionReply).ConfigureAwait(false);
    }

    /// <summary>POST: resources and properties that are said of hosts.</summary>
    public async Task SayAsync(HttpContext context)
    {
        var caller = ApiGate.AdministratorOf(context, "what is said of hosts");
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.HostWordsRequest).ConfigureAwait(false);
        var change = HostWordsChange.Parse(request.Set ?? "", request.Take ?? "", out var refusal) ?? throw ApiRefusal.Bad($"what is said of hosts is refused: {refusal}");
        var reply = await ForEachAsync(context, request.Hosts, (farm, name, now) => Say(farm, name, change, caller, now)).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.ActionReply).ConfigureAwait(false);
    }

    /// <summary>A turn a host: what runs on many is not put back in one.</summary>
    private async Task<ActionReply> ForEachAsync(HttpContext context, IReadOnlyList<string>? names, Func<Farm, string, Now, string?> change)
    {
        if (names is not { Count: > 0 and <= MostHosts })
        {
            throw ApiRefusal.Bad($"the change of hosts is refused: it names {names?.Count ?? 0} hosts, 1 to {MostHosts} are allowed");
        }

        var affected = new List<string>();
        var refused = new List<string>();
        foreach (var name in names.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (await loop.Ask((farm, now) => change(farm, name, now), context.RequestAborted).ConfigureAwait(false) is { } refusal)
            {
                refused.Add(refusal);
            }
            else
            {
                affected.Add(name);
            }
        }

        return new ActionReply { Affected = affected, Refused = refused };
    }

    private static string? Remove(Farm farm, string name, Caller caller, Now now)
    {
        var found = Named(farm, name);
        found.ForEach(id => farm.RemoveWorker(id, caller, now));
        return found.Count > 0 ? null : Missing(name);
    }

    private static string? Refresh(Farm farm, string name, Caller caller, Now now)
    {
        var found = Named(farm, name);
        var asked = found.Where(id => farm.RefreshWorker(id, caller, now)).ToList();
        return found.Count == 0 ? Missing(name) : asked.Count > 0 ? null : $"host {TargetText.Quote(name)} is not connected: it says what it has when it comes";
    }

    private static string? Say(Farm farm, string name, HostWordsChange change, Caller caller, Now now)
    {
        var found = Named(farm, name);
        return found.Count == 0 ? Missing(name) : found.Select(id => farm.ChangeHostWords(id, change, caller, now)).FirstOrDefault(refusal => refusal is not null);
    }

    private static string? LetBack(Farm farm, string name, Caller caller, Now now)
    {
        var found = farm.RemovedHosts.Where(pair => name.Equals(pair.Host.Facts.Name, StringComparison.OrdinalIgnoreCase) || name == pair.Host.Facts.Address
            || (pair.Host.Facts.Properties.TryGetValue("macaddress", out var mac) && name.Equals(mac, StringComparison.OrdinalIgnoreCase))).Select(pair => pair.Id).ToList();
        var back = found.Where(id => farm.LetWorkerBack(id, caller, now)).ToList();
        return back.Count > 0 ? null : $"no host '{TargetText.Quote(name)}' is kept out; list those that are with 'qbadmin worker --banned'";
    }

    private static ActionReply ClearAll(Farm farm, Caller caller, Now now)
    {
        var back = farm.RemovedHosts.Where(pair => !pair.Host.IsLetBack).ToList();
        return new ActionReply { Affected = [.. back.Where(pair => farm.LetWorkerBack(pair.Id, caller, now)).Select(pair => pair.Host.Facts.Name)], Refused = [] };
    }

    private static List<WorkerId> Named(Farm farm, string name) => [.. farm.Workers.Where(worker => worker.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(worker => worker.Id)];

    private static string Missing(string name) => $"there is no host '{TargetText.Quote(name)}'; list them with qbhosts";
}
