using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Quern.Protocol.Link;

namespace Quern.Worker.Link;

/// <summary>TLS to the farm's supervisor: its certificate is believed only when the farm's own authority signed it for a server; the system's roots count for nothing.</summary>
internal static class FarmTls
{
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";

    /// <param name="own">The worker's certificate with its key; null while it has none (joining).</param>
    /// <param name="serverName">Sent as SNI: <see cref="LinkLimits.ServerName"/> makes the supervisor ask for the certificate.</param>
    public static SslClientAuthenticationOptions Options(X509Certificate2 authority, X509Certificate2? own, string serverName)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            CertificateChainPolicy = Policy(authority),
            RemoteCertificateValidationCallback = static (_, _, _, errors) => IsFromFarm(errors),
        };
        if (own is not null)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(own, additionalCertificates: null, offline: true);
        }

        return options;
    }

    /// <summary>Whether a certificate that somebody presents is a server's of this authority.</summary>
    public static bool IsServerOf(X509Certificate2 authority, X509Certificate2 presented)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(authority) };
        return chain.Build(presented);
    }

    /// <summary>Fingerprint of an authority as tokens and ready files carry it: SHA-256 over the certificate, 64 lower-case hex digits.</summary>
    public static string Fingerprint(X509Certificate2 authority) => Convert.ToHexStringLower(authority.GetCertHash(HashAlgorithmName.SHA256));

    /// <summary>
    /// The chain alone decides: the authority is this farm's only, and what it signs for servers are its supervisors, whatever name or address
    /// they were reached by.
    /// </summary>
    private static bool IsFromFarm(SslPolicyErrors errors) => (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;

    private static X509ChainPolicy Policy(X509Certificate2 authority)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(authority);
        policy.ApplicationPolicy.Add(new Oid(ServerUse));
        return policy;
    }
}
