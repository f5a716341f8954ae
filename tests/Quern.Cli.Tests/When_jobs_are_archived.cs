using System.Text;
using System.Text.Json;
using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Client.Archives;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_jobs_are_archived
{
    private const string Qubes = """
        <version>1</version>
        <object type = 'job'>
          <id>12</id><pid>1</pid><priority>500</priority><pgrp>12</pgrp><user>ann</user><domain>.</domain>
          <status><object type='status'><value>320</value></object></status>
          <name>shot &amp; co</name><cpus>4</cpus><max_cpus>-1</max_cpus><todo>2</todo><cluster>/show</cluster>
          <agenda><object type='work_list'>
            <item><object type='work'><name>1</name><status><object type='status'><value>16</value></object></status><data>(=)</data><retry>-1</retry><retrydelay>0</retrydelay></object></item>
            <item><object type='work'><name>2-5</name><data>(=(extra=x\)))</data><retry>3</retry><retrydelay>20</retrydelay></object></item>
          </object></agenda>
          <callbacks><object type='callback_list'><item><object type='callback'><id>0</id><code>unblock-self</code><triggers>done-job-7</triggers><language>1</language><max>-1</max></object></item>
            <item><object type='callback'><code></code><triggers>failed-work-self-*</triggers><language>9</language></object></item></object></callbacks>
          <reservations>host.processors=2</reservations><hosts></hosts><host_order></host_order>
          <data>(=(cmdline=render QB_FRAME_NUMBER)(padding=4))</data><prototype>cmdrange</prototype><reason>none</reason>
          <time_submit><object type='time'><value>800000000</value></object></time_submit>
          <flags>1032</flags><label>qube0</label><timeout>-1</timeout><retry_subjob>-1</retry_subjob><retry_work>2</retry_work><mail_address>ann@x</mail_address>
          <env><object type='env'><keys><object type='string_list'><item>A</item><item>B</item></object></keys><values><object type='string_list'><item>1</item><item>x=y</item></object></values>
            <umask>18</umask><cwd>/proj</cwd><mounts><object type='string_hash'><key>N:</key><element>\\srv\n</element></object></mounts></object></env>
          <range>1-5</range><prod_show>robo</prod_show><studio_key>kept</studio_key><studio_object><object type='thing'><a>1</a></object></studio_object>
        </object>
        """;

    [Fact]
    public void Qubes_xml_becomes_a_job_that_can_be_submitted()
    {
        var job = Assert.Single(JobArchive.Read(Qubes));
        Assert.Equal((500, null, "shot & co", 4, "-1", "/show", "cmdrange"), (job.Priority, job.Pgrp, job.Name, job.Cpus, job.MaxCpus, job.Cluster, job.Prototype));
        Assert.Equal(("(=(cmdline=render QB_FRAME_NUMBER)(padding=4))", "host.processors=2", "ann@x", 2, "robo"), (job.Data, job.Reservations, job.Mailaddress, job.Retrywork, job.ProdShow));
        Assert.Equal((null, null, null, null, null), (job.Hosts, job.Timeout, job.Status, job.Range, job.Domain));
        Assert.Equal(["auto_mount", "mail"], job.Flags!);
        Assert.Equal(["1", "2-5"], job.Agenda!.Items!.Select(item => item.Name));
        Assert.Equal((null, @"(=(extra=x\)))", 3, 20), (job.Agenda.Items![0].Data, job.Agenda.Items[1].Data, job.Agenda.Items[1].Retry, job.Agenda.Items[1].Retrydelay));
        Assert.Equal(["qube", "mail"], job.Callbacks!.Select(callback => callback.Language!.Value.GetString()));
        Assert.Equal(("1", "x=y", "/proj", 18, @"\\srv\n"), (job.Env!["A"], job.Env["B"], job.Cwd, job.Umask, job.Drivemap!["N:"]));
        Assert.Equal("kept", job.Other!["studio_key"].GetString());
    }

    [Fact]
    public void A_round_trip_keeps_everything_in_both_forms()
    {
        var job = Assert.Single(JobArchive.Read(Qubes));
        var once = JobArchive.WriteText([job]);
        Assert.Equal(once, JobArchive.WriteText(JobArchive.Read(once)));
        var xml = JobArchive.WriteXml(job);
        Assert.Equal(once, JobArchive.WriteText(JobArchive.Read(xml)));
        Assert.Contains("<studio_object>", xml, StringComparison.Ordinal);
        Assert.Contains("<a>1</a>", xml, StringComparison.Ordinal);
    }

    [Fact]
    public void What_archives_have_no_element_for_is_kept_as_well()
    {
        var job = Submitted("--range", "1-10", "--chunk", "5", "--reverse", "--p_agenda", "1,5", "--flags", "grid,login_environment", "--timelimit", "60", "--waitfor", "7", "--env", "A=1\n2", "render", "<x>", "&");
        var back = Assert.Single(JobArchive.Read(JobArchive.WriteXml(job)));
        Assert.Equal(("1-10", 5, "reverse", "1,5", 60, 7L), (back.Range, back.Chunk, back.RangeOrder, back.PAgenda!.Range, back.Timelimit, back.Waitfor));
        Assert.Equal("grid,auto_mount,login_environment", string.Join(',', (back.Flags ?? []).Append(back.Flagsstring!)));
        Assert.Equal(("A", "1\n2"), (Assert.Single(back.Env!).Key, back.Env!["A"]));
        Assert.Equal("render <x> &", PackageText.Read(back.Data!)["cmdline"].GetString());
    }

    [Fact]
    public void Options_count_in_place_of_what_an_archive_says()
    {
        var archived = Assert.Single(JobArchive.Read(Qubes));
        var job = SubmitOptions.Imported(Parse("--priority", "3", "--range", "7-9", "--name", "again", "other", "command"), archived);
        Assert.Equal((3, "7-9", "again", null, null), (job.Priority, job.Range, job.Name, job.Agenda, job.User));
        Assert.Equal(("other command", "4"), (job.Package!["cmdline"].GetString(), job.Package["padding"].GetString()));
        Assert.Equal(("/proj", 4, "kept"), (job.Cwd, job.Cpus, job.Other!["studio_key"].GetString()));
        var same = SubmitOptions.Imported(Parse(), archived);
        Assert.Equal((archived.Data, archived.Umask, 2), (same.Data, same.Umask, same.Agenda!.Items!.Count));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("QJA1\u0001", "neither XML nor JSON")]
    [InlineData("{}", "it has no version and jobs")]
    [InlineData("{\"version\":2,\"jobs\":[{}]}", "this program reads version 1")]
    [InlineData("{\"version\":1,\"jobs\":[{\"cpus\":\"many\"}]}", "is damaged")]
    [InlineData("{\"version\":1,", "line 1 is damaged")]
    [InlineData("<version>1</version>", "it has no job")]
    [InlineData("<object type='job'></object>", "it has no version")]
    [InlineData("<version>3</version><object type='job'/>", "its version is '3'")]
    [InlineData("<version>1</version><object type='job'><name>x</object>", "line 1 is damaged")]
    [InlineData("<version>1</version><object type='job'><cpus>many</cpus></object>", "its cpus makes no sense")]
    [InlineData("<version>1</version><html/>", "it has <html> where an object of type job belongs")]
    [InlineData("<!DOCTYPE a [<!ENTITY b 'cc'>]><version>1</version><object type='job'><name>&b;</name></object>", "is damaged or forbidden")]
    [InlineData("<version>1</version><object type='job'><env><keys><item>A</item></keys></env></object>", "1 names and 0 values")]
    public void What_is_damaged_or_hostile_is_refused_in_one_line(string text, string expected)
    {
        var refusal = Assert.Throws<FormatException>(() => JobArchive.Read(text)).Message;
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Fact]
    public void A_file_that_nests_without_end_is_refused_before_it_is_built()
    {
        var text = new StringBuilder("<version>1</version><object type='job'>");
        for (var depth = 0; depth < 200_000; depth++)
        {
            text.Append("<a>");
        }

        Assert.Contains("nests more than", Assert.Throws<FormatException>(() => JobArchive.Read(text.ToString())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_damage_never_gets_further_than_a_refusal()
    {
        var random = new Random(7);
        for (var round = 0; round < 3000; round++)
        {
            var damaged = new StringBuilder(round % 2 == 0 ? Qubes : JobArchive.WriteText(JobArchive.Read(Qubes)));
            for (var times = random.Next(1, 6); times > 0; times--)
            {
                var at = random.Next(damaged.Length);
                _ = random.Next(3) switch
                {
                    0 => damaged.Remove(at, Math.Min(random.Next(1, 40), damaged.Length - at)),
                    1 => damaged.Insert(at, "<>&'\"{}[]x0"[random.Next(11)]),
                    _ => damaged.Insert(at, damaged.ToString(at, Math.Min(random.Next(1, 60), damaged.Length - at))),
                };
            }

            try
            {
                JobArchive.Read(damaged.ToString()).ToList().ForEach(job => JobArchive.WriteText([job]));
            }
            catch (FormatException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
            }
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_said()
        => Assert.Contains("cannot be read", Assert.Throws<FarmException>(() => JobArchive.ReadFile("/nonexistent/job.xja")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("qbarchive.txt")]
    [InlineData("qbarchive.long.txt", "--long")]
    [InlineData("qbarchive.xml.txt", "--xml")]
    [InlineData("qbarchive.delimit.txt", "--delimit", ";")]
    public void Archives_are_shown(string golden, params string[] words)
    {
        var to = new StringWriter { NewLine = "\n" };
        ArchiveCommand.Print(to, [("shot.xja", JobArchive.Read(Qubes)[0])], OptionParser.Parse(ArchiveCommand.Make().Options, words));
        Golden.Matches(golden, to.ToString());
    }

    [Fact]
    public void The_command_explains_itself()
    {
        var help = new StringWriter { NewLine = "\n" };
        ArchiveCommand.Make().PrintHelp(help);
        Golden.Matches("qbarchive.help.txt", help.ToString());
    }

    private static JobRequest Submitted(params string[] words) => SubmitOptions.Read(Parse(words), QuernSettings.Load(null, []));

    private static ParsedOptions Parse(params string[] words) => OptionParser.Parse(SubmitOptions.All, words, stopAtWord: true);
}
