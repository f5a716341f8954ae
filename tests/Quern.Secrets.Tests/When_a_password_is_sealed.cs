using System.Text;
using CsCheck;

namespace Quern.Secrets.Tests;

public sealed class When_a_password_is_sealed
{
    private static readonly SealedFor What = new(@"STUDIO\ann", SealedFor.Stored);
    private static readonly Gen<string> Passwords = Gen.String[Gen.Char['\u0001', '\ud7ff'], 1, 256];

    [Fact]
    public void It_opens_for_what_it_was_sealed_for() => Passwords.Sample(password =>
    {
        using var key = SealingKey.Create();
        using var secret = Secret.OfChars(password);
        using var opened = key.Open(key.Public.Seal(secret, What), What, out var fault);
        Assert.Null(fault);
        Assert.True(opened!.IsSameAs(secret));
        Assert.Equal(password, Encoding.UTF8.GetString(opened.Utf8()));
    }, iter: 100);

    [Fact]
    public void Any_flipped_bit_is_refused() => Gen.Int[0, 100_000].Sample(at =>
    {
        using var key = SealingKey.Create();
        var text = SealedText.Parse(Seal(key.Public, "hunter2"))!;
        var bytes = text.Data.ToArray();
        bytes[at / 8 % bytes.Length] ^= (byte)(1 << (at % 8));
        Assert.Null(key.Open((text with { Data = bytes }).ToString(), What, out var fault));
        Assert.Equal("it is damaged, or it was sealed for another purpose", fault);
    }, iter: 300);

    [Fact]
    public void Any_other_character_of_the_text_is_refused()
    {
        using var key = SealingKey.Create();
        var text = Seal(key.Public, "hunter2");
        for (var at = 0; at < text.Length; at++)
        {
            // The last character carries unused bits: every other letter there is either another text or no base64url.
            var other = text[..at] + (text[at] == 'x' ? 'y' : 'x') + text[(at + 1)..];
            Assert.Null(key.Open(other, What, out var fault));
            Assert.NotNull(fault);
            Assert.DoesNotContain("hunter2", fault);
        }
    }

    [Fact]
    public void Another_recipient_is_refused()
    {
        using var key = SealingKey.Create();
        using var other = SealingKey.Create();
        var text = Seal(key.Public, "hunter2");
        Assert.Null(other.Open(text, What, out var fault));
        Assert.Equal($"it is sealed for key {key.Public.Id}, and this one is {other.Public.Id}", fault);

        // Also when the text claims to be for it.
        Assert.Null(other.Open((SealedText.Parse(text)! with { KeyId = other.Public.Id }).ToString(), What, out _));
    }

    [Fact]
    public void Another_account_or_purpose_is_refused()
    {
        using var key = SealingKey.Create();
        var text = Seal(key.Public, "hunter2");
        Assert.Null(key.Open(text, What with { Account = @"STUDIO\bob" }, out var fault));
        Assert.Equal(@"it is of account 'STUDIO\ann', not of 'STUDIO\bob'", fault);
        Assert.Null(key.Open((SealedText.Parse(text)! with { Account = @"STUDIO\bob" }).ToString(), What with { Account = @"STUDIO\bob" }, out fault));
        Assert.Equal("it is damaged, or it was sealed for another purpose", fault);
        Assert.Null(key.Open(text, What with { Purpose = SealedFor.Run("12.0#1") }, out _));
        Assert.NotNull(key.Open(text, What with { Account = @"studio\ANN" }, out _));
    }

    [Fact]
    public void The_text_is_one_word_of_a_file_and_tells_little()
    {
        using var key = SealingKey.Create();
        var text = Seal(key.Public, "hunter2");
        Assert.Matches(@"^sealed:1:[0-9a-f]{16}:STUDIO%5Cann:[A-Za-z0-9_-]+$", text);
        Assert.NotEqual(text, Seal(key.Public, "hunter2"));
        Assert.Equal(text.Length, Seal(key.Public, "a much longer password of forty letters").Length);
        Assert.Equal(text, SealedText.Parse(text)!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("sealed:")]
    [InlineData("sealed:2:0123456789abcdef:ann:AAAA")]
    [InlineData("sealed:1:0123456789abcdef:ann:AAAA")]
    [InlineData("sealed:1:0123456789abcdef::AAAA")]
    [InlineData("hunter2")]
    public void What_is_no_sealed_text_is_said_to_be_none(string text)
    {
        using var key = SealingKey.Create();
        Assert.Null(SealedText.Parse(text));
        Assert.Null(key.Open(text, What, out var fault));
        Assert.Equal("it is not a whole sealed password", fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_public_key_is_a_point_of_the_curve(string text) => Assert.Null(SealingPublicKey.Parse(text));

    [Fact]
    public void A_public_key_survives_its_text()
    {
        using var key = SealingKey.Create();
        var read = SealingPublicKey.Parse(key.Public.ToString())!;
        Assert.Equal((key.Public.Id, key.Public.ToString(), 86), (read.Id, read.ToString(), read.ToString().Length));
        Assert.NotNull(key.Open(Seal(read, "hunter2"), What, out _));
    }

    private static string Seal(SealingPublicKey key, string password)
    {
        using var secret = Secret.OfChars(password);
        return key.Seal(secret, What);
    }
}
