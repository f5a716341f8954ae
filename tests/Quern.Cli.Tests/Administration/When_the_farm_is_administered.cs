using System.Runtime.CompilerServices;
using Quern.Cli.Administration;
using Quern.Cli.Options;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests.Administration;

public sealed class When_the_farm_is_administered
{
    [Theory]
    [InlineData("s --list", "supervisor list")]
    [InlineData("supe --conf", "supervisor configuration")]
    [InlineData("supervisor --set reject_submit --unset stop_activity", "supervisor set")]
    [InlineData("w --remove node7 node8", "worker remove node7 node8")]
    [InlineData("worker -configuration node7", "worker configuration node7")]
    [InlineData("l --configuration", "local configuration")]
    [InlineData("--reread s", "supervisor reread")]
    public void Should_know_modes_and_what_to_do_by_any_beginning(string line, string expected)
    {
        var options = Parse(line);
        var (mode, task) = AdminCommand.Read(options);
        Assert.Equal(expected, string.Join(' ', [mode, task, .. options.Words]));
    }

    [Theory]
    [InlineData("", "name what to administer first: qbadmin supervisor, worker or local")]
    [InlineData("farm --list", "there is no mode 'farm': use supervisor, worker or local")]
    [InlineData("s", "say what to do: qbadmin supervisor --list, --configuration, --reread, --set, --unset, --resource, --globalcallback, --emailtest")]
    [InlineData("s --list --reread", "--list and --reread exclude each other")]
    [InlineData("l --remove", "--remove belongs to worker: a local has --configuration")]
    [InlineData("w --reboot node7", "--reboot is not taken: the farm has no right over a machine; lock it with qblock, see in qbhosts that nothing runs there, and restart it as its administrator")]
    [InlineData("s --find", "--find is not taken: a supervisor answers no stranger on the network; name it with QB_SUPERVISOR or qb_supervisor in qb.conf")]
    public void Should_refuse_with_what_to_do_instead(string line, string sentence)
        => Assert.Equal(sentence, Assert.Throws<UsageException>(() => AdminCommand.Read(Parse(line))).Message);

    [Theory]
    [InlineData("--set reject_submit", "True  False")]
    [InlineData("--set reject_submit,stop_activity", "True True False")]
    [InlineData("--set reject_submit --unset stop_activity", "True False False")]
    [InlineData("--reread", "  True")]
    public void Should_change_modes(string line, string expected)
    {
        var change = AdminSupervisor.ChangeOf(Parse(line));
        Assert.Equal(expected, $"{change.RejectSubmit} {change.StopActivity} {change.Reread}");
    }

    [Theory]
    [InlineData("--set reject_all", "--set reject_all: there is no such mode; use reject_submit or stop_activity")]
    [InlineData("--set stop_activity --unset stop_activity", "stop_activity cannot be set and unset at once")]
    public void Should_refuse_modes_that_are_none(string line, string sentence)
        => Assert.Equal(sentence, Assert.Throws<UsageException>(() => AdminSupervisor.ChangeOf(Parse(line))).Message);

    [Fact]
    public void Should_read_a_callback()
    {
        var callback = AdminSupervisor.CallbackOf(["mail", "failed-job-*", "-"]);
        Assert.Equal(("mail", "failed-job-*", ""), (callback.Language!.Value.GetString(), callback.Triggers!.Value.GetString(), callback.Code));
        Assert.Equal("unblock-self now", AdminSupervisor.CallbackOf(["qube", "x", "unblock-self", "now"]).Code);
        Assert.StartsWith("write --globalcallback LANGUAGE TRIGGERS CODE", Assert.Throws<UsageException>(() => AdminSupervisor.CallbackOf(["mail", "x"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("remove", "", "name the host: qbadmin worker --remove HOST")]
    [InlineData("assignments", "a b", "--assignments shows one host: leave 'b' out")]
    [InlineData("clearbanned", "a", "--clearbanned is for the whole farm: leave 'a' out")]
    public void Should_want_the_hosts_that_are_meant(string task, string hosts, string sentence)
        => Assert.Equal(sentence, Assert.Throws<UsageException>(() => AdminWorker.Check(task, hosts.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Message);

    [Fact]
    public void Should_show_modes_settings_and_removed_hosts()
    {
        var text = new StringWriter { NewLine = "\n" };
        AdminCommand.Make().PrintHelp(text);
        var view = new SupervisorView { RejectSubmit = true, StopActivity = false, Settings = [new SupervisorSettingView { Name = "mail_host", Value = "mx", Origin = "/etc/qb.conf:3" }] };
        AdminSupervisor.Print(text, view, areSettings: true, isJson: false);
        AdminSupervisor.Print(text, view, areSettings: false, isJson: false);
        AdminWorker.Print(text, [new RemovedHostView { Id = 7, Name = "node7", Address = "10.0.0.7", By = "root@farm", Time = 1_700_000_000_000 }], isJson: false, TimeZoneInfo.Utc);
        Golden.Matches("qbadmin.txt", text.ToString(), Source());
    }

    private static ParsedOptions Parse(string line) => OptionParser.Parse(AdminCommand.Make().Options, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Source([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
}
