using System.Runtime.CompilerServices;
using Quern.Cli.Administration;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Administration;

public sealed class When_retention_is_shown
{
    private static readonly RetentionView View = new()
    {
        IsSwept = false, Time = 1_700_000_000_000, Limits = new Dictionary<string, long> { ["supervisor_keep_job_days"] = 30, ["supervisor_keep_output_mb"] = 1000 },
        Jobs = [new RetentionJobView { Id = 12, Name = "shot\u001b", User = "ann", TimeComplete = 1_690_000_000_000, OutputBytes = 0, Reason = "it ended more than 30 days ago (supervisor_keep_job_days)" }],
        Outputs = [new RetentionJobView { Id = 13, Name = "sim", User = "bob", TimeComplete = 1_699_000_000_000, OutputBytes = 5_000_000, Reason = "there are more than 1000 MB of output (supervisor_keep_output_mb)" }],
        JobCount = 7, OutputCount = 1, EventCount = 0, EventReason = "", RequestCount = 3,
    };

    [Fact]
    public void Should_say_what_goes_and_why()
    {
        var text = new StringWriter { NewLine = "\n" };
        RetentionCommand.Print(text, View, isJson: false, TimeZoneInfo.Utc);
        RetentionCommand.Print(text, View with { Limits = new Dictionary<string, long>(), Jobs = [], JobCount = 0, Outputs = [], OutputCount = 0, EventCount = 9, EventReason = "it is older than 3 days (supervisor_keep_event_days)", IsSwept = true }, isJson: false, TimeZoneInfo.Utc);
        Golden.Matches("retention.txt", text.ToString(), Source());
    }

    [Theory]
    [InlineData("12", "'12' means nothing here")]
    [InlineData("--in -1", "--in -1: write a number of days from 0 upwards")]
    [InlineData("--in 7 --sweep", "--in and --sweep exclude each other")]
    public void Should_refuse_what_makes_no_sense(string line, string sentence)
        => Assert.StartsWith(sentence, Assert.Throws<UsageException>(() => RetentionCommand.Days(OptionParser.Parse([new("in", "DAYS", ""), new("sweep", null, "")], line.Split(' ')))).Message, StringComparison.Ordinal);

    private static string Source([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
}
