using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Triggers;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Api;

/// <summary>Callbacks of jobs, those of the farm, and events that people fire.</summary>
internal sealed class CallbackEndpoints(IFarmLoop loop)
{
    private const int LongestName = 200;

    /// <summary>GET /api/v1/jobs/N/callbacks.</summary>
    public async Task ListOfJobAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var id = TargetText.Parse((string?)context.Request.RouteValues["job"]).Job;
        var views = await loop.Ask(
            (farm, _) => farm.FindJob(id) is { } job
                ? job.Callbacks.Select(callback => CallbackReader.View(callback, MaySee(caller, callback) || caller.User == job.Spec.User)).ToList()
                : null,
            context.RequestAborted).ConfigureAwait(false);
        var found = views ?? throw ApiRefusal.Missing($"there is no job {id}; list the jobs there are with qbjobs --user all");
        await ApiGate.WriteAsync(context, new CallbackList { Callbacks = found }, ApiJson.Default.CallbackList).ConfigureAwait(false);
    }

    /// <summary>GET: the global ones.</summary>
    public async Task ListAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var views = await loop.Ask(
            (farm, _) => farm.GlobalCallbacks.Select(callback => CallbackReader.View(callback, MaySee(caller, callback))).ToList(), context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, new CallbackList { Callbacks = views }, ApiJson.Default.CallbackList).ConfigureAwait(false);
    }

    /// <summary>POST: a global one. It acts with the rights of its submitter, who needs the permission submit_global_callback.</summary>
    public async Task AddAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.CallbackRequest).ConfigureAwait(false);
        var spec = CallbackReader.ReadOne(request, "the callback", caller);
        var (view, refusal) = await loop.Ask(
            (farm, now) =>
            {
                var (id, why) = farm.AddGlobalCallback(spec, caller, now);
                return (why is null ? CallbackReader.View(farm.GlobalCallbacks.First(callback => callback.Id == id), showCode: true) : null, why);
            },
            context.RequestAborted).ConfigureAwait(false);
        await ApiGate.WriteAsync(context, view ?? throw ApiRefusal.Bad(refusal!), ApiJson.Default.CallbackView).ConfigureAwait(false);
    }

    /// <summary>DELETE with a number.</summary>
    public async Task RemoveAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var id = int.TryParse((string?)context.Request.RouteValues["id"], out var number) ? number : 0;
        if (await loop.Ask((farm, now) => farm.RemoveGlobalCallback(id, caller, now), context.RequestAborted).ConfigureAwait(false) is { } refusal)
        {
            throw ApiRefusal.Bad(refusal);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>POST: fires an event of a user's own name.</summary>
    public async Task FireAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.TriggerRequest).ConfigureAwait(false);
        var name = request.Name ?? "";
        if (name.Length is 0 or > LongestName || name.Any(character => char.IsControl(character) || character is '-' or ' ' or '(' or ')' or '&' or '|') || !EventNames.IsUserDefined(name))
        {
            throw ApiRefusal.Bad($"event '{TargetText.Quote(name)}' cannot be fired: a name of one's own has no '-', blanks or signs of triggers in it, and none of the farm's events is called so");
        }

        JobId? about = request.Job is { } id ? new JobId(id) : null;
        var (heard, refusal) = await loop.Ask((farm, now) => Fire(farm, name, about, caller, now), context.RequestAborted).ConfigureAwait(false);
        if (refusal is not null)
        {
            throw refusal;
        }

        await ApiGate.WriteAsync(context, new TriggerReply { Heard = heard }, ApiJson.Default.TriggerReply).ConfigureAwait(false);
    }

    private static (int Heard, ApiRefusal? Refusal) Fire(Farm farm, string name, JobId? about, Caller caller, Now now)
    {
        if (about is { } id && farm.FindJob(id) is null)
        {
            return (0, ApiRefusal.Missing($"event {name} of job {id}: there is no such job; list the jobs there are with qbjobs --user all"));
        }

        if (about is { } of && farm.FindJob(of)!.Spec.User is var owner && owner != caller.User && !farm.IsAdministrator(caller))
        {
            return (0, ApiRefusal.Forbidden($"event {name} of job {of}: it belongs to {owner}, not to {caller.User}; ask its owner or an administrator"));
        }

        return (farm.FireEvent(name, about, caller, now), null);
    }

    private static bool MaySee(Caller caller, Callback callback) => caller.IsAdministrator || callback.User == caller.User;
}
