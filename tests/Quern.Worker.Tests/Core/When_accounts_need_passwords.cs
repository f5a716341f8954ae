using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Secrets;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_accounts_need_passwords
{
    private static readonly Dictionary<string, string> UserMode = new() { ["proxy_execution_mode"] = "user", ["worker_host_domain"] = "STUDIO" };

    [Theory]
    [InlineData(false, "the-key", "the-key")]
    [InlineData(true, "the-key", "")]
    [InlineData(false, "", "")]
    public void Should_announce_a_key_only_where_accounts_are_logged_on(bool isDesktop, string key, string told)
    {
        var worker = new CoreHarness(isDesktop ? WorkerMode.Desktop : WorkerMode.Service, sealingKey: key);
        worker.Connect();
        Assert.Equal(told, worker.LastHello.SealingKey);
    }

    [Theory]
    [InlineData("bob", "STUDIO")]
    [InlineData(@"OTHER\bob", "OTHER")]
    public void Should_log_the_submitter_on_with_what_came_with_the_start(string account, string domain)
    {
        var worker = new CoreHarness(local: UserMode, sealingKey: "the-key");
        worker.Connect();
        Start(worker, new Credential { Account = account, Password = "sealed:text" });
        var launch = Assert.Single(worker.Host.Launches);
        Assert.Equal("bob", launch.Account);
        Assert.Equal(new LogonRequest(domain, "sealed:text", account, SealedFor.Run(CoreHarness.Run1.ToString()), "run 'qblogin' as bob"), launch.Logon);
        Assert.DoesNotContain(worker.Core.TakeNotes(), note => note.Text.Contains("sealed:", StringComparison.Ordinal));
    }

    [Fact]
    public void Should_say_badlogin_with_the_remedy_when_nothing_came()
    {
        var worker = new CoreHarness(local: UserMode, sealingKey: "the-key");
        worker.Connect();
        Start(worker, null);
        Assert.Equal("account 'bob' on host 'node-1' cannot be logged on: its password is not registered with the supervisor: run 'qblogin' as bob", Refusal(worker));

        worker = new CoreHarness(local: UserMode, sealingKey: "the-key");
        worker.Connect();
        Start(worker, new Credential { Account = "bob", Problem = "it cannot be opened: run 'qblogin' as bob again" });
        Assert.Equal("it cannot be opened: run 'qblogin' as bob again", Refusal(worker));
    }

    [Fact]
    public void Should_log_the_proxy_account_on_with_its_password_and_take_a_new_one_at_once()
    {
        var worker = new CoreHarness(local: new() { ["proxy_account"] = "render{slot}", ["worker_cpus"] = "2", ["proxy_password"] = "lsa:proxy_password" }, sealingKey: "the-key");
        worker.Connect();
        Start(worker, null);
        worker.Order(new Order { Settings = new Settings { Version = 5, Values = { ["proxy_password"] = "sealed:new" } } });
        worker.Start(CoreHarness.Run2);
        Assert.Equal(["lsa:proxy_password", "sealed:new"], worker.Host.Launches.Select(launch => launch.Logon!.Password));
        Assert.Equal(("render0", "render{slot}", SealedFor.Proxy), (worker.Host.Launches[0].Account, worker.Host.Launches[0].Logon!.SealedAccount, worker.Host.Launches[0].Logon!.Purpose));
        Assert.DoesNotContain(worker.Core.TakeNotes(), note => note.Text.Contains("sealed:new", StringComparison.Ordinal));
    }

    [Fact]
    public void Should_need_a_proxy_password_unless_the_system_has_it()
    {
        var worker = new CoreHarness(sealingKey: "the-key");
        worker.Connect();
        Start(worker, null);
        Assert.Equal("account 'quern' on host 'node-1' cannot be logged on: there is no password of it: set proxy_password in that host's qb.conf or in qbwrk.conf, as qbhash prints it", Refusal(worker));

        worker = new CoreHarness(local: new() { ["proxy_account"] = @"STUDIO\render$" }, sealingKey: "the-key");
        worker.Connect();
        Start(worker, null);
        Assert.Single(worker.Host.Launches);
    }

    [Fact]
    public void Should_ask_for_nothing_on_other_systems()
    {
        var worker = new CoreHarness(local: UserMode);
        worker.Connect();
        Start(worker, null);
        Assert.Null(Assert.Single(worker.Host.Launches).Logon);
    }

    [Theory]
    [InlineData("remove_logs,load_profile", true)]
    [InlineData("remove_logs", false)]
    [InlineData("", false)]
    [InlineData("24", true)]
    [InlineData("8", false)]
    public void Should_load_profiles_where_the_flag_says_so(string flags, bool loads)
        => Assert.Equal(loads, RunHosts.LogonPolicy(new WorkerSettings { Local = new Dictionary<string, string> { ["worker_flags"] = flags } }).LoadsProfile);

    [Fact]
    public void A_password_is_kept_on_windows_only()
    {
        var refusal = Assert.Throws<RefusalException>(() => KeepPasswordCommand.Run(["--account", "quern"], new MemoryStream("hunter2"u8.ToArray()), TextWriter.Null));
        Assert.StartsWith("no password is kept here: accounts need none on this system; on the Windows host run 'qbhash --local'", refusal.Message);
        Assert.Throws<FormatException>(() => KeepPasswordCommand.Run([], Stream.Null, TextWriter.Null));
    }

    private static void Start(CoreHarness worker, Credential? credential)
        => worker.Order(new Order { Start = new Start { Key = LinkRecords.Key(CoreHarness.Run1), User = "bob", JobName = "shot", JobType = "cmdline", Command = "hostname", Slots = 1, Credential = credential } });

    private static string Refusal(CoreHarness worker)
    {
        Assert.Empty(worker.Host.Launches);
        var ended = Assert.Single(worker.Host.Read(CoreHarness.Run1, 0, 1000)).Body as RunEnded;
        Assert.Equal(RunEndCause.BadLogin, ended!.Cause);
        return ended.Text;
    }
}
