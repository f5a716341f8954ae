namespace Quern.Secrets;

/// <summary>What a password was sealed for; it opens for nothing else.</summary>
/// <param name="Account">Whose it is. Letter case and a leading <c>.\</c> do not matter, as on Windows.</param>
/// <param name="Purpose">One of the constants here, or <see cref="Run"/>.</param>
public sealed record SealedFor(string Account, string Purpose)
{
    /// <summary>Kept by the supervisor, to be sealed again for a worker.</summary>
    public const string Stored = "stored";

    /// <summary>A <c>proxy_password</c>.</summary>
    public const string Proxy = "proxy";

    /// <summary>For one run of one instance, <c>12.0#3</c>.</summary>
    public static string Run(string run) => "run " + run;

    /// <summary>The same for every spelling of one account.</summary>
    public static string KeyOf(string account)
    {
        var name = account.Trim();
        return (name.StartsWith(@".\", StringComparison.Ordinal) ? name[2..] : name).ToLowerInvariant();
    }
}
