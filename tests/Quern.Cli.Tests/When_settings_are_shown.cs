using Quern.Cli.Commands;
using Quern.Cli.Listing;
using Quern.Cli.Local;
using Quern.Configuration.Central;
using Quern.Protocol.Api;

namespace Quern.Cli.Tests;

public sealed class When_settings_are_shown
{
    [Theory]
    [InlineData("render003 render001 render002 w2", "render[001-003], w2")]
    [InlineData("n9 n10 n11 n08", "n9, n08, n[10-11]")]
    [InlineData("a b", "a, b")]
    [InlineData("x123456789012", "x123456789012")]
    public void Many_hosts_are_few_words(string names, string expected) => Assert.Equal(expected, HostRanges.Of(names.Split(' ')));

    [Fact]
    public void A_difference_groups_the_hosts_that_change_alike()
    {
        var reply = new ConfigPushReply
        {
            Version = 4, IsNew = true, Told = 1, MoreChanges = 0, Notices = ["f:3: worker_logmode is accepted and changes nothing: x"],
            Changes = [Change("n1", "worker_cpus", "1", "2"), Change("n2", "worker_cpus", "1", "2", isWorker: false), Change("n1", "proxy_account", null, "a\nb"), Change("n2", "worker_groups", "x", null)],
        };
        var text = new StringWriter();
        ConfigCommand.Print(text, reply, isDryRun: false, isJson: false);
        ConfigCommand.Print(text, reply with { IsNew = false, Changes = [], Notices = [], MoreChanges = 2 }, isDryRun: true, isJson: false);
        ConfigCommand.Print(text, reply with { IsNew = false, Changes = [], Notices = [] }, isDryRun: false, isJson: false);

        Golden.Matches("config-push.txt", text.ToString());
    }

    [Fact]
    public void An_explanation_tells_whose_word_counts_and_what_the_others_say()
    {
        var view = new ConfigHostView
        {
            Host = "n1", Version = 3, IsKnown = false, Faults = ["f:9: worker_description: it holds a control character"],
            Settings =
            [
                Setting("worker_cpus", "4", "supervisor", "f:2 [gpu]", new ConfigWordView { Layer = "local", Value = "8", Origin = "/etc/qb.conf:1" }, new ConfigWordView { Layer = "default", Value = "0", Origin = "default" }),
                Setting("worker_logmode", "mounted", "local", "/etc/qb.conf:2"), Setting("proxy_account", "quern", "default", "default"),
            ],
        };
        var text = new StringWriter();
        ConfigExplain.Print(text, view, null, all: false, isJson: false);
        ConfigExplain.Print(text, view with { Version = 0, IsKnown = true, Faults = [] }, "proxy_account", all: false, isJson: false);

        Golden.Matches("config-explain.txt", text.ToString());
    }

    [Fact]
    public void A_central_file_is_printed_expanded()
    {
        var text = new StringWriter();
        ConfigFileCommand.Print(text, CentralFile.Parse("[default]\nworker_cpus=1\n[linux]\nproxy_nice_value=5\n[t]\nworker_groups = \"a, $_\"\nworker_path_map = {\n\"/a\" : \"/b\",\n}\n[n[1-2]] : t\n", "f"), "linux");

        Golden.Matches("qbconfigfile.txt", text.ToString());
    }

    private static ConfigChangeView Change(string host, string setting, string? old, string? now, bool isWorker = true) => new() { Host = host, Setting = setting, Old = old, New = now, IsWorker = isWorker };

    private static ConfigSettingView Setting(string name, string value, string layer, string origin, params ConfigWordView[] others) => new() { Name = name, Value = value, Layer = layer, Origin = origin, Others = others };
}
