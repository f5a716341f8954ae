using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Quern.Configuration;
using Quern.Protocol.Link;

namespace Quern.Supervisor.Trust;

/// <summary>Whose a worker's certificate is.</summary>
/// <param name="Loan">Set when it is only for as long as a service worker lends its host to a desktop worker.</param>
/// <param name="Key">Hash of its public key, see <see cref="Authority.HashOf"/>.</param>
internal sealed record WorkerProof(int WorkerId, LoanProof? Loan, string Key);

/// <param name="Owner">Account of the desktop worker.</param>
/// <param name="Id">Of the loan, as the service worker named it.</param>
internal sealed record LoanProof(string Owner, string Id);

/// <summary>
/// The farm's own certificate authority, made at the first start and kept in the supervisor's private folder. It signs two things: this
/// supervisor's server certificate, which lives in memory and is made anew when a third of its life is left, and the certificates of workers.
/// Whoever trusts <c>authority.pem</c> trusts nobody else.
/// </summary>
internal sealed class Authority : IDisposable
{
    public const string CertificateFile = "authority.pem";
    public const string KeyFile = "key.pem";

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string EllipticCurveKey = "1.2.840.10045.2.1";
    private const string WorkerName = "worker-";

    // A name of its own: a supervisor that knows no loans must not take such a certificate for a service's.
    private const string LoanName = "loan-worker-";
    private const string CommonName = "2.5.4.3";
    private const string SerialNumber = "2.5.4.5";
    private const string UserId = "0.9.2342.19200300.100.1.1";
    private const int RequestCharacters = 8 * 1024;
    private const int Years = 10;

    // Clocks of a farm's hosts differ: what is signed now was valid yesterday.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromDays(1);
    private static readonly TimeSpan Life = TimeSpan.FromDays(365);

    /// <summary>Of a loan's certificate.</summary>
    public static readonly TimeSpan LoanLife = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly X509Certificate2 certificate;
    private readonly TimeProvider time;
    private readonly OidCollection clientPolicy = [new Oid(ClientAuthentication)];
    private SslStreamCertificateContext? server;
    private DateTimeOffset renewAt;

    private Authority(X509Certificate2 certificate, TimeProvider time)
    {
        this.certificate = certificate;
        this.time = time;
        Fingerprint = Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256));
        Pem = certificate.ExportCertificatePem() + "\n";
    }

    /// <summary>SHA-256 of the authority's certificate, 64 hexadecimal digits in lower case.</summary>
    public string Fingerprint { get; }

    /// <summary>The authority's certificate.</summary>
    public string Pem { get; }

    /// <summary>
    /// Opens the authority in <paramref name="supervisorFolder"/>, or makes it, and lays a copy of its certificate that everybody may read in
    /// <paramref name="runFolder"/>.
    /// </summary>
    /// <exception cref="AuthorityException">The files are damaged, or the key is gone while the certificate is there.</exception>
    public static Authority OpenOrCreate(string supervisorFolder, string runFolder, TimeProvider time)
    {
        var keyPath = Path.Combine(supervisorFolder, KeyFile);
        var certificatePath = Path.Combine(supervisorFolder, CertificateFile);
        if (!File.Exists(keyPath))
        {
            if (File.Exists(certificatePath))
            {
                throw new AuthorityException($"the key of the farm's authority is missing: {keyPath} is gone but {certificatePath} is there; restore the key from a backup, or delete both and join every worker again");
            }

            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            StateFolder.WriteWhole(keyPath, Encoding.ASCII.GetBytes(made.ExportPkcs8PrivateKeyPem() + "\n"), StateFolder.PrivateFile);
        }

        var authority = new Authority(Load(keyPath, certificatePath, time), time);
        StateFolder.CheckSecret(keyPath);
        var copy = Path.Combine(runFolder, CertificateFile);
        if (!File.Exists(copy) || File.ReadAllText(copy) != authority.Pem)
        {
            StateFolder.WriteWhole(copy, Encoding.ASCII.GetBytes(authority.Pem), StateFolder.SharedFile);
        }

        return authority;
    }

    /// <summary>The server certificate in force now; asked for at each handshake.</summary>
    public SslStreamCertificateContext ServerCertificate
    {
        get
        {
            var now = time.GetUtcNow();
            lock (gate)
            {
                if (server is null || now >= renewAt)
                {
                    server = SslStreamCertificateContext.Create(MakeServerCertificate(now), [certificate], offline: true);
                    renewAt = now + (Life * 2 / 3);
                }

                return server;
            }
        }
    }

    /// <summary>
    /// Reads the key of a certificate request and checks that the sender has it. Refused, with a sentence: more than 8 KiB, no PKCS#10 PEM, a
    /// wrong signature, a key that is not on P-256, P-384 or P-521. Nothing else of a request is used.
    /// </summary>
    public static PublicKey? ReadRequest(string? requestPem, out string? refusal)
    {
        if (string.IsNullOrEmpty(requestPem) || requestPem.Length > RequestCharacters)
        {
            refusal = "the certificate request is refused: it is empty or longer than 8 KiB; delete the worker's state folder and join again";
            return null;
        }

        try
        {
            var request = CertificateRequest.LoadSigningRequestPem(requestPem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default);
            using var key = request.PublicKey.Oid.Value == EllipticCurveKey ? request.PublicKey.GetECDsaPublicKey() : null;
            refusal = key?.KeySize is 256 or 384 or 521 ? null : "the certificate request is refused: its key is not an elliptic curve key of 256, 384 or 521 bits; delete the worker's state folder and join again";
            return refusal is null ? request.PublicKey : null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            refusal = "the certificate request is refused: it is no PKCS#10 request signed by its own key; delete the worker's state folder and join again";
            return null;
        }
    }

    /// <summary>The certificate of a worker, PEM, for one year from now.</summary>
    public string SignWorker(PublicKey key, int workerId)
    {
        var name = new X500DistinguishedName($"CN={WorkerName}{workerId}");
        using var signed = Sign(name, key, ClientAuthentication, null, time.GetUtcNow(), Life);
        return signed.ExportCertificatePem() + "\n";
    }

    /// <summary>The certificate of a desktop worker that a service worker lends its host to, PEM, for <see cref="LoanLife"/> from now.</summary>
    public string SignLoan(PublicKey key, int workerId, LoanProof loan)
    {
        var name = new X500DistinguishedNameBuilder();
        name.Add(SerialNumber, loan.Id);
        name.Add(UserId, loan.Owner);
        name.AddCommonName(string.Create(CultureInfo.InvariantCulture, $"{LoanName}{workerId}"));
        using var signed = Sign(name.Build(), key, ClientAuthentication, null, time.GetUtcNow(), LoanLife);
        return signed.ExportCertificatePem() + "\n";
    }

    /// <summary>As <see cref="SignWorker(PublicKey, int)"/>, from a request; null and a sentence when it is refused.</summary>
    public string? SignWorker(string requestPem, int workerId, out string? refusal) =>
        ReadRequest(requestPem, out refusal) is { } key ? SignWorker(key, workerId) : null;

    /// <summary>The worker a certificate of this authority was made for; null for any other certificate, and for one that is over.</summary>
    public WorkerProof? ProofOf(X509Certificate2 peer)
    {
        if (Named(peer.SubjectName) is not { } named)
        {
            return null;
        }

        var proof = new WorkerProof(named.Id, named.Loan, HashOf(peer.PublicKey));

        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.Add(certificate);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = time.GetUtcNow().UtcDateTime;
        policy.ApplicationPolicy.Add(clientPolicy[0]);
        return chain.Build(peer) ? proof : null;
    }

    public void Dispose() => certificate.Dispose();

    /// <summary>SHA-256 of a public key with its kind, in lower case.</summary>
    public static string HashOf(PublicKey key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private static (int Id, LoanProof? Loan)? Named(X500DistinguishedName subject)
    {
        var parts = new Dictionary<string, string>();
        foreach (var part in subject.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements || !parts.TryAdd(part.GetSingleElementType().Value!, part.GetSingleElementValue() ?? ""))
            {
                return null;
            }
        }

        var name = parts.GetValueOrDefault(CommonName, "");
        return (parts.Count, Number(name, WorkerName), Number(name, LoanName)) switch
        {
            (1, { } id, _) => (id, null),
            (3, _, { } id) when parts.TryGetValue(UserId, out var owner) && parts.TryGetValue(SerialNumber, out var loan) => (id, new LoanProof(owner, loan)),
            _ => null,
        };
    }

    private static int? Number(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static X509Certificate2 Load(string keyPath, string certificatePath, TimeProvider time)
    {
        try
        {
            if (File.Exists(certificatePath))
            {
                return X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            }

            using var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(keyPath));
            var made = MakeRoot(key, time.GetUtcNow());
            StateFolder.WriteWhole(certificatePath, Encoding.ASCII.GetBytes(made.ExportCertificatePem() + "\n"), StateFolder.SharedFile);
            return made;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new AuthorityException($"the farm's authority cannot be read: {keyPath} and {certificatePath} are damaged or not a pair; restore both from a backup, or delete both and join every worker again", exception);
        }
    }

    private static X509Certificate2 MakeRoot(ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest($"CN=Quern farm {Environment.MachineName}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request.CreateSelfSigned(now - ClockTolerance, now.AddYears(Years));
    }

    private X509Certificate2 MakeServerCertificate(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Sign(new X500DistinguishedName($"CN={LinkLimits.ServerName}"), new PublicKey(key), ServerAuthentication, ServerNames.Read(), now, Life);
        return signed.CopyWithPrivateKey(key);
    }

    private X509Certificate2 Sign(X500DistinguishedName subject, PublicKey key, string purpose, X509Extension? names, DateTimeOffset now, TimeSpan life)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var extensions = request.CertificateExtensions;
        extensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        extensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        extensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], true));
        extensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, true, false));
        if (names is not null)
        {
            extensions.Add(names);
        }

        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] = (byte)((serial[0] & 0x7f) | 1);

        // Nothing may outlive what signed it.
        var end = now + life < certificate.NotAfter ? now + life : new DateTimeOffset(certificate.NotAfter);
        return request.Create(certificate, now - ClockTolerance < certificate.NotBefore ? certificate.NotBefore : now - ClockTolerance, end, serial);
    }
}
