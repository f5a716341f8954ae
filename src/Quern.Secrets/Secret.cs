using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Quern.Secrets;

/// <summary>
/// A password for as long as it is used: never a string, never moved by the collector, wiped when it is disposed. It has no property, so that neither a log nor
/// JSON finds anything to print. Whoever makes one disposes it. Not thread-safe.
/// </summary>
[DebuggerDisplay("(secret)")]
public sealed class Secret : IDisposable
{
    /// <summary>Longest, as UTF-8; Windows takes 256 characters.</summary>
    public const int MaxBytes = 1024;

    private readonly byte[] _utf8;

    private Secret(int bytes) => _utf8 = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);

    /// <summary>Copies; wiping <paramref name="utf8"/> is up to the caller.</summary>
    /// <exception cref="ArgumentException">It is empty, longer than <see cref="MaxBytes"/>, holds NUL, or is not UTF-8.</exception>
    public static Secret OfUtf8(ReadOnlySpan<byte> utf8)
    {
        if (!System.Text.Unicode.Utf8.IsValid(utf8) || utf8.Contains((byte)0))
        {
            throw new ArgumentException("a password is text without NUL characters: type it anew");
        }

        var secret = new Secret(CheckLength(utf8.Length));
        utf8.CopyTo(secret._utf8);
        return secret;
    }

    /// <summary>As <see cref="OfUtf8"/>.</summary>
    public static Secret OfChars(ReadOnlySpan<char> characters)
    {
        if (characters.Contains('\0'))
        {
            throw new ArgumentException("a password is text without NUL characters: type it anew");
        }

        var secret = new Secret(CheckLength(Encoding.UTF8.GetByteCount(characters)));
        Encoding.UTF8.GetBytes(characters, secret._utf8);
        return secret;
    }

    /// <summary>The password itself. A wiped one is all zeros.</summary>
    public ReadOnlySpan<byte> Utf8() => _utf8;

    /// <summary>As UTF-16 with a NUL at its end, what Windows takes; the caller wipes it.</summary>
    public char[] CopyUtf16()
    {
        var characters = GC.AllocateUninitializedArray<char>(Encoding.UTF8.GetCharCount(_utf8) + 1, pinned: true);
        characters[Encoding.UTF8.GetChars(_utf8, characters)] = '\0';
        return characters;
    }

    /// <summary>Compares in a time that tells nothing but the lengths.</summary>
    public bool IsSameAs(Secret other) => CryptographicOperations.FixedTimeEquals(_utf8, other._utf8);

    public override string ToString() => "(secret)";

    public void Dispose() => CryptographicOperations.ZeroMemory(_utf8);

    private static int CheckLength(int bytes) => bytes switch
    {
        0 => throw new ArgumentException("a password cannot be empty: Windows refuses such logons"),
        > MaxBytes => throw new ArgumentException($"a password has at most {MaxBytes} bytes: Windows takes 256 characters"),
        _ => bytes,
    };
}
