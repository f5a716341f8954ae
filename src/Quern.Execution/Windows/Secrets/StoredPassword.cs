using System.Security.Cryptography;
using System.Text;
using Quern.Secrets;

namespace Quern.Execution.Windows.Secrets;

/// <summary>A password in a place of this host: with the account it is of, so that it serves no other. The account's key, NUL, the password; UTF-8.</summary>
internal static class StoredPassword
{
    private const int LongestName = 64;

    /// <summary>Keeps a password and returns how a setting names it, <c>lsa:NAME</c>.</summary>
    /// <exception cref="ArgumentException">The name has other characters than letters, digits, dot, dash and underscore.</exception>
    internal static string Store(ILocalPasswords place, string name, string account, Secret password)
    {
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            throw new ArgumentException($"a password is kept by a name of up to {LongestName} letters, digits, dots, dashes and underscores: choose another");
        }

        var key = Encoding.UTF8.GetBytes(SealedFor.KeyOf(account));
        var content = GC.AllocateUninitializedArray<byte>(key.Length + 1 + password.Utf8().Length, pinned: true);
        key.CopyTo(content, 0);
        content[key.Length] = 0;
        password.Utf8().CopyTo(content.AsSpan(key.Length + 1));
        try
        {
            place.Store(name, content);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }

        return $"{place.Place}:{name}";
    }

    /// <param name="fault">Why there is none, the end of a sentence.</param>
    internal static Secret? Read(ILocalPasswords place, string name, string account, out string? fault)
    {
        var content = place.Read(name);
        try
        {
            var end = content is null ? -1 : Array.IndexOf(content, (byte)0);
            var owner = end < 0 ? "" : Encoding.UTF8.GetString(content.AsSpan(0, end));
            fault = content is null ? $"there is none of the name '{name}' on this host"
                : end < 0 || end + 1 == content.Length ? $"what is kept as '{name}' is none of Quern's"
                : owner != SealedFor.KeyOf(account) ? $"what is kept as '{name}' is of account '{owner}', not of '{account}'"
                : null;
            return fault is null ? Secret.OfUtf8(content.AsSpan(end + 1)) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }
}
