namespace Quern.Configuration.Tests;

public sealed class When_a_local_file_is_edited
{
    [Theory]
    [InlineData("# top\nworker_cpus = 2  # two\n# end\n", "worker_cpus", "4", "# top\nworker_cpus = 4  # two\n# end\n")]
    [InlineData("worker_cpus = 1\nworker_cpus=2", "worker_cpus", "4", "worker_cpus = 1\nworker_cpus = 4")]
    [InlineData("# worker_cpus = 0\n#worker_cpus2 = 1\n\nproxy_account = a\n", "worker_cpus", "4", "# worker_cpus = 0\nworker_cpus = 4\n#worker_cpus2 = 1\n\nproxy_account = a\n")]
    [InlineData("proxy_account = a\n", "worker_cpus", "4", "proxy_account = a\nworker_cpus = 4\n")]
    [InlineData("", "worker_cpus", "4", "worker_cpus = 4\n")]
    [InlineData("a\r\n", "worker_cpus", "4", null)]
    [InlineData("proxy_account = a\r\n# x\r\n", "proxy_account", "b", "proxy_account = b\r\n# x\r\n")]
    [InlineData("worker_path_map = {\n \"/a\" = \"/b\"\n}\n# x\n", "worker_path_map", "\"/c\" = \"/d\"", "worker_path_map = {\n\"/c\" = \"/d\"\n}\n# x\n")]
    [InlineData("x", "worker_description", "two # words", null)]
    [InlineData("# x", "worker_description", "two # words", "# x\nworker_description = \"two # words\"")]
    [InlineData("# x", "worker_description", "a \"b\" c", "# x\nworker_description = 'a \"b\" c'")]
    public void Only_the_setting_changes(string text, string key, string value, string? expected)
    {
        if (expected is null)
        {
            Assert.StartsWith("nothing is changed, the file would not be usable: f:1:", Assert.Throws<ConfigurationException>(() => LocalFile.Set(text, "f", key, value)).Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(expected, LocalFile.Set(text, "f", key, value));
        }
    }

    [Theory]
    [InlineData("worker_cpu", "4", "set: there is no setting 'worker_cpu'; did you mean 'worker_cpus'?")]
    [InlineData("worker_cpus", "many", "worker_cpus: 'many' is not a number")]
    [InlineData("worker_description", "a \"b\" 'c'", "worker_description: 'a \"b\" 'c'' cannot be written on a line of this file; edit f by hand")]
    [InlineData("worker_path_map", "}\nworker_cpus = 1", "worker_path_map: '}' is not of the form")]
    public void What_does_not_fit_is_refused(string key, string value, string expected)
        => Assert.StartsWith(expected, Assert.Throws<ConfigurationException>(() => LocalFile.Set("", "f", key, value)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_check_tells_everything()
    {
        var faults = LocalFile.Check("worker_cpu = 1\nnonsense\nworker_cpus = x\nworker_logmode = mounted\n", "f", out var notices, out var count);

        Assert.Equal(["f:2:", "f:1:", "f:3:"], faults.Select(fault => fault[..4]));
        Assert.StartsWith("f:4: worker_logmode is accepted and changes nothing", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Equal(3, count);
    }

    [Theory]
    [InlineData("# a\nworker_cpus = 4 # four\nproxy_account = x\n", "worker_cpus", "# a\nproxy_account = x\n")]
    [InlineData("worker_cpus = 4\r\n# b\r\nworker_cpus = 5\r\n", "worker_cpus", "# b\r\n")]
    [InlineData("worker_path_map = {\n\"/a\" = \"/b\"\n}\n# c\n", "worker_path_map", "# c\n")]
    [InlineData("worker_cpu = 4\nnobody = 1\n", "worker_cpu", "nobody = 1\n")]
    [InlineData("# worker_cpus = 4\n", "worker_cpus", "# worker_cpus = 4\n")]
    public void Should_take_a_setting_out_and_leave_the_rest(string text, string key, string expected) => Assert.Equal(expected, LocalFile.Unset(text, "f", key));

    [Fact]
    public void Should_say_that_nobody_knows_what_is_to_be_taken_out()
        => Assert.Contains("worker_cpus", Assert.Throws<ConfigurationException>(() => LocalFile.Unset("", "f", "worker_cpu")).Message, StringComparison.Ordinal);
}
