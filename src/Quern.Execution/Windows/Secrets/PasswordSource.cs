using Quern.Execution.Runs;
using Quern.Secrets;

namespace Quern.Execution.Windows.Secrets;

/// <summary>Where the password of a logon comes from: sealed for this worker's key, or a place of this host. Thread-safe.</summary>
internal sealed class PasswordSource(SealingKey key, IReadOnlyList<ILocalPasswords> places)
{
    /// <summary>The caller disposes it.</summary>
    /// <param name="problem">Why there is none: the end of a sentence about the account, with the remedy.</param>
    internal Secret? Find(LogonRequest request, out string? problem)
    {
        problem = $"cannot be logged on, there is no password of it: {request.Remedy}";
        if (request.Password.Length == 0)
        {
            return null;
        }

        Secret? secret;
        string? fault;
        try
        {
            secret = request.Password.StartsWith(SealedText.Prefix, StringComparison.Ordinal)
                ? key.Open(request.Password, new SealedFor(request.SealedAccount, request.Purpose), out fault)
                : Kept(request, out fault);
        }
        catch (IOException failure)
        {
            (secret, fault) = (null, failure.Message);
        }

        problem = secret is null ? $"cannot be logged on, its password cannot be used, {fault}: {request.Remedy}" : null;
        return secret;
    }

    private Secret? Kept(LogonRequest request, out string? fault)
    {
        fault = "it is neither sealed nor a place of this host";
        var colon = request.Password.IndexOf(':', StringComparison.Ordinal);
        var place = colon < 0 ? null : places.FirstOrDefault(one => one.Place == request.Password[..colon]);
        return place is null ? null : StoredPassword.Read(place, request.Password[(colon + 1)..], request.SealedAccount, out fault);
    }
}
