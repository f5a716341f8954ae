using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Quern.Secrets;

/// <summary>Seals passwords that only the holder of the private key can open. A value; its text form is base64url of the P-256 point, 86 characters.</summary>
public sealed class SealingPublicKey
{
    internal const int PointBytes = 64;
    private const int CoordinateBytes = 32;

    private readonly byte[] _point;

    private SealingPublicKey(byte[] point)
    {
        _point = point;
        Id = Convert.ToHexStringLower(SHA256.HashData(point))[..16];
    }

    /// <summary>Sixteen hexadecimal digits that tell keys apart.</summary>
    public string Id { get; }

    /// <summary>Null when the text is no point of the curve.</summary>
    public static SealingPublicKey? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > 2 * PointBytes || !Base64Url.IsValid(text))
        {
            return null;
        }

        var point = Base64Url.DecodeFromChars(text);
        if (point.Length != PointBytes)
        {
            return null;
        }

        try
        {
            using var key = Open(point);
            return new SealingPublicKey(point);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public override string ToString() => Base64Url.EncodeToString(_point);

    /// <summary>The sealed form, <c>sealed:1:KEY:ACCOUNT:DATA</c>: one word, fit for a line of qb.conf. No two are alike; the length tells little of the password's.</summary>
    /// <exception cref="ArgumentException">The account is empty, longer than 256 characters, or not printable.</exception>
    public string Seal(Secret secret, SealedFor what)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var recipient = Open(_point);
        var from = PointOf(ephemeral);
        var agreed = ephemeral.DeriveRawSecretAgreement(recipient.PublicKey);
        var plain = SealedText.Pad(secret);
        try
        {
            var header = new SealedText(Id, SealedText.CheckAccount(what.Account), []);
            var sealedBytes = SealedText.Encrypt(agreed, from, _point, plain, header.AssociatedData(what.Purpose));
            return (header with { Data = [.. from, .. sealedBytes] }).ToString();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(agreed);
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    internal static SealingPublicKey Of(ECDiffieHellman key) => new(PointOf(key));

    internal static ECDiffieHellman Open(ReadOnlySpan<byte> point) => ECDiffieHellman.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = point[..CoordinateBytes].ToArray(), Y = point[CoordinateBytes..].ToArray() },
    });

    internal byte[] Point() => _point;

    private static byte[] PointOf(ECDiffieHellman key)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return [.. q.X!, .. q.Y!];
    }
}
