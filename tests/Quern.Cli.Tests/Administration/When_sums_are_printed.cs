using System.Runtime.CompilerServices;
using Quern.Cli.Administration;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Administration;

public sealed class When_sums_are_printed
{
    private static readonly SummaryRow Low = Row("100", 1, new StatusCounts { Running = 2, Pending = 14 }, new StatusCounts { Running = 2, Complete = 3_000_000_000_000 });
    private static readonly SummaryRow High = Row("9999", 3, new StatusCounts { Blocked = 1, Waiting = 1 }, new StatusCounts { Pending = 5 });
    private static readonly SummaryReply Reply = new()
    {
        Tables =
        [
            new() { By = "priority", Rows = [Low, High], Total = Row("total", 4, Low.Instances + High.Instances, Low.Work + High.Work) },
            new() { By = "account", Rows = [Row("", 4, Low.Instances, Low.Work)], MoreKeys = 7, Total = Row("total", 9, High.Instances, High.Work) },
        ],
    };

    [Fact]
    public void Should_have_the_tables_that_were_asked_for()
    {
        var text = new StringWriter { NewLine = "\n" };
        foreach (var line in new[] { "", "-l", "--avs --width 12", "--pvw --avw", "--xml --pvs", "--json" })
        {
            text.WriteLine($"qbsummary {line}");
            SummaryCommand.Print(text, Reply, Parse(SummaryCommand.Make(), line));
        }

        Golden.Matches("qbsummary.txt", text.ToString(), Source());
    }

    [Theory]
    [InlineData("", "priority:status")]
    [InlineData("-l", "priority:status priority:work")]
    [InlineData("--clusters", "cluster:status")]
    [InlineData("--cpvs --uvw", "user:work cluster/priority:status")]
    [InlineData("--long --gvw --rvs", "group:status group:work reservation:status reservation:work")]
    [InlineData("--tvs --tvw --avs --cvs --cvw", "cluster:status cluster:work account:status type:status type:work")]
    public void Should_ask_for_tables_by_their_options(string line, string expected)
        => Assert.Equal(expected, string.Join(' ', SummaryCommand.Wanted(Parse(SummaryCommand.Make(), line)).Select(one => $"{one.By}:{(one.IsWork ? "work" : "status")}")));

    [Fact]
    public void Should_refuse_a_width_that_is_none()
        => Assert.Equal("--width 0: write a number from 1 to 40", Assert.Throws<UsageException>(() => SummaryCommand.Print(TextWriter.Null, Reply, Parse(SummaryCommand.Make(), "--width 0"))).Message);

    [Fact]
    public void Should_show_what_instances_took()
    {
        StatsView[] stats =
        [
            Stats(-1, "running", "", 3), Stats(0, "complete", "node7", 2), Stats(1, "pending", "", 1) with { TimeStart = 0, TimeComplete = 0, Complete = 0, WallMs = 0, LeastMs = 0, MostMs = 0, CpuMs = 0 },
        ];
        var text = new StringWriter { NewLine = "\n" };
        foreach (var form in new[] { "", "--xml", "--json" })
        {
            StatsCommand.Print(text, stats, Parse(StatsCommand.Make(), form));
        }

        Golden.Matches("qbstats.txt", text.ToString(), Source());
    }

    [Fact]
    public void Should_have_every_option()
    {
        var help = new StringWriter { NewLine = "\n" };
        SummaryCommand.Make().PrintHelp(help);
        StatsCommand.Make().PrintHelp(help);
        Golden.Matches("qbsummary.help.txt", help.ToString(), Source());
    }

    private static SummaryRow Row(string key, long jobs, StatusCounts instances, StatusCounts work) => new() { Key = key, Jobs = jobs, Instances = instances, Work = work };

    private static StatsView Stats(int sub, string status, string host, long runs) => new()
    {
        Job = 12, Sub = sub, Status = status, Host = host, Account = host.Length == 0 ? "" : "quern", Runs = runs, Retries = 0, TimeStart = 1_600_000_000_000, TimeComplete = 1_600_000_060_000,
        Complete = 4, Failed = 1, Killed = 0, WallMs = 59_500, LeastMs = 4_000, MostMs = 21_250, CpuMs = 233_010, PeakMemoryKb = 1_048_576, ReadKb = 12, WrittenKb = 34_567,
    };

    private static ParsedOptions Parse(Command command, string line) => OptionParser.Parse(command.Options, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Source([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
}
