using System.Runtime.CompilerServices;
using Quern.Cli.Administration;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Administration;

public sealed class When_users_are_changed
{
    private static readonly UserView[] Users =
    [
        new() { User = "ann", Group = "", Permissions = ["submit_job", "kill", "admin"], Mask = 0x40000011, IsDefault = false, Row = "a--- j-- k-----------------" },
        new() { User = "ann", Group = "artists", Permissions = ["kill", "admin"], Mask = 0x40000010, IsDefault = false, Row = "a- k-----------------" },
        new() { User = "ann", Group = "td", Permissions = [], Mask = 0, IsDefault = true, Row = "-- ------------------" },
        new() { User = "bob\u001b", Group = "", Permissions = [], Mask = 0, IsDefault = false, Row = "---- --- ------------------" },
        new() { User = "cid", Group = "artists", Permissions = ["kill"], Mask = 0x10, IsDefault = false, Row = "-- k-----------------" },
    ];

    [Fact]
    public void Should_print_the_rows_that_scripts_know()
    {
        var text = new StringWriter { NewLine = "\n" };
        foreach (var line in new[] { "--list", "", "ann", "--group artists", "--member", "--member ann", "--xml", "--json --member ann" })
        {
            text.WriteLine($"qbusers {line}");
            UsersCommand.Print(text, Users, Parse(line));
        }

        Golden.Matches("qbusers.txt", text.ToString(), Source());
    }

    [Fact]
    public void Should_have_every_option() => Golden.Matches("qbusers.help.txt", Help(UsersCommand.Make()), Source());

    [Theory]
    [InlineData("--add --kill --lock ann bob", "add ann,bob of  kill,lock_host")]
    [InlineData("--delete --submitglobalcallback --sudo ann", "delete ann of  submit_global_callback,sudo_admin")]
    [InlineData("--set ann", "set ann of  ")]
    [InlineData("--set --all ann", "set ann of  all")]
    [InlineData("--add --group artists ann", "add ann of artists default")]
    [InlineData("--drop --group artists ann", "drop ann of artists default")]
    [InlineData("--list ann", "")]
    [InlineData("--member", "")]
    public void Should_ask_for_what_the_options_say(string line, string expected)
    {
        var change = UsersCommand.Read(Parse(line));
        Assert.Equal(expected, change is null ? "" : $"{change.Action} {string.Join(',', change.Users)} of {change.Group} {(change.Permissions is null ? "default" : string.Join(',', change.Permissions))}");
    }

    [Theory]
    [InlineData("--add --kill", "name the users: qbusers --add ... USER")]
    [InlineData("--add --set ann", "--add and --set exclude each other")]
    [InlineData("--add --list ann", "--add and --list exclude each other")]
    [InlineData("--kill ann", "say what becomes of the permissions: --add, --delete or --set")]
    [InlineData("--drop --kill ann", "--drop removes the whole entry and takes no permissions; --delete takes single ones away")]
    [InlineData("--delete ann", "name what is taken away, such as --kill; --drop removes the whole entry")]
    public void Should_refuse_what_makes_no_sense(string line, string sentence)
        => Assert.Equal(sentence, Assert.Throws<UsageException>(() => UsersCommand.Read(Parse(line))).Message);

    [Theory]
    [InlineData("--name license.maya --total 120 --used 80", "license.maya 120 80")]
    [InlineData("--name license.maya --used 80", "license.maya  80")]
    public void Should_report_what_a_licence_server_says(string line, string expected)
    {
        var request = ResourceCommand.Read(ParseResource(line));
        Assert.Equal(expected, $"{request.Name} {request.Total} {request.Used}");
    }

    [Theory]
    [InlineData("license.maya=3", "'license.maya=3' means nothing here: name the licence with --name")]
    [InlineData("--total 3", "name the licence: --name license.maya")]
    [InlineData("--name license.maya", "say what the licence server says: --total N, --used N, or both")]
    public void Should_refuse_a_report_of_nothing(string line, string sentence)
        => Assert.Equal(sentence, Assert.Throws<UsageException>(() => ResourceCommand.Read(ParseResource(line))).Message);

    [Fact]
    public void Should_print_a_resource_as_used_of_total()
    {
        ResourceView[] resources = [new() { Name = "license.maya", Used = 60, Total = 100, Held = 50 }];
        var text = new StringWriter { NewLine = "\n" };
        foreach (var form in new[] { "", "--xml", "--json" })
        {
            ResourceCommand.Print(text, resources, ParseResource(form));
        }

        Golden.Matches("qbupdateresource.txt", Help(ResourceCommand.Make()) + text, Source());
    }

    private static ParsedOptions Parse(string line) => OptionParser.Parse(UsersCommand.Make().Options, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static ParsedOptions ParseResource(string line) => OptionParser.Parse(ResourceCommand.Make().Options, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Help(Command command)
    {
        var help = new StringWriter { NewLine = "\n" };
        command.PrintHelp(help);
        return help.ToString();
    }

    /// <summary>All golden texts lie in one folder, beside the folder of this file.</summary>
    private static string Source([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
}
