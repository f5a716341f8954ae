using Quern.Configuration;
using Quern.Core.Farms;
using Quern.Secrets;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Passwords;

/// <summary>
/// The supervisor's sealing key. It opens a password for one thing, to seal it again for one worker; whoever asks for that has written it into the history
/// before. Thread-safe.
/// </summary>
internal sealed class PasswordSeal(SealingKey key) : IDisposable
{
    public const string KeyFile = "sealing.pem";

    public SealingPublicKey Public => key.Public;

    /// <exception cref="IOException">The key cannot be read; one line.</exception>
    public static PasswordSeal Open(string supervisorFolder)
    {
        var path = Path.Combine(supervisorFolder, KeyFile);
        StateFolder.CheckSecret(path);
        return new(SealingKey.OpenOrCreate(path, (file, content) => StateFolder.WriteWhole(file, content, StateFolder.PrivateFile)));
    }

    /// <summary>A user's password, for the worker and the run of the order.</summary>
    public Wire.Credential ForRun(StartOrder start)
    {
        var row = start.Credential!;
        var again = Again(row.Sealed!, new SealedFor(row.Account, SealedFor.Stored), start.SealingKey, SealedFor.Run(start.Run.ToString()), out var fault);
        return again is not null
            ? new Wire.Credential { Account = row.Account, Password = again }
            : new Wire.Credential { Account = row.Account, Problem = $"account '{row.Account}' cannot be logged on: the supervisor cannot open its password, {fault}: run 'qblogin' as {row.User} again" };
    }

    /// <summary>A proxy_password of the central settings, for one worker.</summary>
    /// <param name="fault">Why there is none, the end of a sentence.</param>
    public string? ForWorker(string password, string workerKey, out string? fault)
    {
        fault = "it is not a whole sealed password";
        return SealedText.Parse(password) is { } parsed ? Again(password, new SealedFor(parsed.Account, SealedFor.Proxy), workerKey, SealedFor.Proxy, out fault) : null;
    }

    /// <summary>The mail server's password, which qbhash sealed for that account.</summary>
    /// <param name="fault">Why there is none, the end of a sentence.</param>
    public Secret? ForMail(string password, string account, out string? fault)
    {
        fault = password.Length == 0 ? "it is not set" : "it is not a whole sealed password";
        return SealedText.Parse(password) is null ? null : key.Open(password, new SealedFor(account, SealedFor.Proxy), out fault);
    }

    /// <summary>Why a sealed text is not this supervisor's, the end of a sentence; null when it is. Nothing is opened.</summary>
    public string? WhyNotMine(string password) => SealedText.Parse(password) switch
    {
        null => "it is not a whole sealed password",
        { } parsed when parsed.KeyId != key.Public.Id => $"it is sealed for key {parsed.KeyId}, and this supervisor's is {key.Public.Id}",
        _ => null,
    };

    public void Dispose() => key.Dispose();

    private string? Again(string password, SealedFor what, string workerKey, string purpose, out string? fault)
    {
        using var secret = key.Open(password, what, out fault);
        if (secret is null)
        {
            return null;
        }

        fault = SealingPublicKey.Parse(workerKey) is null ? "the worker's key is none" : null;
        return SealingPublicKey.Parse(workerKey)?.Seal(secret, what with { Purpose = purpose });
    }
}
