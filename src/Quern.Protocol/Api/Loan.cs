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

/// <summary>Body of POST /worker/loan on the socket of a machine's service worker: its person's desktop worker asks for the host. Kept open, the connection is the loan.</summary>
public sealed record LoanRequest
{
    /// <summary>Of the desktop worker's program.</summary>
    public required string Version { get; init; }

    /// <summary>PKCS#10 request, PEM, for a key that never leaves the desktop worker's memory.</summary>
    public required string CertificateRequest { get; init; }
}

/// <summary>
/// One line of the answer, which has no end but the connection's. When the desktop worker closes the connection, however that comes, the service worker takes the host
/// back; when the service worker does, the desktop worker ends what it runs and says nothing more to the supervisor.
/// </summary>
public sealed record LoanLine
{
    /// <summary>waiting, lent (the host is yours; again with a new certificate, before the last is over), or refused (the last line).</summary>
    public required string State { get; init; }

    /// <summary>For people: one line.</summary>
    public required string Text { get; init; }

    /// <summary>What the worker is called in the farm.</summary>
    public string? Name { get; init; }

    /// <summary>Its number there.</summary>
    public int WorkerId { get; init; }

    /// <summary>PEM.</summary>
    public string? Certificate { get; init; }

    /// <summary>The farm's, PEM.</summary>
    public string? Authority { get; init; }

    /// <summary>HOST:PORT.</summary>
    public string? Supervisor { get; init; }
}

/// <summary>Who has a host in dual mode.</summary>
public sealed record DualView
{
    /// <summary>Whose desktop worker it can pass to.</summary>
    public required string User { get; init; }

    /// <summary>service, passing (the service takes nothing new), or desktop.</summary>
    public required string Holder { get; init; }

    /// <summary>Since when, Unix milliseconds.</summary>
    public required long Since { get; init; }

    /// <summary>Why: one line.</summary>
    public required string Why { get; init; }
}
