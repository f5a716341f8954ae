using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Quern.Secrets;

/// <summary>
/// A sealed password as text: <c>sealed:1:KEY:ACCOUNT:DATA</c>. KEY is the id of the recipient's key, ACCOUNT is escaped, DATA is base64url of the sender's
/// one-time point (64 bytes) and what AES-256-GCM made of the padded password (tag, 16 bytes, last). Key and nonce come by HKDF-SHA-256 from the agreement of
/// the two points and belong to this one text. Version, key, account and purpose are associated data.
/// </summary>
public sealed record SealedText(string KeyId, string Account, byte[] Data)
{
    /// <summary>What every sealed text begins with.</summary>
    public const string Prefix = "sealed:";

    internal const int TagBytes = 16;
    private const string Version = "1";
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int BlockBytes = 64;
    private const int LongestAccount = 256;
    private const int LongestText = 8 * 1024;

    /// <summary>Null when the text is not of this form; nothing is opened, so the data may still be wrong.</summary>
    public static SealedText? Parse(string? text)
    {
        if (text is null || text.Length > LongestText || text.Split(':') is not ["sealed", Version, var key, var account, var data])
        {
            return null;
        }

        if (key.Length != 16 || !key.All(char.IsAsciiHexDigitLower) || !Base64Url.IsValid(data) || Base64Url.DecodeFromChars(data) is not { } bytes
            || bytes.Length < SealingPublicKey.PointBytes + BlockBytes + TagBytes || (bytes.Length - SealingPublicKey.PointBytes - TagBytes) % BlockBytes != 0)
        {
            return null;
        }

        var name = Uri.UnescapeDataString(account);
        return IsAccount(name) && Uri.EscapeDataString(name) == account ? new SealedText(key, name, bytes) : null;
    }

    public override string ToString() => $"{Prefix}{Version}:{KeyId}:{Uri.EscapeDataString(Account)}:{Base64Url.EncodeToString(Data)}";

    internal static string CheckAccount(string account)
        => IsAccount(account.Trim()) ? account.Trim() : throw new ArgumentException($"an account has 1 to {LongestAccount} printable characters: name it as Windows does, DOMAIN\\user");

    private static bool IsAccount(string account) => account.Length is > 0 and <= LongestAccount && !account.Any(char.IsControl);

    internal byte[] AssociatedData(string purpose) => Encoding.UTF8.GetBytes($"quern sealed {Version}\0{KeyId}\0{SealedFor.KeyOf(Account)}\0{purpose}");

    /// <summary>Length, password, zeros up to a whole block.</summary>
    internal static byte[] Pad(Secret secret)
    {
        var password = secret.Utf8();
        var padded = GC.AllocateArray<byte>((password.Length + 2 + BlockBytes - 1) / BlockBytes * BlockBytes, pinned: true);
        BinaryPrimitives.WriteUInt16BigEndian(padded, (ushort)password.Length);
        password.CopyTo(padded.AsSpan(2));
        return padded;
    }

    internal static Secret? Unpad(ReadOnlySpan<byte> padded)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(padded);
        return length <= padded.Length - 2 ? Secret.OfUtf8(padded.Slice(2, length)) : null;
    }

    internal static byte[] Encrypt(ReadOnlySpan<byte> agreed, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        var made = new byte[plain.Length + TagBytes];
        Span<byte> keys = stackalloc byte[KeyBytes + NonceBytes];
        Derive(agreed, from, to, keys);
        using var cipher = new AesGcm(keys[..KeyBytes], TagBytes);
        cipher.Encrypt(keys[KeyBytes..], plain, made.AsSpan(0, plain.Length), made.AsSpan(plain.Length), associated);
        CryptographicOperations.ZeroMemory(keys);
        return made;
    }

    /// <exception cref="CryptographicException">A bit of it, or of what it is for, is another.</exception>
    internal static void Decrypt(ReadOnlySpan<byte> agreed, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, ReadOnlySpan<byte> made, Span<byte> plain, ReadOnlySpan<byte> associated)
    {
        Span<byte> keys = stackalloc byte[KeyBytes + NonceBytes];
        Derive(agreed, from, to, keys);
        try
        {
            using var cipher = new AesGcm(keys[..KeyBytes], TagBytes);
            cipher.Decrypt(keys[KeyBytes..], made[..^TagBytes], made[^TagBytes..], plain, associated);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keys);
        }
    }

    private static void Derive(ReadOnlySpan<byte> agreed, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, Span<byte> keys)
        => HKDF.DeriveKey(HashAlgorithmName.SHA256, agreed, keys, salt: [], info: [.. "quern sealed 1"u8, .. from, .. to]);
}
