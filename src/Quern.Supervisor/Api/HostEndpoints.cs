using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Permissions;
using Quern.Core.Workers;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Api;

/// <summary>What people do to hosts. Locking takes the permission lock_host, which everybody has by default; who did is in the history.</summary>
internal sealed class HostEndpoints(IFarmLoop loop)
{
    private const int MostHosts = 10_000;
    private const int MostText = 16_384;

    /// <summary>POST: locks or opens slots. Hosts that are not there are refused alone.</summary>
    public async Task LockAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.LockRequest).ConfigureAwait(false);
        if (request.Hosts is not { Count: > 0 and <= MostHosts })
        {
            throw ApiRefusal.Bad($"the lock is refused: it names {request.Hosts?.Count ?? 0} hosts, 1 to {MostHosts} are allowed");
        }

        var slots = request.Slots ?? [];
        if (slots.FirstOrDefault(slot => slot is < 0 or >= HostLock.MostSlots, 0) is var wrong && wrong != 0)
        {
            throw ApiRefusal.Bad($"the lock is refused: there is no slot {wrong}; slots have the numbers 0 to {HostLock.MostSlots - 1}");
        }

        HostLock? whole = null;
        if (request.Value is { } text)
        {
            var problem = "it is longer than a lock can be";
            whole = text.Length > MostText ? null : HostLock.Parse(text, out problem);
            _ = whole ?? throw ApiRefusal.Bad($"the lock is refused: {problem}");
        }

        var reply = await loop.Ask((farm, now) => Lock(farm, request, slots, whole, caller, now), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.ActionReply).ConfigureAwait(false);
    }

    private static ActionReply Lock(Farm farm, LockRequest request, IReadOnlyList<int> slots, HostLock? whole, Caller caller, Now now)
    {
        if (farm.MayDo(caller, Permission.LockHost) is { } missing)
        {
            throw ApiRefusal.Forbidden($"the lock is refused: {missing}");
        }

        var byName = farm.Workers.ToLookup(worker => worker.Name, StringComparer.OrdinalIgnoreCase);
        var affected = new List<string>();
        var refused = new List<string>();
        foreach (var name in request.Hosts)
        {
            if (!byName.Contains(name))
            {
                refused.Add($"there is no host '{TargetText.Quote(name)}'; list them with qbhosts");
                continue;
            }

            foreach (var worker in byName[name])
            {
                var next = whole ?? worker.Lock.With(slots, request.Lock ? LockRule.Locked : LockRule.Open, worker.Lock.IsAggressive && slots.Count > 0);
                if (next != worker.Lock || request.Purge)
                {
                    farm.SetLock(worker.Id, next, request.Purge, caller, now);
                    affected.Add(worker.Name);
                }
            }
        }

        return new ActionReply { Affected = affected, Refused = refused };
    }
}
