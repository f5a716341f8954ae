using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Quern.Protocol.Api;
using Quern.Worker.Link;
using Quern.Worker.Local;

namespace Quern.Worker.Joining;

/// <summary>
/// Has the worker's certificate followed by the next when less than a third of its life is left. It is asked for under the present one, for the same key; connections that are open go on, and the next
/// one shows it. A worker that is away until its certificate has ended has to join again.
/// </summary>
/// <param name="ask">The next certificate for a request, both PEM. Throws <see cref="RefusalException"/> with its sentence.</param>
internal sealed class CertificateRenewal(KeptIdentity kept, Func<string, CancellationToken, Task<string>> ask, WorkerLog log, TimeProvider clock)
{
    /// <summary>Between two looks, and so between two tries.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromHours(6);

    /// <summary>Asks the supervisor.</summary>
    /// <param name="dial">Opens a connection to it under this worker's own certificate.</param>
    public static Func<string, CancellationToken, Task<string>> Over(Func<CancellationToken, Task<Stream>> dial) => async (request, token) =>
        (await new SupervisorCall(dial).PostAsync(ApiRoutes.WorkerRenewal, new RenewalRequest { CertificateRequest = request }, ApiJson.Default.RenewalRequest, ApiJson.Default.RenewalReply, "the certificate", token).ConfigureAwait(false)).Certificate;

    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await RunOnceAsync(stoppingToken).ConfigureAwait(false);
            await Task.Delay(Interval, clock, stoppingToken).ConfigureAwait(false);
        }
    }

    /// <returns>True when there is a new certificate.</returns>
    public async Task<bool> RunOnceAsync(CancellationToken stoppingToken)
    {
        var present = kept.Current.Certificate;
        if (clock.GetUtcNow() < DueAt(present))
        {
            return false;
        }

        try
        {
            kept.Renew(await ask(Request(present), stoppingToken).ConfigureAwait(false));
            log.Info($"this worker's certificate is renewed; it is good until {Day(kept.Current.Certificate)}");
            return true;
        }
        catch (Exception failure) when (failure is RefusalException or IOException or UnauthorizedAccessException)
        {
            log.Warn($"this worker's certificate, which ends on {Day(present)}, is not renewed: {failure.Message}; trying again in {Interval.TotalHours:0} hours");
            return false;
        }
    }

    private static DateTimeOffset DueAt(X509Certificate2 certificate)
    {
        var (begin, end) = (new DateTimeOffset(certificate.NotBefore), new DateTimeOffset(certificate.NotAfter));
        return end - ((end - begin) / 3);
    }

    private static string Request(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return new CertificateRequest(certificate.SubjectName, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
    }

    private static string Day(X509Certificate2 certificate) => certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
