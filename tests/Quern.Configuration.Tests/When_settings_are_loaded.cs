namespace Quern.Configuration.Tests;

public sealed class When_settings_are_loaded : IDisposable
{
    private readonly string file = Path.Combine(Path.GetTempPath(), $"quern-{Guid.NewGuid():N}.conf");

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Every_setting_has_a_default_that_fits()
    {
        Assert.All(SettingSchema.All, setting => Assert.Null(setting.Check(setting.Default)));
        Assert.Equal(SettingSchema.All.Count, SettingSchema.All.Select(setting => setting.Name).Distinct().Count());
        var settings = QuernSettings.Load(null, []);
        Assert.Equal((50001, "default"), (settings.Int("supervisor_port"), settings.Origin("supervisor_port")));
        Assert.Equal(["auto_mount"], settings.List("client_job_flags"));
        Assert.Equal(SettingSchema.All.Count, settings.AsMap().Count);
    }

    [Fact]
    public void The_command_line_beats_the_supervisor_which_beats_the_file()
    {
        Write("worker_cpus = 2\nproxy_account = file\nworker_description = file\n");
        var central = new Dictionary<string, string> { ["worker_cpus"] = "3", ["proxy_account"] = "central" };

        var settings = QuernSettings.Load(file, ["worker_cpus=4"], central);

        Assert.Equal((4, "--set"), (settings.Int("worker_cpus"), settings.Origin("worker_cpus")));
        Assert.Equal(("central", "supervisor"), (settings.Text("proxy_account"), settings.Origin("proxy_account")));
        Assert.Equal(("file", $"{file}:3"), (settings.Text("worker_description"), settings.Origin("worker_description")));
    }

    [Fact]
    public void Policy_is_never_taken_from_the_supervisor()
    {
        Write("worker_min_uid = 5000\n");
        var central = SettingSchema.All.Where(setting => setting.IsPolicy).ToDictionary(setting => setting.Name, setting => setting.Type == SettingType.Integer ? "1" : setting.Choices?[^1] ?? "mallory");
        Assert.Contains("worker_allow_users", central.Keys);

        var settings = QuernSettings.Load(file, [], central);

        Assert.Equal(5000, settings.Int("worker_min_uid"));
        Assert.All(central.Keys.Where(key => key != "worker_min_uid"), key => Assert.Equal("default", settings.Origin(key)));
    }

    [Fact]
    public void What_a_newer_supervisor_sends_is_left_out()
    {
        var settings = QuernSettings.Load(null, [], new Dictionary<string, string> { ["worker_wings"] = "2", ["worker_cpus"] = "many" });

        Assert.Equal("default", settings.Origin("worker_cpus"));
    }

    [Fact]
    public void A_block_keeps_its_quotes()
    {
        Write("worker_path_map = {\n  \"X:\" = \"/mnt/x\"\n}\n");

        Assert.Equal("\"X:\" = \"/mnt/x\"", QuernSettings.Load(file, []).Text("worker_path_map"));
    }

    [Fact]
    public void The_language_of_qb_conf_is_read()
    {
        Write("# a comment\n\n  worker_groups = a, b ,c  # after\nworker_description = \"two # words\"\nproxy_account='render'\nworker_env_profile = {\n  /a\n  /b\n}\nworker_cpus = 8\r\n");

        var settings = QuernSettings.Load(file, []);

        Assert.Equal(["a", "b", "c"], settings.List("worker_groups"));
        Assert.Equal("two # words", settings.Text("worker_description"));
        Assert.Equal("render", settings.Text("proxy_account"));
        Assert.Equal("/a\n/b", settings.Text("worker_env_profile"));
        Assert.Equal((8, $"{file}:10"), (settings.Int("worker_cpus"), settings.Origin("worker_cpus")));
    }

    [Theory]
    [InlineData("\nworker_cpu = 2", ":2: there is no setting 'worker_cpu'; did you mean 'worker_cpus'?")]
    [InlineData("zzzzzzzzzzzzzzzz = 2", ":1: there is no setting 'zzzzzzzzzzzzzzzz'; correct it or leave it out")]
    [InlineData("worker_cpus = two", ":1: worker_cpus: 'two' is not a number")]
    [InlineData("supervisor_port = 70000", ":1: supervisor_port: 70000 is outside 0 to 65535")]
    [InlineData("proxy_execution_mode = root", ":1: proxy_execution_mode: 'root' is none of proxy, user")]
    [InlineData("worker_min_uid = 0", ":1: worker_min_uid: 0 is outside")]
    [InlineData("just words", ":1: 'just words' is not of the form key = value")]
    [InlineData("\n\nworker_groups = {\na\n", ":3: the block of 'worker_groups' has no closing brace")]
    public void A_fault_in_the_file_is_one_line_with_its_place(string text, string expected)
    {
        Write(text);

        var refusal = Assert.Throws<ConfigurationException>(() => QuernSettings.Load(file, [])).Message;

        Assert.StartsWith(file + expected, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Theory]
    [InlineData("worker_cpus", "--set worker_cpus: write it as KEY=VALUE")]
    [InlineData("=2", "--set =2: write it as KEY=VALUE")]
    [InlineData("wroker_cpus=2", "--set: there is no setting 'wroker_cpus'; did you mean 'worker_cpus'?")]
    public void A_fault_on_the_command_line_names_it(string assignment, string expected)
        => Assert.StartsWith(expected, Assert.Throws<ConfigurationException>(() => QuernSettings.Load(null, [assignment])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_not_there_is_refused()
        => Assert.StartsWith($"read settings '{file}':", Assert.Throws<ConfigurationException>(() => QuernSettings.Load(file, [])).Message, StringComparison.Ordinal);

    private void Write(string text) => File.WriteAllText(file, text);
}
