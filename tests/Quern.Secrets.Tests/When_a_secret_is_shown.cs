using System.Text;
using System.Text.Json;

namespace Quern.Secrets.Tests;

public sealed class When_a_secret_is_shown
{
    [Fact]
    public void It_shows_nothing_of_itself()
    {
        using var secret = Secret.OfChars("hunter2");
        Assert.Equal("(secret)", $"{secret}");
        Assert.Equal("{}", JsonSerializer.Serialize(secret));
        Assert.DoesNotContain("hunter2", JsonSerializer.Serialize(new { Password = secret }));
    }

    [Fact]
    public void It_is_gone_after_use()
    {
        var secret = Secret.OfUtf8("hunter2"u8);
        Assert.Equal("hunter2\0", new string(secret.CopyUtf16()));
        secret.Dispose();
        Assert.All(secret.Utf8().ToArray(), one => Assert.Equal(0, one));
    }

    [Fact]
    public void What_is_no_password_is_refused_without_being_quoted()
    {
        foreach (var bytes in new byte[][] { [], [.. "hunter2"u8, 0], [.. "hunter2"u8, 0xff], [.. Enumerable.Repeat((byte)'x', Secret.MaxBytes + 1)] })
        {
            var refusal = Assert.Throws<ArgumentException>(() => Secret.OfUtf8(bytes).Dispose());
            Assert.DoesNotContain("hunter2", refusal.Message);
        }

        Assert.Throws<ArgumentException>(() => Secret.OfChars("").Dispose());
        Assert.Throws<ArgumentException>(() => Secret.OfChars("a\0b").Dispose());
    }
}
