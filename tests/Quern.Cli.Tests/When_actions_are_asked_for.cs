using Quern.Cli.Commands;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_actions_are_asked_for
{
    [Fact]
    public void Every_action_command_says_which_states_it_can_be_told()
        => Golden.Matches("actions.help.txt", string.Concat(ActionTable.Rows.Select(row =>
        {
            var help = new StringWriter { NewLine = "\n" };
            ActionCommands.Make(row.Name).PrintHelp(help);
            return help + "\n";
        })));

    [Theory]
    [InlineData("qbretry", "--workfailed 12", "retry items:failed [Items]")]
    [InlineData("qbretry", "--subjobdone 12", "retry instances:done [Instances]")]
    [InlineData("qbretry", "--failed 12", "retry all:failed []")]
    [InlineData("qbkill", "--workpending --subjobrunning 12", "kill items:pending instances:running []")]
    [InlineData("qbkill", "--work 12", "kill [Items]")]
    [InlineData("qbkill", "--work --subjob 12", "kill []")]
    [InlineData("qbblock", "--finish 12", "block [finish]")]
    [InlineData("qbblock", "--purge 12", "block []")]
    [InlineData("qbremove", "--done 0", "remove all:done []")]
    [InlineData("qbcomplete", "12", "retire []")]
    public void Options_say_what_of_the_jobs_is_meant(string name, string words, string expected)
    {
        var request = Read(name, words);
        var flags = $"[{(request.ItemsOnly ? "Items" : "")}{(request.InstancesOnly ? "Instances" : "")}{(request.Finish ? "finish" : "")}]";
        Assert.Equal(expected, string.Join(" ", new[] { request.Action, Part("all", request.Statuses!), Part("items", request.ItemStatuses!), Part("instances", request.InstanceStatuses!), flags }.Where(part => part.Length > 0)));
    }

    [Fact]
    public void Jobs_are_selected_as_with_every_command()
    {
        var request = Read("qbinterrupt", "--pgrp 7 --user ann --kind sim --priority 5 --cpus 2 --pid 3 --cluster /a --name x --type cmdrange --status running 0 pgrp:12");
        Assert.Equal(["0", "pgrp:12"], request.Targets);
        Assert.Equal(new JobFilter { Pgrp = 7, User = "ann", Kind = "sim", Priority = 5, Cpus = 2, Pid = 3, Cluster = "/a", Name = "x", Prototype = "cmdrange", Status = "running" }, request.Filter);
    }

    [Theory]
    [InlineData("qbkill", "", "name the jobs")]
    [InlineData("qbblock", "--finish --purge 12", "exclude each other")]
    [InlineData("qbsuspend", "--work 12", "there is no option --work")]
    public void What_makes_no_sense_is_said(string name, string words, string expected)
        => Assert.Contains(expected, Assert.Throws<UsageException>(() => Read(name, words)).Message, StringComparison.Ordinal);

    private static string Part(string what, IReadOnlyList<string> statuses) => statuses.Count == 0 ? "" : $"{what}:{string.Join(",", statuses)}";

    private static ActionRequest Read(string name, string words)
        => ActionCommands.Read(ActionTable.Find(name), OptionParser.Parse(ActionCommands.Make(name).Options, words.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
}
