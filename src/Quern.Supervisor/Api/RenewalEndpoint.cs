using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>
/// How a worker gets its next certificate: it asks in its own name, and the present one, which has to count still, is the proof. The key stays the same, so both count until the old one ends, and it
/// does not matter which of them a crash leaves the worker with.
/// </summary>
internal sealed class RenewalEndpoint(IFarmLoop loop, Authority authority)
{
    public async Task RenewAsync(HttpContext context)
    {
        // A caller on the host of that worker comes under its certificate too, and under a name of their own.
        if (ApiGate.TryCallerOf(context) is { } caller)
        {
            throw ApiRefusal.Forbidden($"the certificate is not renewed: {caller.User} asks for it, and a worker's is renewed for the worker alone, which sees to it by itself");
        }

        if (context.Features.Get<Peer>()?.Proof is not { Loan: null } proof)
        {
            throw new ApiRefusal(StatusCodes.Status401Unauthorized, "the certificate is not renewed: none of a worker's own was shown that counts; join with a token of 'quern worker token'");
        }

        var request = await ApiGate.ReadAsync(context, ApiJson.Default.RenewalRequest).ConfigureAwait(false);
        var key = Authority.ReadRequest(request.CertificateRequest, out var refusal) ?? throw ApiRefusal.Bad(refusal!);
        if (Authority.HashOf(key) != proof.Key)
        {
            throw ApiRefusal.Bad("the certificate is not renewed: the request is for another key than that of the certificate that was shown; join again to have another key");
        }

        var from = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (await loop.Ask((farm, now) => WhyNot(farm, proof, Caller.Farm with { From = from }, now), context.RequestAborted).ConfigureAwait(false) is { } sentence)
        {
            throw ApiRefusal.Forbidden($"the certificate is not renewed: {sentence}");
        }

        await ApiGate.WriteAsync(context, new RenewalReply { Certificate = authority.SignWorker(key, proof.WorkerId) }, ApiJson.Default.RenewalReply).ConfigureAwait(false);
    }

    private static string? WhyNot(Farm farm, WorkerProof proof, Caller caller, Now now)
    {
        var sentence = Membership.WhyNot(farm, proof);
        if (sentence is null)
        {
            farm.RecordFor(EventComponent.Admin, caller, $"host {farm.HostNameOf(new WorkerId(proof.WorkerId))}: its certificate is renewed", now);
        }

        return sentence;
    }
}
