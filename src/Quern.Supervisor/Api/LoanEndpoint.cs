using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>How the desktop worker of a host in dual mode gets a certificate: its service worker asks for it, for its own id and in nobody's name.</summary>
internal sealed class LoanEndpoint(IFarmLoop loop, Authority authority)
{
    private const int MostLoanCharacters = 64;

    public async Task LendAsync(HttpContext context)
    {
        // A caller on the host of that worker comes under its certificate too, and under a name of their own.
        if (ApiGate.TryCallerOf(context) is { } caller)
        {
            throw ApiRefusal.Forbidden($"the loan is refused: {caller.User} asks for it, and only the service worker of a host lends it; run 'quern worker mode dual' there");
        }

        if (context.Features.Get<Peer>()?.Proof is not { Loan: null } proof)
        {
            throw new ApiRefusal(StatusCodes.Status401Unauthorized, "the loan is refused: only a service worker, under its own certificate, lends its host; run 'quern worker mode dual' there");
        }

        var request = await ApiGate.ReadAsync(context, ApiJson.Default.LoanCertificateRequest).ConfigureAwait(false);
        if (!CallerIdentity.IsName(request.Owner) || request.Owner == "root")
        {
            throw ApiRefusal.Bad($"the loan is refused: '{TargetText.Quote(request.Owner ?? "")}' cannot be the owner of a desktop worker; name the person who logs in");
        }

        if (request.Loan is not { Length: > 0 and <= MostLoanCharacters } || !request.Loan.All(char.IsAsciiLetterOrDigit))
        {
            throw ApiRefusal.Bad($"the loan is refused: its name is not 1 to {MostLoanCharacters} letters and digits; install the same Quern on both");
        }

        if (Authority.ReadRequest(request.CertificateRequest, out var refusal) is not { } key)
        {
            throw ApiRefusal.Bad(refusal!);
        }

        var loan = new LoanProof(request.Owner, request.Loan);
        if (await loop.Ask((farm, now) => Membership.WhyNot(farm, proof) ?? HostLoans.Lend(farm, new WorkerId(proof.WorkerId), loan, now), context.RequestAborted).ConfigureAwait(false) is { } sentence)
        {
            throw ApiRefusal.Forbidden($"the loan is refused: {sentence}");
        }

        var reply = new LoanCertificateReply { Certificate = authority.SignLoan(key, proof.WorkerId, loan), Seconds = (int)Authority.LoanLife.TotalSeconds };
        await ApiGate.WriteAsync(context, reply, ApiJson.Default.LoanCertificateReply).ConfigureAwait(false);
    }
}
