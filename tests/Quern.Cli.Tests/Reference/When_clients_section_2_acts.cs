using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Reference;

/// <summary>The table of action commands: each option of each command, and what it chooses. Source: reference, qube-clients 1.1 and 2.2.</summary>
public sealed class When_clients_section_2_acts
{
    private const string Table = """
        qbblock     block     work subjob running pending workrunning workpending subjobrunning subjobpending
        qbunblock   unblock   work subjob running pending blocked workrunning workpending workblocked subjobrunning subjobpending subjobblocked
        qbkill      kill      work subjob running pending blocked badlogin workrunning workpending workblocked subjobrunning subjobpending subjobblocked subjobbadlogin
        qbinterrupt interrupt running pending subjobrunning subjobpending active
        qbmigrate   migrate   work subjob running pending
        qbpreempt   preempt   work subjob running workrunning subjobrunning
        qbretire    retire    work subjob running
        qbretry     retry     work subjob running complete failed killed done workcomplete workfailed workkilled workdone subjobcomplete subjobfailed subjobkilled subjobdone
        qbrequeue   requeue   work subjob running pending complete failed killed done workcomplete workfailed workkilled workdone subjobcomplete subjobfailed subjobkilled subjobdone
        qbsuspend   suspend   running subjobrunning
        qbresume    resume    suspended
        qbshove     shove     pending running
        qbtop       top       running pending blocked
        qbbottom    bottom    running pending blocked active
        qbremove    remove    failed killed complete done pending running active
        """;

    public static TheoryData<string, string, string> Options => [.. Rows.SelectMany(row => row.Skip(2).Select(option => (row[0], row[1], option)))];

    public static TheoryData<string> Commands => [.. Rows.Select(row => row[0])];

    private static IEnumerable<string[]> Rows => Table.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Theory, MemberData(nameof(Options))]
    public void Should_choose_what_the_option_says(string command, string verb, string option)
    {
        var request = Read(command, $"--{option} 12");
        Assert.Equal((verb, "12"), (request.Action, Assert.Single(request.Targets)));
        var (part, state) = option.StartsWith("work", StringComparison.Ordinal) ? ("work", option[4..]) : option.StartsWith("subjob", StringComparison.Ordinal) ? ("subjob", option[6..]) : ("", option);
        Assert.Equal((part == "work", part == "subjob"), (request.ItemsOnly, request.InstancesOnly));
        string[] named = state.Length == 0 ? [] : [state];
        Assert.Equal([part == "" ? named : [], part == "work" ? named : [], part == "subjob" ? named : []], new[] { request.Statuses, request.ItemStatuses, request.InstanceStatuses });
    }

    [Theory, MemberData(nameof(Commands))]
    public void Should_select_jobs_by_the_options_that_all_have(string command)
    {
        var filter = Read(command, "--user ann --type cmdrange --status running --name x --kind sim --pid 3 --pgrp 7 --priority 5 --cluster /a --cpus 2 0").Filter;
        Assert.Equal(new JobFilter { User = "ann", Prototype = "cmdrange", Status = "running", Name = "x", Kind = "sim", Pid = 3, Pgrp = 7, Priority = 5, Cluster = "/a", Cpus = 2 }, filter);
        Assert.Equal("maya", Read(command, "--prototype maya 0").Filter!.Prototype);
    }

    /// <summary>1: ids as they are written everywhere.</summary>
    [Theory]
    [InlineData("123")]
    [InlineData("123.4")]
    [InlineData("123:17")]
    [InlineData("123:25-29")]
    [InlineData("0")]
    public void Should_take_ids_as_they_are_written(string id) => Assert.Equal([id], Read("qbkill", id).Targets);

    /// <summary>1: one dash or two, any beginning that is no other's.</summary>
    [Theory]
    [InlineData("qbkill", "-u ann 0", "ann", null)]
    [InlineData("qbkill", "--user ann 0", "ann", null)]
    [InlineData("qbkill", "-cl /show 0", null, "/show")]
    [InlineData("qbretry", "-us ann -clu /show 0", "ann", "/show")]
    public void Should_take_any_unique_beginning(string command, string line, string? user, string? cluster)
    {
        var filter = Read(command, line).Filter!;
        Assert.Equal((user, cluster), (filter.User, filter.Cluster));
    }

    [Theory]
    [InlineData("mname", "shot", "name")]
    [InlineData("mpriority", "10", "priority")]
    [InlineData("mrequirements", "host.os=linux", "requirements")]
    [InlineData("mrestrictions", "/a/+", "restrictions")]
    [InlineData("mreservations", "host.processors=2", "reservations")]
    [InlineData("mcluster", "/show", "cluster")]
    [InlineData("mcpus", "4", "cpus")]
    [InlineData("mmax_cpus", "*", "max_cpus")]
    [InlineData("mgroups", "fast", "groups")]
    [InlineData("mhosts", "a,b", "hosts")]
    [InlineData("mhostorder", "-host.cpus", "hostorder")]
    [InlineData("mtimeout", "60", "timeout")]
    [InlineData("magenda_timeout", "30", "agenda_timeout")]
    [InlineData("mretrysubjob", "1", "retrysubjob")]
    [InlineData("mretrywork", "2", "retrywork")]
    [InlineData("mretrywork_delay", "5", "retrywork_delay")]
    [InlineData("mmailaddress", "ann@x", "mailaddress")]
    [InlineData("mnotes", "later", "notes")]
    [InlineData("mpgrp", "7", "pgrp")]
    [InlineData("mprod_show", "robo", "prod_show")]
    [InlineData("mprod_shot", "10", "prod_shot")]
    [InlineData("mprod_seq", "a", "prod_seq")]
    [InlineData("mprod_client", "c", "prod_client")]
    [InlineData("mprod_dept", "comp", "prod_dept")]
    [InlineData("mprod_custom1", "1", "prod_custom1")]
    [InlineData("mprod_custom5", "5", "prod_custom5")]
    public void Should_give_jobs_a_new_value(string option, string value, string attribute)
    {
        var request = ModifyCommand.Read(OptionParser.Parse(ModifyCommand.Make().Options, [$"--{option}", value, "--suspended", "12"]));
        Assert.Equal((attribute, value), (Assert.Single(request.Changes!).Key, Assert.Single(request.Changes!).Value.GetString()));
        Assert.Equal(("modify", "suspended"), (request.Action, Assert.Single(request.Statuses!)));
    }

    private static ActionRequest Read(string command, string words)
        => ActionCommands.Read(ActionTable.Find(command), OptionParser.Parse(ActionCommands.Make(command).Options, words.Split(' ')));
}
