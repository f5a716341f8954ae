namespace Quern.Protocol.Api;

/// <summary>Body of POST /api/v1/workers/loan, which a service worker sends in its own name when it lends its host to a desktop worker, and again before the hour is over.</summary>
public sealed record LoanCertificateRequest
{
    /// <summary>Account of the desktop worker, as the kernel told the service worker.</summary>
    public required string Owner { get; init; }

    /// <summary>Names the loan: up to 64 letters and digits that nobody else knows. Another one ends the loan before it.</summary>
    public required string Loan { get; init; }

    /// <summary>The desktop worker's PKCS#10 request, PEM.</summary>
    public required string CertificateRequest { get; init; }
}

public sealed record LoanCertificateReply
{
    /// <summary>PEM: the service worker's own id, for desktop mode and this owner only.</summary>
    public required string Certificate { get; init; }

    /// <summary>How long it can be used.</summary>
    public required int Seconds { get; init; }
}
