using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_a_job_is_asked_why_it_waits
{
    private static readonly DateTimeOffset Now = new(2020, 7, 9, 12, 8, 41, TimeSpan.FromHours(2));

    private static readonly WhyView[] Reports =
    [
        new()
        {
            Subject = "12", Waiting = true, Reason = "2 hosts could take it but for this: node1 has 0 of 8 slots free and the job needs 4", Remedy = "what runs there ends, in about 35 s", JobsBefore = 3,
            Eta = Now.AddHours(14).ToUnixTimeMilliseconds(),
            Hosts =
            [
                new() { Dimension = "requirement", Count = 7, Reason = "node3 does not meet host.os = 'osx'", Remedy = "qbmodify --mrequirements VALUE 12", Examples = ["node3", "node4", "node5", "node6", "node7"] },
                new() { Dimension = "slots", Count = 2, Reason = "node1 has 0 of 8 slots free and the job needs 4", Remedy = "what runs there ends, in about 35 s", Examples = ["node1", "node2"] },
                new() { Dimension = "down", Count = 1, Reason = "node9 is down", Remedy = "start the worker on node9", Examples = ["node9"] },
            ],
        },
        new() { Subject = "12:3", Waiting = false, Reason = "12:3 runs on instance 0\u001b[31m", Remedy = "", Eta = Now.AddMinutes(7).ToUnixTimeMilliseconds(), Hosts = [] },
    ];

    [Theory]
    [InlineData("text", "")]
    [InlineData("json", "--json")]
    [InlineData("xml", "--xml")]
    public void The_answer_has_a_form_for_people_and_two_for_scripts(string name, string line)
    {
        var text = new StringWriter { NewLine = "\n" };
        WhyCommand.Print(text, Reports, OptionParser.Parse(WhyCommand.Make().Options, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)), Now);
        Golden.Matches($"why.{name}.txt", text.ToString());
    }

    [Fact]
    public void Help_tells_what_may_be_asked()
    {
        var text = new StringWriter { NewLine = "\n" };
        CommandTable.Find("why")!.PrintHelp(text);
        Golden.Matches("why.help.txt", text.ToString());
    }
}
