using Quern.Protocol.Link;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_settings_come_from_the_supervisor
{
    [Fact]
    public void Should_use_them_for_new_runs_only()
    {
        var worker = new CoreHarness(local: new() { ["proxy_nice_value"] = "1" });
        worker.Connect();
        worker.Start(CoreHarness.Run1);
        worker.Core.Disconnected();
        worker.Connect(("proxy_nice_value", "9"));
        worker.Start(CoreHarness.Run2);

        Assert.Equal([1, 9], worker.Host.Launches.Select(launch => launch.NiceValue));
        Assert.Empty(worker.Host.Orders);
    }

    [Fact]
    public void Should_never_let_them_speak_for_local_policy()
    {
        var worker = new CoreHarness(local: new() { ["worker_min_uid"] = "2000" });
        worker.Connect(("worker_min_uid", "0"), ("worker_allow_users", "root"));

        Assert.Equal("2000", worker.Core.Settings.Text("worker_min_uid"));
        Assert.Empty(worker.Core.Settings.List("worker_allow_users"));
        Assert.Contains(worker.Core.TakeNotes(), note => note.IsWarning && note.Text.Contains("worker_min_uid", StringComparison.Ordinal));
    }

    [Fact]
    public void Should_let_the_command_line_win_but_not_over_the_files_policy()
    {
        var settings = new WorkerSettings
        {
            CommandLine = new Dictionary<string, string> { ["proxy_account"] = "set", ["worker_min_uid"] = "1", ["worker_account_check"] = "none" },
            Central = new Dictionary<string, string> { ["proxy_account"] = "central", ["worker_min_uid"] = "0" },
            Local = new Dictionary<string, string> { ["proxy_account"] = "local", ["worker_min_uid"] = "500" },
        };

        Assert.Equal("set", settings.ProxyAccount);
        Assert.Equal("500", settings.Text("worker_min_uid"));
        Assert.Equal("none", settings.Text("worker_account_check"));
        Assert.Equal("warn", settings.Text("worker_privileged_groups"));
    }

    [Fact]
    public void Should_pass_over_what_does_not_fit_and_what_is_not_known()
    {
        var worker = new CoreHarness(local: new() { ["proxy_nice_value"] = "3" });
        worker.Connect(("proxy_nice_value", "nonsense"), ("worker_of_the_future", "1"));

        Assert.Equal(3, worker.Core.Settings.NiceValue);
        Assert.Contains(worker.Core.TakeNotes(), note => note.IsWarning && note.Text.Contains("nonsense", StringComparison.Ordinal));
    }

    [Fact]
    public void Should_keep_them_when_the_local_file_is_read_again()
    {
        var worker = new CoreHarness();
        worker.Connect(("proxy_account", "central"));
        worker.Core.Disconnected();
        worker.Connect(("proxy_account", "central"));
        worker.Core.LocalSettingsChanged(new WorkerSettings { Local = new Dictionary<string, string> { ["worker_cpus"] = "9" } });

        Assert.True(worker.Core.WantsReconnect);
        Assert.Equal(("central", 9), (worker.Core.Settings.ProxyAccount, worker.Core.Settings.Slots(4)));
    }

    [Fact]
    public void Should_say_hello_again_when_they_change_what_it_said()
    {
        var worker = new CoreHarness();
        worker.Connect(("worker_cpus", "16"), ("proxy_execution_mode", "user"));
        Assert.True(worker.Core.WantsReconnect);

        worker.Core.Disconnected();
        worker.Connect(("worker_cpus", "16"), ("proxy_execution_mode", "user"));
        Assert.Equal((16, "user"), (worker.LastHello.Slots, worker.LastHello.ProxyMode));
        Assert.False(worker.Core.WantsReconnect);
    }

    [Theory]
    [InlineData("local,supervisor", "central", "central only", "local only")]
    [InlineData("supervisor,local", "local", "central only", "local only")]
    [InlineData("local", "local", "", "local only")]
    [InlineData("supervisor", "central", "central only", "")]
    public void Should_ask_the_layers_that_worker_lookup_names(string lookup, string both, string central, string local)
    {
        var settings = new WorkerSettings
        {
            Local = new Dictionary<string, string> { ["worker_lookup"] = lookup, ["proxy_account"] = "local", ["worker_groups"] = "local only", ["worker_name"] = "me", ["worker_min_uid"] = "7" },
            Central = new Dictionary<string, string> { ["proxy_account"] = "central", ["worker_description"] = "central only", ["worker_name"] = "you", ["worker_min_uid"] = "8" },
        };

        Assert.Equal((both, central, local), (settings.ProxyAccount, settings.Text("worker_description"), settings.Text("worker_groups")));

        // What is needed before the supervisor is reached, and policy, are local whatever is asked.
        Assert.Equal(("me", "7"), (settings.Text("worker_name"), settings.Text("worker_min_uid")));
    }

    [Fact]
    public void Should_use_a_change_that_comes_while_connected_for_new_runs_only()
    {
        var worker = new CoreHarness();
        worker.Connect(("proxy_nice_value", "1"), ("worker_description", "x"));
        worker.Start(CoreHarness.Run1);
        worker.Core.TakeNotes();

        worker.Order(Settings(2, ("proxy_nice_value", "9"), ("worker_min_uid", "1")));
        worker.Start(CoreHarness.Run2);

        Assert.Equal([1, 9], worker.Host.Launches.Select(launch => launch.NiceValue));
        Assert.Empty(worker.Host.Orders);
        Assert.False(worker.Core.WantsReconnect);
        Assert.Contains(worker.Core.TakeNotes(), note => note.Text == "version 2 of the supervisor's settings holds for new runs: proxy_nice_value = 9, worker_description no more");
    }

    [Fact]
    public void Should_say_itself_anew_when_a_change_alters_what_the_supervisor_was_told()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(CoreHarness.Run1);

        worker.Order(Settings(2, ("proxy_execution_mode", "user"), ("worker_cpus", "3")));
        Assert.True(worker.Core.WantsReconnect);
        worker.Core.Disconnected();
        worker.Connect(("proxy_execution_mode", "user"), ("worker_cpus", "3"));

        Assert.Equal(("user", 3), (worker.LastHello.ProxyMode, worker.LastHello.Slots));
        Assert.Single(worker.LastHello.Held);
        Assert.False(worker.Core.WantsReconnect);
    }

    [Fact]
    public void Should_say_its_place_in_the_farm_anew()
    {
        var worker = new CoreHarness();
        worker.Connect();
        Assert.Equal(("/", 0, ""), (worker.LastHello.Cluster, worker.LastHello.Groups.Count, worker.LastHello.Restrictions));

        worker.Order(Settings(2, ("worker_cluster", "/show"), ("worker_groups", "gpu,big"), ("worker_restrictions", "/show/+")));
        Assert.True(worker.Core.WantsReconnect);
        worker.Core.Disconnected();
        worker.Connect(("worker_cluster", "/show"), ("worker_groups", "gpu,big"), ("worker_restrictions", "/show/+"));

        Assert.Equal(("/show", "/show/+"), (worker.LastHello.Cluster, worker.LastHello.Restrictions));
        Assert.Equal(["gpu", "big"], worker.LastHello.Groups);
    }

    [Fact]
    public void Should_pass_over_a_version_it_has_had()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Order(Settings(3, ("proxy_nice_value", "3")));
        worker.Order(Settings(2, ("proxy_nice_value", "2")), Settings(3, ("proxy_nice_value", "4")));

        Assert.Equal(3, worker.Core.Settings.NiceValue);
    }

    [Fact]
    public void Should_tell_the_supervisor_what_the_host_itself_sets_with_secrets_covered()
    {
        var worker = new CoreHarness(local: new() { ["proxy_password"] = "hush", ["worker_lookup"] = "local", ["supervisor_port"] = "1" }, commandLine: new() { ["worker_cpus"] = "2" });
        worker.Connect();

        Assert.Equal(
            ["worker_cpus=2 command line True", "proxy_password=(set, not shown) qb.conf False", "worker_lookup=local qb.conf False"],
            worker.LastHello.Local.Select(word => $"{word.Name}={word.Value} {word.Origin} {word.CommandLine}"));
    }

    private static Order Settings(int version, params (string Key, string Value)[] values)
    {
        var settings = new Settings { Version = version };
        foreach (var (key, value) in values)
        {
            settings.Values.Add(key, value);
        }

        return new Order { Settings = settings };
    }
}
