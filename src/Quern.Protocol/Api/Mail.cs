namespace Quern.Protocol.Api;

/// <summary>Body of POST /api/v1/mail/test; administrators only.</summary>
public sealed record MailTestRequest
{
    /// <summary>Default mail_administrator.</summary>
    public string? To { get; init; }
}

/// <summary>What the two sides said, without secrets.</summary>
public sealed record MailTestReply
{
    public required string Dialogue { get; init; }

    /// <summary>Null = the server took the mail.</summary>
    public string? Failure { get; init; }
}
