using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_the_line_for_a_host_is_shown
{
    private static readonly JobOrderReply Line = new()
    {
        Host = "node7", More = true,
        Jobs =
        [
            new() { Id = 12, Name = "shot 10", User = "ann", Priority = 9999, Cluster = "/show", Rank = 1, Pending = 3, Dimension = "slots" },
            new() { Id = 9, Name = "line\nbreak", User = "bob", Priority = 1, Cluster = "/", Rank = 3, Pending = 1, Dimension = "fits" },
        ],
    };

    [Theory]
    [InlineData("table", "")]
    [InlineData("delimit", "--delimit ;")]
    [InlineData("json", "--json")]
    [InlineData("xml", "--xml")]
    public void It_has_the_shapes_of_the_other_lists(string name, string line)
    {
        var text = new StringWriter { NewLine = "\n" };
        JobOrderCommand.Print(text, Line, OptionParser.Parse(JobOrderCommand.Make().Options, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Golden.Matches($"qbjoborder.{name}.txt", text.ToString());
    }

    [Fact]
    public void Help_tells_its_options()
    {
        var text = new StringWriter { NewLine = "\n" };
        CommandTable.Find("qbjoborder")!.PrintHelp(text);
        Golden.Matches("qbjoborder.help.txt", text.ToString());
    }
}
