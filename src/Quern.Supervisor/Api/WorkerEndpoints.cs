using Microsoft.AspNetCore.Http;
using Quern.Configuration;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Workers;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>How hosts become workers of the farm.</summary>
internal sealed class WorkerEndpoints(IFarmLoop loop, Authority authority, ApiOptions options, HostAdmission admission)
{
    private const string Service = "service";
    private const string Desktop = "desktop";

    /// <summary>POST: a one-time token. For administrators.</summary>
    public async Task MakeTokenAsync(HttpContext context)
    {
        var caller = ApiGate.AdministratorOf(context, "a join token");

        var secret = JoinTokens.NewSecret();
        var end = await loop.Ask((farm, now) => JoinTokens.Allow(farm, secret, caller, now), context.RequestAborted).ConfigureAwait(false);
        var reply = new TokenReply { Token = JoinTokens.Write(options.LinkAddress, authority.Fingerprint, secret), Expires = end };
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.TokenReply).ConfigureAwait(false);
    }

    /// <summary>POST: a number and a certificate, for a token or for an administrator on the local socket.</summary>
    public async Task JoinAsync(HttpContext context)
    {
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.JoinRequest).ConfigureAwait(false);
        var (joiner, secret) = ProveRight(context, request);
        var isDesktop = Check(request);
        if (Authority.ReadRequest(request.CertificateRequest, out var refusal) is not { } key)
        {
            throw ApiRefusal.Bad(refusal!);
        }

        var isLocal = context.Features.Get<Peer>() is { IsLocal: true };
        if (admission.WhyNot(request.Name, isLocal ? null : context.Connection.RemoteIpAddress) is { } barred)
        {
            throw ApiRefusal.Forbidden($"joining is refused: {barred}");
        }

        var facts = new WorkerFacts { Name = request.Name, Mode = request.Mode, Account = request.Owner ?? "" };
        var id = await loop.Ask((farm, now) => Join(farm, facts, isDesktop ? request.Owner : null, Authority.HashOf(key), joiner, secret, now), context.RequestAborted).ConfigureAwait(false);
        var reply = new JoinReply { WorkerId = id, Certificate = authority.SignWorker(key, id), Authority = authority.Pem, Address = options.LinkAddress };
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.JoinReply).ConfigureAwait(false);
    }

    /// <summary>A host that joins again is the host it was: its record is taken over, and its earlier certificate counts no more. A refusal uses no token up.</summary>
    private static int Join(Farm farm, WorkerFacts facts, string? owner, string key, Caller joiner, string? secret, Now now)
    {
        if (secret is not null && JoinTokens.WhyNot(farm, secret, now) is { } fault)
        {
            throw new ApiRefusal(StatusCodes.Status401Unauthorized, fault);
        }

        var (earlier, refusal) = Membership.FindEarlier(farm, facts.Name, owner);
        if (refusal is not null)
        {
            throw new ApiRefusal(StatusCodes.Status409Conflict, $"joining is refused: {refusal}");
        }

        if (secret is not null)
        {
            JoinTokens.Use(farm, secret);
        }

        if (earlier is { } known)
        {
            farm.WorkerRejoined(known, facts, joiner, now);
            HostLoans.End(farm, known);
        }

        var id = earlier ?? farm.WorkerJoined(facts, joiner, now);
        Membership.Pin(farm, id, key);
        if (owner is not null)
        {
            farm.PutSetting(CallerIdentity.OwnerKey(id.Value), owner);
        }

        return id.Value;
    }

    /// <summary>GET, for anybody: the authority's certificate.</summary>
    public Task ShowAuthorityAsync(HttpContext context)
    {
        context.Response.ContentType = "application/x-pem-file";
        return context.Response.WriteAsync(authority.Pem, context.RequestAborted);
    }

    private static (Caller Joiner, string? Secret) ProveRight(HttpContext context, JoinRequest request)
    {
        var caller = ApiGate.TryCallerOf(context);
        if (request.Token is { } token)
        {
            var secret = JoinTokens.SecretOf(token)
                ?? throw new ApiRefusal(StatusCodes.Status401Unauthorized, "the join token is refused: it is not a whole token; copy all of it, from 'quern1.' to its end");
            return (caller ?? Caller.Farm with { From = context.Connection.RemoteIpAddress?.ToString() ?? "" }, secret);
        }

        if (caller is null)
        {
            throw new ApiRefusal(StatusCodes.Status401Unauthorized, "joining is refused: there is no token; make one with 'quern worker token' on the supervisor's host");
        }

        var isLocal = context.Features.Get<Peer>() is { IsLocal: true };
        return isLocal && caller.IsAdministrator
            ? (caller, null)
            : throw ApiRefusal.Forbidden($"joining is refused: {caller.User} is no administrator on the supervisor's own host; ask one for a token of 'quern worker token'");
    }

    /// <summary>Returns whether the worker speaks for its owner only.</summary>
    private static bool Check(JoinRequest request)
    {
        if (request.Name is null || !StateFolder.IsWorkerName(request.Name))
        {
            throw ApiRefusal.Bad($"joining is refused: '{TargetText.Quote(request.Name ?? "")}' cannot be a worker's name; use up to {StateFolder.WorkerNameLength} letters, digits, dots, dashes and underscores, a letter or digit first");
        }

        if (request.Mode is not (Service or Desktop))
        {
            throw ApiRefusal.Bad($"joining is refused: mode '{TargetText.Quote(request.Mode ?? "")}' is not known; use service or desktop");
        }

        var isDesktop = request.Mode == Desktop;
        return isDesktop && !CallerIdentity.IsName(request.Owner)
            ? throw ApiRefusal.Bad("joining is refused: a desktop worker needs the name of its owner; start the worker as that account")
            : isDesktop;
    }
}
