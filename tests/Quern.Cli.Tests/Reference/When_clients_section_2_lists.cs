using Quern.Cli.Administration;
using Quern.Cli.Commands;
using Quern.Cli.Options;

namespace Quern.Cli.Tests.Reference;

/// <summary>What listings and host commands ask for, option by option. Source: reference, qube-clients 1, 2.3 and 2.4.</summary>
public sealed class When_clients_section_2_lists
{
    [Theory]
    [InlineData("", "")]
    [InlineData("0", "")]
    [InlineData("12 13", "?id=12%2C13")]
    [InlineData("--waiting", "?status=waiting")]
    [InlineData("--pending", "?status=pending")]
    [InlineData("--suspended", "?status=suspended")]
    [InlineData("--blocked", "?status=blocked")]
    [InlineData("--running --failed", "?status=running%2Cfailed")]
    [InlineData("--killed", "?status=killed")]
    [InlineData("--complete", "?status=complete")]
    [InlineData("--done", "?status=done")]
    [InlineData("--active", "?status=active")]
    [InlineData("--flags mail,grid", "?flags=mail%2Cgrid")]
    [InlineData("--user all", "?user=all")]
    [InlineData("--user=", "?user=all")]
    [InlineData("--cluster /show", "?cluster=%2Fshow")]
    [InlineData("--name *shot", "?name=%2Ashot")]
    [InlineData("--label render", "?label=render")]
    [InlineData("--type cmdrange", "?prototype=cmdrange")]
    [InlineData("--prototype cmdrange", "?prototype=cmdrange")]
    [InlineData("--kind sim", "?kind=sim")]
    [InlineData("--priority 5", "?priority=5")]
    [InlineData("--pgrp 7", "?pgrp=7")]
    [InlineData("--pid 3", "?pid=3")]
    [InlineData("-expr priority<=100", "?expression=priority%3C%3D100")]
    [InlineData("--long 12", "?id=12&agenda=true&subjobs=true")]
    [InlineData("--status 12", "?id=12&agenda=true&subjobs=true")]
    public void Should_ask_for_those_jobs(string line, string query) => Assert.Equal(query, JobsCommand.Query(Parse(JobsCommand.Make(), line)).ToString());

    [Theory]
    [InlineData("", "")]
    [InlineData("node1 node2", "?name=node1&name=node2")]
    [InlineData("--down", "?state=down")]
    [InlineData("--panic", "?state=panic")]
    [InlineData("--active", "?state=active")]
    [InlineData("--flags remove_logs", "?flags=remove_logs")]
    [InlineData("--cluster /a/+", "?cluster=%2Fa%2F%2B")]
    [InlineData("--group fast", "?group=fast")]
    [InlineData("--resources processors.avail>4", "?expression=processors.avail%3E4")]
    public void Should_ask_for_those_hosts(string line, string query)
    {
        Assert.Equal(query, HostSelection.Query(Parse(HostsCommand.Make(), line)));
        Assert.Equal(query, HostSelection.Query(Parse(LockCommand.Make("qblock"), line)));
        Assert.Equal(query, HostSelection.Query(Parse(LockCommand.Make("qbunlock"), line)));
    }

    [Fact]
    public void Should_take_the_shortest_beginning()
    {
        Assert.True(Parse(HostsCommand.Make(), "-l").Has("long"));
        Assert.True(Parse(SummaryCommand.Make(), "-l").Has("long"));
    }

    [Theory]
    [InlineData("0,1", "0 1")]
    [InlineData("0-3", "0 1 2 3")]
    [InlineData("", "")]
    public void Should_lock_those_slots(string range, string slots) => Assert.Equal(slots, string.Join(' ', LockCommand.Slots(range)));

    [Theory]
    [InlineData("submitjob", "submit_job")]
    [InlineData("submitcallback", "submit_callback")]
    [InlineData("submitglobalcallback", "submit_global_callback")]
    [InlineData("kill", "kill")]
    [InlineData("remove", "remove")]
    [InlineData("modify", "modify")]
    [InlineData("preempt", "preempt")]
    [InlineData("block", "block")]
    [InlineData("interrupt", "interrupt")]
    [InlineData("unblock", "unblock")]
    [InlineData("suspend", "suspend")]
    [InlineData("resume", "resume")]
    [InlineData("bump", "bump")]
    [InlineData("migrate", "migrate")]
    [InlineData("retry", "retry")]
    [InlineData("requeue", "requeue")]
    [InlineData("shove", "shove")]
    [InlineData("fail", "fail")]
    [InlineData("retire", "retire")]
    [InlineData("all", "all")]
    [InlineData("admin", "admin")]
    [InlineData("sudo", "sudo_admin")]
    [InlineData("impersonate", "impersonate")]
    [InlineData("lock", "lock_host")]
    public void Should_give_a_permission_by_its_switch(string option, string permission)
    {
        var change = UsersCommand.Read(Parse(UsersCommand.Make(), $"--add --{option} ann"))!;
        Assert.Equal(("add", permission), (change.Action, Assert.Single(change.Permissions!)));
    }

    /// <summary>2.4: each mode with what it can do; what is not taken is refused by name.</summary>
    [Theory]
    [InlineData("s --list", "supervisor", "list")]
    [InlineData("s --configuration", "supervisor", "configuration")]
    [InlineData("supervisor --reread", "supervisor", "reread")]
    [InlineData("s --set stop_activity", "supervisor", "set")]
    [InlineData("s --unset reject_submit", "supervisor", "unset")]
    [InlineData("s --resource", "supervisor", "resource")]
    [InlineData("s --globalcallback mail failed-job-* -", "supervisor", "globalcallback")]
    [InlineData("s --emailtest", "supervisor", "emailtest")]
    [InlineData("w --remove node7", "worker", "remove")]
    [InlineData("w --unremove 00:11:22:33:44:55", "worker", "unremove")]
    [InlineData("w --clearbanned", "worker", "clearbanned")]
    [InlineData("w --refresh", "worker", "refresh")]
    [InlineData("w --reconfigure", "worker", "reconfigure")]
    [InlineData("w --configuration node7", "worker", "configuration")]
    [InlineData("w --assignments node7", "worker", "assignments")]
    [InlineData("l --configuration", "local", "configuration")]
    public void Should_administer_that(string line, string mode, string task) => Assert.Equal((mode, task), AdminCommand.Read(Parse(AdminCommand.Make(), line)));

    /// <summary>Of instances and of work, each by its own switch.</summary>
    [Theory]
    [InlineData("p", "priority")]
    [InlineData("c", "cluster")]
    [InlineData("u", "user")]
    [InlineData("g", "group")]
    [InlineData("cp", "cluster/priority")]
    [InlineData("r", "reservation")]
    [InlineData("a", "account")]
    [InlineData("t", "type")]
    public void Should_sum_by_what_the_switch_says(string letters, string by)
    {
        Assert.Equal([(by, false)], SummaryCommand.Wanted(Parse(SummaryCommand.Make(), $"--{letters}vs")));
        Assert.Equal([(by, true)], SummaryCommand.Wanted(Parse(SummaryCommand.Make(), $"--{letters}vw")));
    }

    private static ParsedOptions Parse(Command command, string line) => OptionParser.Parse(command.Options, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
