namespace Quern.Protocol.Api;

/// <summary>Answer to GET /api/v1/credentials/key: what a client seals a password for. With <c>?worker=NAME</c> that worker's.</summary>
public sealed record SealingKeyReply
{
    /// <summary>86 characters.</summary>
    public required string Key { get; init; }
    /// <summary>The worker, or <c>supervisor</c>.</summary>
    public required string Recipient { get; init; }
    /// <summary>The caller, as the supervisor knows them.</summary>
    public required string User { get; init; }
}

/// <summary>Body of POST /api/v1/credentials: a password for the logons of a user's jobs on Windows hosts.</summary>
public sealed record CredentialRequest
{
    /// <summary>Absent: the caller. Another's: administrators only.</summary>
    public string? User { get; init; }
    /// <summary>Windows domain of the account; absent: as the host says. Administrators only.</summary>
    public string? Domain { get; init; }
    /// <summary>Sealed for the supervisor's key, with the account (<c>user</c> or <c>DOMAIN\user</c>) and purpose <c>stored</c>.</summary>
    public required string Password { get; init; }
}

/// <summary>What is known of a registered password; never the password, sealed or not. Times are Unix milliseconds, absent = never.</summary>
public sealed record CredentialView
{
    public required string User { get; init; }
    public required string Account { get; init; }
    public required long Created { get; init; }
    /// <summary><c>user@host</c>.</summary>
    public required string By { get; init; }
    /// <summary>A host last logged the account on with it.</summary>
    public long? Used { get; init; }
    /// <summary>A host last could not.</summary>
    public long? Failed { get; init; }
    /// <summary>Why, one sentence.</summary>
    public string? Failure { get; init; }
    /// <summary>It is not tried for now: a host called it wrong, or the supervisor's key has changed since.</summary>
    public required bool IsRefused { get; init; }
}

/// <summary>Answer to GET /api/v1/credentials: all, for administrators; with <c>?user=</c> that one, or none.</summary>
public sealed record CredentialList
{
    public required IReadOnlyList<CredentialView> Credentials { get; init; }
}
