namespace Quern.Protocol.Api;

/// <summary>Body of POST /api/v1/workers/renew, which a worker sends in its own name when its certificate grows old.</summary>
public sealed record RenewalRequest
{
    /// <summary>PKCS#10 request, PEM, for the key of the certificate that is shown.</summary>
    public required string CertificateRequest { get; init; }
}

public sealed record RenewalReply
{
    /// <summary>PEM: the same worker and key, for a year from now.</summary>
    public required string Certificate { get; init; }
}
