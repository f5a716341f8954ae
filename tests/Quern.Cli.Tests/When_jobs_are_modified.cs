using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_jobs_are_modified
{
    [Fact]
    public void Every_new_value_has_an_option()
    {
        var help = new StringWriter { NewLine = "\n" };
        ModifyCommand.Make().PrintHelp(help);
        Golden.Matches("qbmodify.help.txt", help.ToString());
    }

    [Fact]
    public void New_values_and_which_jobs_are_told_apart()
    {
        var request = Read("--mpriority", "10", "--mrequirements", "", "--mprod_show", "robo", "--priority", "5", "--pending", "--qblock", "0");
        Assert.Equal(["priority=10", "requirements=", "prod_show=robo"], request.Changes!.Select(pair => $"{pair.Key}={pair.Value.GetString()}"));
        Assert.Equal(("modify", 5), (request.Action, request.Filter!.Priority));
        Assert.Equal(["pending"], request.Statuses!);
        Assert.Equal(["0"], request.Targets);
    }

    [Theory]
    [InlineData("--mpriority 1", "name the jobs")]
    [InlineData("--priority 1 12", "say what is to change")]
    public void What_makes_no_sense_is_said(string words, string expected)
        => Assert.Contains(expected, Assert.Throws<UsageException>(() => Read(words.Split(' '))).Message, StringComparison.Ordinal);

    private static ActionRequest Read(params string[] words) => ModifyCommand.Read(OptionParser.Parse(ModifyCommand.Make().Options, words));
}
