using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Quern.Core;
using Quern.Core.Farms;

namespace Quern.Supervisor.Trust;

/// <summary>
/// One-time tokens by which workers join: <c>quern1.</c> + base64url of <c>HOST:PORT|sha256 of the authority|secret</c>. The farm keeps only the
/// secret's hash and its end, under <c>join-token:HASH</c>.
/// </summary>
internal static class JoinTokens
{
    private const string Prefix = "quern1.";
    private const string KeyPrefix = "join-token:";
    private const int LongestToken = 1024;

    /// <summary>How long a token can be used.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(24);

    /// <summary>How long it is known after its end that a token was good, for the sentence to whoever uses it late.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    /// <summary>A new secret; made off the loop.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));

    public static string Write(string address, string fingerprint, string secret) =>
        Prefix + Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{address}|{fingerprint}|{secret}"));

    /// <summary>The secret of a token; null when the text is no token.</summary>
    public static string? SecretOf(string token)
    {
        if (token.Length > LongestToken || !token.StartsWith(Prefix, StringComparison.Ordinal) || !Base64Url.IsValid(token.AsSpan(Prefix.Length)))
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.AsSpan(Prefix.Length))).Split('|');
        return parts.Length == 3 && parts[2].Length > 0 ? parts[2] : null;
    }

    /// <summary>Makes a secret good for <see cref="Life"/>; returns its end, Unix milliseconds. On the loop.</summary>
    public static long Allow(Farm farm, string secret, Caller caller, Now now)
    {
        var end = now.Unix + (long)Life.TotalMilliseconds;
        farm.PutSetting(KeyOf(secret), end.ToString(CultureInfo.InvariantCulture));
        farm.RecordFor(EventComponent.Admin, caller, "a token made with which one worker may join", now);
        return end;
    }

    /// <summary>A sentence when a secret is not (or no longer) good. On the loop.</summary>
    public static string? WhyNot(Farm farm, string secret, Now now)
        => farm.Setting(KeyOf(secret)) is not { } end ? "the join token is refused: it was used before, is long over, or this farm never made it; make a new one with 'quern worker token'"
        : EndOf(end) < now.Unix ? "the join token is refused: it is older than a day; make a new one with 'quern worker token'"
        : null;

    /// <summary>Uses a secret up. On the loop, in the turn of what it pays for.</summary>
    public static void Use(Farm farm, string secret) => farm.PutSetting(KeyOf(secret), null);

    /// <summary>Forgets secrets that have been over for a week. On the loop.</summary>
    /// <returns>How many.</returns>
    public static int Sweep(Farm farm, Now now)
    {
        var over = farm.SettingsOf(KeyPrefix).Where(pair => EndOf(pair.Value) + (long)Remembered.TotalMilliseconds < now.Unix).ToList();
        over.ForEach(pair => farm.PutSetting(pair.Key, null));
        return over.Count;
    }

    private static long EndOf(string value) => long.Parse(value, CultureInfo.InvariantCulture);

    private static string KeyOf(string secret) => KeyPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
