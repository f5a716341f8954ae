using Quern.Configuration.Central;

namespace Quern.Configuration.Tests.Central;

public sealed class When_a_host_is_resolved
{
    [Fact]
    public void Should_apply_default_then_os_then_group_then_templates_then_the_host()
    {
        var file = CentralFile.Parse(
            """
            [default]
            worker_cpus = 1
            proxy_account = everybody
            [linux]
            worker_cpus = 2
            [group:gpu]
            worker_cpus = 3
            [fast]
            worker_cpus = 4
            [faster]
            worker_cpus = 5
            [node1] : fast faster
            worker_cpus = 6
            [node2] : faster fast
            """, "qbwrk.conf");

        Assert.Equal("1", Value(file, "stranger", "worker_cpus"));
        Assert.Equal("2", Value(file, "stranger", "worker_cpus", "linux"));
        Assert.Equal("3", Value(file, "stranger", "worker_cpus", "linux", "gpu"));
        Assert.Equal("4", Value(file, "node2", "worker_cpus", "linux", "gpu"));
        Assert.Equal("6", Value(file, "node1", "worker_cpus", "linux", "gpu"));
        Assert.Equal("everybody", Value(file, "node1", "proxy_account", "osx"));
    }

    [Fact]
    public void Should_know_where_each_word_stands_and_what_it_overrules()
    {
        var file = CentralFile.Parse("[default]\nworker_cpus = 1\n[fast]\nworker_cpus = 4\n[node1] : fast\n\nworker_cpus = 6 # here\n", "f");

        var cpus = Resolve(file, "node1").Settings["worker_cpus"];

        Assert.Equal(new CentralWord("6", "f:7", "node1"), cpus.Word);
        Assert.Equal([new CentralWord("4", "f:4", "fast"), new CentralWord("1", "f:2", "default")], cpus.Overruled);
    }

    [Theory]
    [InlineData("render001", true)]
    [InlineData("render100", true)]
    [InlineData("RENDER050", true)]
    [InlineData("render050.studio.lan", true)]
    [InlineData("render101", false)]
    [InlineData("render1", false)]
    [InlineData("render0001", false)]
    public void Should_pad_a_range_that_is_written_padded(string host, bool isIn)
        => Assert.Equal(isIn ? "8" : null, Value(CentralFile.Parse("[render[001-100]]\nworker_cpus = 8\n", "f"), host, "worker_cpus"));

    [Theory]
    [InlineData("fast1", true)]
    [InlineData("fast20", true)]
    [InlineData("fast25", true)]
    [InlineData("fast24", false)]
    [InlineData("fast01", false)]
    [InlineData("DESKTOP-1AB", true)]
    [InlineData("rack2-n03", true)]
    [InlineData("rack3-n03", false)]
    public void Should_take_lists_several_ranges_and_names_with_dashes(string host, bool isIn)
        => Assert.Equal(isIn ? "8" : null, Value(CentralFile.Parse("[ fast[1-20,25] , DESKTOP-1AB, rack[1-2]-n[01-04] ]\nworker_cpus = 8\n", "f"), host, "worker_cpus"));

    [Fact]
    public void Should_prefer_the_whole_name_to_the_short_one()
    {
        var file = CentralFile.Parse("[node1]\nworker_cpus = 1\n[node1.b.lan]\nworker_cpus = 2\n", "f");

        Assert.Equal("1", Value(file, "node1.a.lan", "worker_cpus"));
        Assert.Equal("2", Value(file, "node1.b.lan", "worker_cpus"));
    }

    [Fact]
    public void Should_continue_a_section_that_is_opened_again()
    {
        // The host07 of Qube's page keeps its cluster.
        var file = CentralFile.Parse("[big]\nworker_groups = big\n[host[01-09]]\nworker_cluster = /show\nworker_cpus = 4\n[host07] : big\nworker_cpus = 8\n[big]\nproxy_account = bigger\n", "f");

        Assert.Equal("/show", Value(file, "host07", "worker_cluster"));
        Assert.Equal("8", Value(file, "host07", "worker_cpus"));
        Assert.Equal("bigger", Value(file, "host07", "proxy_account"));
        Assert.Equal("4", Value(file, "host06", "worker_cpus"));
        Assert.Null(Value(file, "host06", "worker_groups"));
    }

    [Fact]
    public void Should_inherit_over_several_levels_and_share_a_common_template_once()
    {
        var file = CentralFile.Parse("[base]\nworker_cpus=1\nproxy_account=base\n[a] : base\nworker_cpus=2\n[b] : base\n[node] : a b\n", "f");

        Assert.Equal("2", Value(file, "node", "worker_cpus"));
        Assert.Equal("base", Value(file, "node", "proxy_account"));
        Assert.Equal(["node"], file.Hosts);
    }

    [Fact]
    public void Should_expand_macros_for_the_host_that_inherits()
    {
        var file = CentralFile.Parse(
            """
            [default]
            worker_description = "$_ of $self.worker_groups"
            [all]
            worker_groups = "farm"
            [gpu] : all
            worker_groups = "$all.worker_groups,gpu,${_}"
            worker_env_profile = "/${this.worker_groups}"
            proxy_account = "q$_"
            [node[1-2]] : gpu
            """, "f");

        Assert.Equal("farm,gpu,node2", Value(file, "node2", "worker_groups"));
        Assert.Equal("/farm,gpu,node1", Value(file, "node1", "worker_env_profile"));
        Assert.Equal("node1 of farm,gpu,node1", Value(file, "node1", "worker_description"));
        Assert.Equal("qnode2", Value(file, "node2", "proxy_account"));
    }

    [Fact]
    public void Should_leave_a_dollar_that_is_no_macro_as_it_is()
        => Assert.Equal(@"\\srv\c$\x $5 $ ${HOME} $HOME", Value(CentralFile.Parse("[default]\nworker_description = \"\\\\srv\\c$\\x $5 $ ${HOME} $HOME\"\n", "f"), "a", "worker_description"));

    [Fact]
    public void Should_let_the_groups_of_the_file_count_before_those_the_host_says()
    {
        var file = CentralFile.Parse("[group:gpu]\nworker_cpus = 3\n[group:cpu]\nworker_cpus = 9\n[node1]\nworker_groups = cpu\n", "f");

        Assert.Equal("9", Value(file, "node1", "worker_cpus", null, "gpu"));
        Assert.Equal("3", Value(file, "node2", "worker_cpus", null, "gpu"));
        Assert.Equal(["node1"], file.Hosts);
    }

    [Theory]
    [InlineData("{\n  a\n\n# not this\n  \"b c\",\n}", "a,b c")]
    [InlineData("{ a, b }", "a,b")]
    [InlineData("{ a\nb\n}", "a,b")]
    [InlineData("\"a\", \"b\"", "a,b")]
    [InlineData("\"a , b\"", "a,b")]
    public void Should_read_blocks_and_lists(string text, string expected)
        => Assert.Equal(expected, Value(CentralFile.Parse($"[default]\nworker_groups = {text}\r\nworker_cpus = 3\n", "f"), "a", "worker_groups"));

    [Fact]
    public void Should_leave_global_config_to_name_resolution()
    {
        var file = CentralFile.Parse("[global_config]\ntemplates = big, small\nnon_existent = host[071-100],x\n[big]\n[small]\n[node]\n", "f");

        Assert.Equal(["node"], file.Hosts);
    }

    [Fact]
    public void Should_tell_what_changes_between_two_files()
    {
        var before = CentralFile.Parse("[default]\nworker_cpus = 1\nproxy_account = a\n[n[1-2]]\nworker_groups = x\n", "f");
        var after = CentralFile.Parse("[default]\nworker_cpus = 2\n[n1]\nworker_groups = x\nproxy_account=a\n", "f");

        Assert.Equal(
            [new CentralChange("n1", "worker_cpus", "1", "2"), new CentralChange("n2", "proxy_account", "a", null), new CentralChange("n2", "worker_cpus", "1", "2"), new CentralChange("n2", "worker_groups", "x", null)],
            before.ChangesTo(after, [new CentralHost("n1", null, []), new CentralHost("n2", null, [])]));
    }

    internal static CentralView Resolve(CentralFile file, string host, string? os = null, params string[] groups)
    {
        var view = file.Resolve(new CentralHost(host, os, groups));
        Assert.Empty(view.Faults);
        return view;
    }

    private static string? Value(CentralFile file, string host, string key, string? os = null, params string[] groups)
        => Resolve(file, host, os, groups).Settings.GetValueOrDefault(key)?.Word.Value;
}
