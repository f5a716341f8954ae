using System.Security.Cryptography;
using Quern.Secrets;

namespace Quern.Execution.Windows.Logon;

/// <summary>
/// Keeps a wrong password from being tried until the account is locked: after the first refusal the same one for the same account is refused here, with the same
/// sentence, for a while. Another password is tried at once. What is remembered of a password is a keyed hash that only this process can compute. Thread-safe.
/// </summary>
internal sealed class RefusedPasswords(TimeProvider time)
{
    internal static readonly TimeSpan Rest = TimeSpan.FromMinutes(5);
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<string, (byte[] Print, string Text, long Since)> _refused = [];
    private readonly Lock _gate = new();

    /// <summary>The sentence with which this password was refused a while ago; null when it may be tried.</summary>
    internal string? Find(string sid, Secret password)
    {
        var print = Print(password);
        lock (_gate)
        {
            if (_refused.TryGetValue(sid, out var entry) && time.GetElapsedTime(entry.Since) < Rest && CryptographicOperations.FixedTimeEquals(entry.Print, print))
            {
                return entry.Text;
            }

            _refused.Remove(sid);
            return null;
        }
    }

    internal void Add(string sid, Secret password, string text)
    {
        var print = Print(password);
        lock (_gate)
        {
            _refused[sid] = (print, text, time.GetTimestamp());
        }
    }

    private byte[] Print(Secret password) => HMACSHA256.HashData(_key, password.Utf8());
}
