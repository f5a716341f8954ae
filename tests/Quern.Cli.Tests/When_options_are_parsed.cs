using Quern.Cli.Commands;
using Quern.Cli.Options;

namespace Quern.Cli.Tests;

public sealed class When_options_are_parsed
{
    private static readonly Option[] Options =
    [
        new("name", "NAME", ""), new("cluster", "PATH", ""), new("range", "RANGE", "", "frames"), new("reverse", null, ""), new("status", "S", ""),
        new("state", "DIR", "") { IsOurs = true }, new("retrywork", "N", ""), new("retryworkdelay", "S", ""), new("env", "K=V", ""),
    ];

    [Theory]
    [InlineData("--name a", "name", "a")]
    [InlineData("-name a", "name", "a")]
    [InlineData("-n a", "name", "a")]
    [InlineData("--cl /x", "cluster", "/x")]
    [InlineData("--name=a=b", "name", "a=b")]
    [InlineData("--name=", "name", "")]
    [InlineData("--range -10-10", "range", "-10-10")]
    [InlineData("-range=-10-10", "range", "-10-10")]
    [InlineData("--frames 1-5", "range", "1-5")]
    [InlineData("--fr 1-5", "range", "1-5")]
    [InlineData("--rev", "reverse", "")]
    [InlineData("--retrywork 3", "retrywork", "3")]
    [InlineData("--retryworkd 3", "retryworkdelay", "3")]
    [InlineData("--name --", "name", "--")]
    [InlineData("-s pending", "status", "pending")]
    [InlineData("--state /x", "state", "/x")]
    [InlineData("--name a --name b", "name", "b")]
    public void Qubes_spellings_are_understood(string line, string name, string value)
    {
        var parsed = OptionParser.Parse(Options, line.Split(' '));

        Assert.Equal(value, parsed.Text(name));
        Assert.Empty(parsed.Words);
    }

    [Theory]
    [InlineData("--re", "--re may mean --reverse or --retrywork or --retryworkdelay: write more of it")]
    [InlineData("--rnage 1", "there is no option --rnage; --help lists those there are")]
    [InlineData("--clutser /", "there is no option --clutser; --help lists those there are; did you mean --cluster?")]
    [InlineData("--name", "--name needs a value: write --name NAME")]
    [InlineData("--reverse=1", "--reverse takes no value: leave '=1' out")]
    public void What_is_not_understood_is_one_line(string line, string expected)
    {
        var refusal = Assert.Throws<UsageException>(() => OptionParser.Parse(Options, line.Split(' '))).Message;

        Assert.StartsWith(expected, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Theory]
    [InlineData("--name a render --name b", "a", "render --name b")]
    [InlineData("--name a -- --odd x", "a", "--odd x")]
    [InlineData("render -- x", null, "render -- x")]
    [InlineData("- --name a", null, "- --name a")]
    public void A_command_begins_at_its_first_word(string line, string? name, string words)
    {
        var parsed = OptionParser.Parse(Options, line.Split(' '), stopAtWord: true);

        Assert.Equal((name, words), (parsed.Text("name"), string.Join(' ', parsed.Words)));
    }

    [Fact]
    public void Elsewhere_options_may_follow_words()
    {
        var parsed = OptionParser.Parse(Options, ["12", "--name", "a", "13", "--env", "A=1", "--env", "B=2"]);

        Assert.Equal(["12", "13"], parsed.Words);
        Assert.Equal(["A=1", "B=2"], parsed.All("env"));
    }

    [Theory]
    [InlineData("many")]
    [InlineData("1.5")]
    [InlineData("99999999999999999999")]
    public void A_number_is_a_number(string text)
        => Assert.Throws<UsageException>(() => OptionParser.Parse(Options, ["--retrywork", text]).Int("retrywork"));

    /// <summary>Source: reference, clients 1.</summary>
    [Theory]
    [InlineData("qbjobs")]
    [InlineData("qbhosts")]
    [InlineData("qbsummary")]
    [InlineData("qbarchive")]
    public void Should_mean_long_by_l(string command)
    {
        var parsed = OptionParser.Parse(CommandTable.Find(command)!.Options, ["-l"]);
        Assert.True(parsed.Has("long"));
    }

    [Fact]
    public void Every_command_has_help_version_and_examples_and_no_option_twice()
    {
        Assert.All(CommandTable.All, command =>
        {
            var names = command.Options.SelectMany(option => option.Aliases.Append(option.Name)).ToList();
            Assert.Equal(names.Count, names.Distinct().Count());
            Assert.Contains("help", names);
            Assert.Contains("version", names);
            Assert.NotEmpty(command.Examples);
            Assert.Equal(command.Name, CommandTable.Find(command.Name)!.Name);
            Assert.All(command.Examples, example => OptionParser.Parse(command.Options, example.Split(' ')[1..], command.StopAtWord));
        });
    }
}
