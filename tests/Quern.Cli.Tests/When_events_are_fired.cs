using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_events_are_fired
{
    [Fact]
    public void The_command_explains_itself()
    {
        var help = new StringWriter { NewLine = "\n" };
        TriggerCommand.Make().PrintHelp(help);
        Golden.Matches("qbtrigger.help.txt", help.ToString());
    }

    [Fact]
    public void A_job_may_be_named()
    {
        Assert.Equal(new TriggerRequest { Name = "ready" }, Read("ready"));
        Assert.Equal(new TriggerRequest { Name = "ready", Job = 12 }, Read("ready", "12"));
    }

    [Theory]
    [InlineData("", "name one event")]
    [InlineData("a b", "'b' is not a job id")]
    [InlineData("a 1 2", "name one event")]
    public void What_makes_no_sense_is_said(string words, string expected)
        => Assert.Contains(expected, Assert.Throws<UsageException>(() => Read(words.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Message, StringComparison.Ordinal);

    private static TriggerRequest Read(params string[] words) => TriggerCommand.Read(OptionParser.Parse(TriggerCommand.Make().Options, words));
}
