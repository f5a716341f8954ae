using Quern.Protocol.Api;
using Quern.Worker.Local;

namespace Quern.Worker.Dual;

/// <summary>What the service worker is in the farm, as the desktop worker needs to know it.</summary>
/// <param name="Authority">PEM.</param>
/// <param name="Supervisor">HOST:PORT, where it is now.</param>
internal sealed record LentPlace(string Name, int WorkerId, string Authority, Func<string> Supervisor);

/// <summary>Gets certificates for desktop workers from the supervisor, and hands them over.</summary>
/// <param name="certify">Asks the supervisor. Throws <see cref="RefusalException"/> with its sentence.</param>
internal sealed class LoanOffice(LentPlace place, Func<LoanCertificateRequest, CancellationToken, Task<LoanCertificateReply>> certify, WorkerLog log)
{
    /// <summary>A certificate for the asker; null: the supervisor gives none, and the asker is told why.</summary>
    public async Task<LoanCertificateReply?> CertifyAsync(LoanAsk ask, string person, CancellationToken token)
    {
        try
        {
            return await AskAsync(ask, person, token).ConfigureAwait(false);
        }
        catch (RefusalException refusal)
        {
            await ask.RefuseAsync(refusal.Message).ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>The host is the asker's.</summary>
    public Task HandOverAsync(LoanAsk ask, LoanCertificateReply reply, string text) => ask.SayAsync(new LoanLine
    {
        State = "lent",
        Text = text,
        Name = place.Name,
        WorkerId = place.WorkerId,
        Certificate = reply.Certificate,
        Authority = place.Authority,
        Supervisor = place.Supervisor(),
    });

    /// <summary>A new certificate for the same loan.</summary>
    /// <returns>How long it can be used; null: there was none, and the old one goes on for a while.</returns>
    public async Task<TimeSpan?> TryRenewAsync(LoanAsk ask, string person, CancellationToken token)
    {
        try
        {
            var reply = await AskAsync(ask, person, token).ConfigureAwait(false);
            await HandOverAsync(ask, reply, "the certificate is renewed").ConfigureAwait(false);
            return TimeSpan.FromSeconds(reply.Seconds);
        }
        catch (RefusalException refusal)
        {
            log.Warn($"the desktop worker's certificate is not renewed: {refusal.Message}; trying again");
            return null;
        }
    }

    /// <summary>Asks the supervisor over HTTP.</summary>
    /// <param name="dial">Opens a connection to it under this worker's own certificate.</param>
    public static Func<LoanCertificateRequest, CancellationToken, Task<LoanCertificateReply>> Over(Func<CancellationToken, Task<Stream>> dial) => (request, token) =>
        new SupervisorCall(dial).PostAsync(ApiRoutes.WorkerLoan, request, ApiJson.Default.LoanCertificateRequest, ApiJson.Default.LoanCertificateReply, "the loan", token);

    private Task<LoanCertificateReply> AskAsync(LoanAsk ask, string person, CancellationToken token) =>
        certify(new LoanCertificateRequest { Owner = person, Loan = ask.Id, CertificateRequest = ask.CertificateRequest }, token);
}
