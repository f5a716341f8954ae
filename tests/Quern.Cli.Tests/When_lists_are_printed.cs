using System.Text.Json;
using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_lists_are_printed
{
    private static readonly JobView[] Jobs =
    [
        Job(12, "shot 10", "running") with
        {
            Range = "1-24", Todo = 24, Cpus = 4, Cpustally = new Tally { Running = 2, Pending = 2 }, Todotally = new Tally { Complete = 7, Running = 2, Pending = 15 },
            Package = new Dictionary<string, JsonElement> { ["cmdline"] = ApiJson.Text("render (draft) QB_FRAME_NUMBER") }, Label = "render",
            Subjobs = [new InstanceView { Id = "12.0", Status = "running", StatusNumber = 320, Host = "node7", Account = "quern", Count = 1, Slots = 1, Reason = "", Timestart = 1, Timecomplete = 0 }],
            Agenda = [new ItemView { Id = 0, Name = "1", Status = "complete", StatusNumber = 16, Subid = 0, Host = "node7", Count = 1, ExitCode = 0, Reason = "", Timestart = 1, Timecomplete = 2 }],
        },
        Job(13, "line\nbreak \u001b[31m", "waiting") with { Reason = "waits for 12", Dependency = "link-done-job-12", Cpustally = new Tally { Waiting = 1 } },
    ];

    private static readonly HostView[] Hosts =
    [
        new()
        {
            Id = 1, Name = "node7", Address = "10.0.0.7", State = "active", SlotsUsed = 2, SlotsTotal = 8, Cluster = "/show", Groups = "fast,gpu", Locked = false, Reason = "",
            Properties = new Dictionary<string, string> { ["os"] = "linux", ["worker_mode"] = "service", ["proxy_mode"] = "proxy" },
            Resources = new Dictionary<string, string> { ["processors"] = "2/8" }, Subjobs = ["12.0", "12.1"], LastContact = 1_700_000_000_000,
        },
    ];

    [Theory]
    [InlineData("table", "")]
    [InlineData("delimit", "--delimit ,")]
    [InlineData("fields", "--fields id,reason,timesubmit")]
    [InlineData("status", "--status")]
    [InlineData("data", "--data --times")]
    [InlineData("long", "--long")]
    [InlineData("xml", "--xml")]
    [InlineData("json", "--json")]
    public void Jobs_have_the_shapes_scripts_know(string name, string line)
    {
        var text = new StringWriter { NewLine = "\n" };
        JobsCommand.Print(text, Jobs, Parse(JobsCommand.Make(), line));
        Golden.Matches($"qbjobs.{name}.txt", text.ToString());
    }

    [Theory]
    [InlineData("table", "")]
    [InlineData("delimit", "--delimit ;")]
    [InlineData("long", "--long")]
    [InlineData("xml", "--xml")]
    [InlineData("json", "--json")]
    public void Hosts_have_the_shapes_scripts_know(string name, string line)
    {
        var text = new StringWriter { NewLine = "\n" };
        HostsCommand.Print(text, Hosts, Parse(HostsCommand.Make(), line));
        Golden.Matches($"qbhosts.{name}.txt", text.ToString());
    }

    [Fact]
    public void The_first_two_lines_are_the_total_and_the_header_and_the_user_is_the_seventh_word()
    {
        var text = new StringWriter { NewLine = "\n" };
        JobsCommand.Print(text, Jobs, Parse(JobsCommand.Make(), ""));
        var lines = text.ToString().Split('\n');

        Assert.Equal("total: 2/5 cpu(s)\t2/24 work", lines[0]);
        Assert.Equal(["%", "id", "pid", "pgrp", "label", "status", "user", "type", "name", "cpus", "priority", "cluster", "groups"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(lines[2..4], row => Assert.Equal("ann", row.Split(' ', StringSplitOptions.RemoveEmptyEntries)[6]));
        Assert.StartsWith("29 ", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("n/a ", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void History_has_one_line_an_event()
    {
        var noon = new DateTimeOffset(new DateTime(2020, 7, 9, 12, 8, 41, DateTimeKind.Local)).ToUnixTimeMilliseconds();
        var one = new EventView { Sequence = 1, Time = noon, Job = 5, Sub = -1, Work = "95", Who = "__QUBE_SYSTEM__", From = "", Comment = "work state: complete subjob: 5.2 (node7)" };

        Assert.Equal("[Jul 9, 2020 12:08:41] 5:95 - __QUBE_SYSTEM__@ work state: complete subjob: 5.2 (node7)", HistoryCommand.Line(one));
        Assert.Equal("[Jul 9, 2020 12:08:41] 5.0 - ann@node1 killed", HistoryCommand.Line(one with { Work = "", Sub = 0, Who = "ann", From = "node1", Comment = "killed" }));
        Assert.Equal("[Jul 9, 2020 12:08:41] 5 - ann@node1 removed?", HistoryCommand.Line(one with { Work = "", Who = "ann", From = "node1", Comment = "removed\n" }));
    }

    [Fact]
    public void A_column_that_is_not_there_is_refused()
        => Assert.StartsWith("--fields nose: there is no such column", Assert.Throws<UsageException>(() => JobsCommand.Print(TextWriter.Null, Jobs, Parse(JobsCommand.Make(), "--fields nose"))).Message, StringComparison.Ordinal);

    private static ParsedOptions Parse(Command command, string line) => OptionParser.Parse(command.Options, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static JobView Job(long id, string name, string status) => new()
    {
        Id = id, Name = name, Prototype = "cmdrange", User = "ann", Status = status, StatusNumber = 1, Reason = "none", Priority = 9999, Cpus = 1, Processors = 1,
        Cpustally = new Tally(), Todo = 0, Todotally = new Tally(), Agendastatus = "", Subjobstatus = "", Pgrp = 12, Pid = 0, Label = "", Cluster = "/", Groups = "",
        Kind = "", Account = "", Dependency = "", Range = "", Flags = ["auto_mount"], Package = new Dictionary<string, JsonElement> { ["cmdline"] = ApiJson.Text("true") },
        Env = new Dictionary<string, string>(), Cwd = "/home/ann", Sourcehost = "desk1", Retrysubjob = -1, Retrywork = -1, Timelimit = 0, AgendaTimelimit = 0,
        Timesubmit = 1_600_000_000_000, Timestart = 0, Timecomplete = 0, Eta = 0,
    };
}
