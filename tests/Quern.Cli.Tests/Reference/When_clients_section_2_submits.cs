using System.Text.Json;
using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Reference;

/// <summary>Command lines of qbsub and the job that each makes, as it is sent. Source: reference, qube-clients 1 and 2.1, qube-jobs 17.3.</summary>
public sealed class When_clients_section_2_submits
{
    [Theory]
    [InlineData("hostname", """{"prototype":"cmdline","package":{"cmdline":"hostname"}}""")]
    [InlineData("--range 1-10 render QB_FRAME_NUMBER", """{"prototype":"cmdrange","range":"1-10","package":{"cmdline":"render QB_FRAME_NUMBER"}}""")]
    [InlineData("--frames 1-10 true", """{"prototype":"cmdrange","range":"1-10"}""")]
    [InlineData("--range 1-10 --reverse true", """{"rangeOrder":"reverse"}""")]
    [InlineData("--range 1-10 --binary true", """{"rangeOrder":"binary"}""")]
    [InlineData("--range 1-10 --partitions 4 true", """{"partitions":4}""")]
    [InlineData("--range 1-10 --chunk 5 true", """{"chunk":5}""")]
    [InlineData("--type maya --data (=(scenefile=/p/a.ma)) true", """{"prototype":"maya","package":{"scenefile":"/p/a.ma","cmdline":"true"}}""")]
    [InlineData("--prototype maya true", """{"prototype":"maya"}""")]
    [InlineData("--host node7 true", """{"hosts":"node7"}""")]
    [InlineData("--mail --address ann@x,bob@x true", """{"flags":["mail"],"mailaddress":"ann@x,bob@x"}""")]
    [InlineData("--flags uninterruptible,mail true", """{"flags":["uninterruptible","mail"]}""")]
    [InlineData("--flags 1032 true", """{"flags":["1032"]}""")]
    [InlineData("--max_cpus * true", """{"maxCpus":"*"}""")]
    [InlineData("--max_cpus 8 true", """{"maxCpus":"8"}""")]
    [InlineData("--waitfor 529 true", """{"waitfor":529}""")]
    [InlineData("--dependency link-complete-job-529 true", """{"dependency":"link-complete-job-529"}""")]
    [InlineData("--p_agenda 1,20,10 --range 1-20 true", """{"pAgenda":"1,20,10"}""")]
    [InlineData("--status blocked true", """{"status":"blocked"}""")]
    [InlineData("-n shot -prio 5 -restr /a/+ -cl /a true", """{"name":"shot","priority":5,"restrictions":"/a/+","cluster":"/a"}""")]
    [InlineData("--name x echo --name y", """{"name":"x","package":{"cmdline":"echo --name y"}}""")]
    public void Should_send_that_job(string line, string expected) => Has(line.Split(' '), expected);

    [Fact]
    public void Should_take_a_raw_package() => Has(["--type", "cmdline", "--data", "(=(cmdline=sleep 10))"], """{"prototype":"cmdline","package":{"cmdline":"sleep 10"}}""");

    [Fact]
    public void Should_join_the_words_of_the_command_with_blanks() => Has(["--cpus", "2", "render", "-f", "QB_FRAME_NUMBER", "a b.ma"], """{"cpus":2,"package":{"cmdline":"render -f QB_FRAME_NUMBER a b.ma"}}""");

    private static void Has(string[] words, string expected)
    {
        var job = SubmitOptions.Read(OptionParser.Parse(SubmitOptions.All, words, stopAtWord: true), QuernSettings.Load(null, ["client_job_flags="]));
        var sent = JsonSerializer.SerializeToElement(job, ApiJson.Default.JobRequest);
        Assert.All(JsonElement.Parse(expected).EnumerateObject(), wanted =>
            Assert.True(JsonElement.DeepEquals(wanted.Value, sent.GetProperty(wanted.Name)), $"{wanted} is {sent.GetProperty(wanted.Name).GetRawText()}"));
    }
}
