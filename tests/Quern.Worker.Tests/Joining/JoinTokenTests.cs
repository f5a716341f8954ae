using System.Buffers.Text;
using System.Text;
using Quern.Worker.Joining;
using Quern.Worker.Link;

namespace Quern.Worker.Tests.Joining;

public sealed class JoinTokenTests
{
    private static readonly string Fingerprint = new('a', 64);

    [Fact]
    public void Token_says_where_and_whom_to_believe_and_does_not_print_its_secret()
    {
        var token = JoinToken.Parse(Token($"farm.studio:50123|{Fingerprint.ToUpperInvariant()}|s3cret") + "\n");

        Assert.Equal(new SupervisorAddress("farm.studio", 50123), token.Supervisor);
        Assert.Equal(Fingerprint, token.AuthoritySha256);
        Assert.DoesNotContain("s3cret", token.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(token.Text, token.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("quern1.")]
    [InlineData("quern2.aaaa")]
    [InlineData("quern1.!!!")]
    public void Text_that_is_no_token_is_refused_without_repeating_it(string text)
    {
        var refusal = Assert.Throws<RefusalException>(() => JoinToken.Parse(text));
        Assert.Contains("quern worker token", refusal.Message, StringComparison.Ordinal);
        Assert.True(text.Length == 0 || !refusal.Message.Contains(text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("farm:50001|short|secret")]
    [InlineData("farm:0|{0}|secret")]
    [InlineData("|{0}|secret")]
    [InlineData("farm:50001|{0}|")]
    [InlineData("farm:50001|{0}")]
    [InlineData("farm:50001|{0}|a|b")]
    public void Token_with_a_bad_field_is_refused(string fields) =>
        Assert.Throws<RefusalException>(() => JoinToken.Parse(Token(fields.Replace("{0}", Fingerprint, StringComparison.Ordinal))));

    [Fact]
    public void Option_with_an_at_sign_reads_the_first_line_of_a_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, Token($"10.0.0.1:50001|{Fingerprint}|s") + "\nmore\n");
            Assert.Equal("10.0.0.1", JoinToken.FromOption("@" + file).Supervisor.Host);
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Contains(file, Assert.Throws<RefusalException>(() => JoinToken.FromOption("@" + file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("farm", "farm", 50001)]
    [InlineData("farm:1", "farm", 1)]
    [InlineData("[::1]:70", "::1", 70)]
    [InlineData("::1", "::1", 50001)]
    [InlineData("10.1.2.3:65535", "10.1.2.3", 65535)]
    public void Address_is_host_and_port(string text, string host, int port) =>
        Assert.Equal(new SupervisorAddress(host, port), SupervisorAddress.Parse(text));

    [Theory]
    [InlineData("farm:")]
    [InlineData("farm:x")]
    [InlineData("farm:65536")]
    [InlineData("a b:1")]
    [InlineData("")]
    public void Address_that_is_none_is_null(string text) => Assert.Null(SupervisorAddress.Parse(text));

    private static string Token(string fields) => "quern1." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(fields));
}
