using Quern.Cli.Commands;
using Quern.Cli.Passwords;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Passwords;

public sealed class When_passwords_are_shown
{
    private static readonly CredentialView Ann = new() { User = "ann", Account = @"STUDIO\ann", Created = 1_732_000_000_000, By = "root@farm", Used = 1_732_000_600_000, IsRefused = false };
    private static readonly CredentialView Bob = new() { User = "bob", Account = "bob", Created = 1_732_000_000_000, By = "bob@desk1", IsRefused = false };
    private static readonly CredentialView Eve = new()
    {
        User = "eve", Account = "eve", Created = 1_732_000_000_000, By = "eve@desk\u001b", Failed = 1_732_000_900_000, IsRefused = true,
        Failure = "account 'eve' on host 'WIN1' was not logged on, the name or the password is wrong; it is not tried again for 5 minutes: run 'qblogin' as eve",
    };

    [Fact]
    public void A_check_says_what_is_known()
    {
        var text = new StringWriter();
        foreach (var view in new[] { Ann, Bob, Eve })
        {
            LoginCommand.PrintCheck(text, view, isJson: false, TimeZoneInfo.Utc);
            text.WriteLine();
        }

        LoginCommand.PrintCheck(text, Eve, isJson: true, TimeZoneInfo.Utc);
        Golden.Matches("qblogin.check.txt", text.ToString(), Source());
    }

    [Fact]
    public void A_list_has_a_line_each()
    {
        var text = new StringWriter();
        var list = new CredentialList { Credentials = [Ann, Bob, Eve] };
        LoginCommand.PrintList(text, list, isJson: false, TimeZoneInfo.Utc);
        LoginCommand.PrintList(text, list, isJson: true, TimeZoneInfo.Utc);
        LoginCommand.PrintList(text, new CredentialList { Credentials = [] }, isJson: false, TimeZoneInfo.Utc);
        Golden.Matches("qblogin.list.txt", text.ToString(), Source());
    }

    [Fact]
    public void A_sealed_password_is_one_word()
    {
        var text = new StringWriter();
        HashCommand.Print(text, new HashReply("sealed:1:0123456789abcdef:render:AAAA", "render", "supervisor"), isJson: false);
        HashCommand.Print(text, new HashReply("lsa:proxy_password", "render", "local"), isJson: true);
        Golden.Matches("qbhash.txt", text.ToString(), Source());
    }

    [Theory]
    [InlineData("qblogin")]
    [InlineData("qbhash")]
    public void Help_tells_the_options(string name)
    {
        var text = new StringWriter();
        CommandTable.Find(name)!.PrintHelp(text);
        Golden.Matches($"{name}.help.txt", text.ToString(), Source());
    }

    /// <summary>Beside the other golden texts.</summary>
    private static string Source([System.Runtime.CompilerServices.CallerFilePath] string source = "") => Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(source))!, "x");
}
