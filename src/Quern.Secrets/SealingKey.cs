using System.Security.Cryptography;
using System.Text;

namespace Quern.Secrets;

/// <summary>A private key that opens what was sealed for it. Made where it is used and never sent. Thread-safe.</summary>
public sealed class SealingKey : IDisposable
{
    private readonly ECDiffieHellman _key;
    private readonly Lock _gate = new();

    private SealingKey(ECDiffieHellman key)
    {
        _key = key;
        Public = SealingPublicKey.Of(key);
    }

    public SealingPublicKey Public { get; }

    public static SealingKey Create() => new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>The key in a file (PKCS#8, PEM), made when there is none.</summary>
    /// <param name="write">Writes a file that only its owner may read, whole or not at all.</param>
    /// <exception cref="IOException">It cannot be read; one line.</exception>
    public static SealingKey OpenOrCreate(string path, Action<string, byte[]> write)
    {
        if (!File.Exists(path))
        {
            using var made = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
            var der = made.ExportPkcs8PrivateKey();
            var pem = PemEncoding.WriteUtf8("PRIVATE KEY"u8, der);
            write(path, pem);
            CryptographicOperations.ZeroMemory(der);
            CryptographicOperations.ZeroMemory(pem);
        }

        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            if (key.KeySize != 256)
            {
                throw new CryptographicException($"it has {key.KeySize} bits");
            }

            return new SealingKey(key);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new IOException($"the sealing key {path} cannot be read: it is damaged or no P-256 key; restore it from a backup, or delete it and register every password again", failure);
        }
    }

    /// <summary>Opens a sealed password. The caller disposes it.</summary>
    /// <param name="what">What it has to be for.</param>
    /// <param name="fault">Why it does not open, the end of a sentence; null when it does.</param>
    public Secret? Open(string text, SealedFor what, out string? fault)
    {
        var parsed = SealedText.Parse(text);
        fault = parsed is null ? "it is not a whole sealed password"
            : parsed.KeyId != Public.Id ? $"it is sealed for key {parsed.KeyId}, and this one is {Public.Id}"
            : SealedFor.KeyOf(parsed.Account) != SealedFor.KeyOf(what.Account) ? $"it is of account '{parsed.Account}', not of '{what.Account}'"
            : null;
        return fault is null ? Open(parsed!, what.Purpose, out fault) : null;
    }

    public void Dispose() => _key.Dispose();

    private Secret? Open(SealedText parsed, string purpose, out string? fault)
    {
        var from = parsed.Data.AsSpan(0, SealingPublicKey.PointBytes);
        var made = parsed.Data.AsSpan(SealingPublicKey.PointBytes);
        var plain = GC.AllocateUninitializedArray<byte>(made.Length - SealedText.TagBytes, pinned: true);
        byte[] agreed = [];
        try
        {
            using var sender = SealingPublicKey.Open(from);
            lock (_gate)
            {
                agreed = _key.DeriveRawSecretAgreement(sender.PublicKey);
            }

            SealedText.Decrypt(agreed, from, Public.Point(), made, plain, parsed.AssociatedData(purpose));
            var secret = SealedText.Unpad(plain);
            fault = secret is null ? "it is damaged" : null;
            return secret;
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            fault = "it is damaged, or it was sealed for another purpose";
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(agreed);
            CryptographicOperations.ZeroMemory(plain);
        }
    }
}
