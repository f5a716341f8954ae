using System.Text;
using Quern.Configuration.Central;

namespace Quern.Configuration.Tests.Central;

public sealed class When_the_central_file_is_wrong
{
    [Theory]
    [InlineData("worker_cpus = 1", "f:1: 'worker_cpus' stands before the first section: put it below one, such as [default]")]
    [InlineData("[a]\n\nworker_clsuter = /x", "f:3: there is no setting 'worker_clsuter'; did you mean 'worker_cluster'?")]
    [InlineData("[a]\nworker_restriction = /x", "f:2: there is no setting 'worker_restriction'; did you mean 'worker_restrictions'?")]
    [InlineData("[a]\nworker_cpus = two", "f:2: worker_cpus: 'two' is not a number")]
    [InlineData("[a]\nworker_cpus = $_", "f:2: worker_cpus: 'a' is not a number")]
    [InlineData("[a]\nproxy_account = 'x'", "f:2: proxy_account: the value is in single quotes, which this file does not have: use double quotes")]
    [InlineData("[a]\nworker_min_uid = 5", "f:2: worker_min_uid is each machine's own policy and cannot be set centrally: put it into qb.conf of the host")]
    [InlineData("[a]\nproxy_password = hunter2", "f:2: proxy_password: only a sealed password may stand here: make one with qbhash")]
    [InlineData("[a]\nproxy_password = lsa:quern-proxy", "f:2: proxy_password: only a sealed password may stand here: make one with qbhash")]
    [InlineData("[a]\nsupervisor_port = 5", "f:2: supervisor_port is no setting of workers (supervisor): put it into qb.conf of its host")]
    [InlineData("[a] : gpu", "f:1: template 'gpu' is not defined above; define it before it is used")]
    [InlineData("[gpus]\n[a] : gpu", "f:2: template 'gpu' is not defined above; did you mean 'gpus'?")]
    [InlineData("[a] : b\n[b]", "f:1: template 'b' is not defined above")]
    [InlineData("[a]\n[b] : a\n[a] : b", "inherits from itself")]
    [InlineData("[a] : a", "f:1: template 'a' is not defined above")]
    [InlineData("[a]\n[a] : a", "f:2: [a] inherits from itself; leave that out")]
    [InlineData("[x]\n[default] : x", "f:2: [default] inherits from nothing")]
    [InlineData("[global_config]\n[x] : global_config", "f:2: nothing can inherit from [global_config]")]
    [InlineData("[global_config]\ntemplate = a", "f:2: there is no 'template' in [global_config]; it takes templates and non_existent")]
    [InlineData("[a", "f:1: the section '[a' has no closing bracket")]
    [InlineData("[a] b", "f:1: 'b' after the section's name means nothing; write templates as [name] : template")]
    [InlineData("[a b]", "f:1: 'a b' cannot be a section's name")]
    [InlineData("[]", "f:1: '' cannot be a section's name")]
    [InlineData("[a[9-1]]", "f:1: '[9-1]' counts down")]
    [InlineData("[a[x-1]]", "f:1: '[x-1]' is not a range of numbers; write it as [001-100]")]
    [InlineData("[a[0-999999]]", "f:1: '[0-999999]' stands for too many hosts")]
    [InlineData("[a[0-999]b[0-999]]", "f:1: the sections stand for more than 100000 hosts")]
    [InlineData("[a]\nworker_groups = {\nx", "f:2: the block of 'worker_groups' has no closing brace")]
    [InlineData("[a]\njust words", "f:2: 'just words' is not of the form key = value")]
    [InlineData("[a]\nworker_groups = $b.worker_groups", "f:2: worker_groups: $b.worker_groups names no section; correct the macro")]
    [InlineData("[t]\n[a]\nworker_groups = $t.worker_groups", "f:3: worker_groups: $t.worker_groups is set nowhere")]
    [InlineData("[a]\nworker_groups = x$self.worker_groups", "f:2: worker_groups: $self.worker_groups leads back to itself or too far")]
    [InlineData("[a]\nworker_cluster = $self.worker_groups\nworker_groups = $a.worker_cluster$a.worker_cluster", "leads back to itself or too far")]
    [InlineData("[group:x]\nworker_groups = y", "f:2: worker_groups cannot be set for a group")]
    [InlineData("[a]\nworker_path_map = {\n \"a\" - \"b\"\n}", "f:2: worker_path_map: '\"a\" - \"b\"' is not of the form \"from\" = \"to\"")]
    [InlineData("[a]\nworker_flags = 999, magic", "f:2: worker_flags: '999' is none of the flags dedicated,")]
    public void A_fault_is_one_line_with_its_place_and_a_remedy(string text, string expected)
    {
        var refusal = Assert.Throws<ConfigurationException>(() => CentralFile.Parse(text, "f")).Message;

        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        Assert.StartsWith("f:", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    [Fact]
    public void Every_fault_is_told_and_those_of_a_section_not_understood_only_once()
    {
        Assert.Null(CentralFile.TryParse("[a]\nworker_cpu = 1\nnonsense\n[b c]\nworker_cpu = 1\n[d]\nworker_cpus = x", "f", out var faults));

        Assert.Equal(["f:2", "f:3", "f:4", "f:7"], faults.Select(fault => fault[..3]));
    }

    [Fact]
    public void What_a_worker_needs_before_it_is_connected_is_passed_over_with_a_line()
    {
        var file = CentralFile.Parse("[default]\nworker_lookup = local\nqb_supervisor = x\nworker_port = 3\nworker_logmode = mounted\n", "f");

        Assert.Equal(["f:2", "f:3", "f:4", "f:5"], file.Notices.Select(notice => notice[..3]));
        Assert.StartsWith("f:2: worker_lookup is passed over: a worker needs it before it reaches the supervisor", file.Notices[0], StringComparison.Ordinal);
        Assert.Contains("worker_logmode is accepted and changes nothing", file.Notices[3], StringComparison.Ordinal);
        Assert.Equal(["worker_logmode"], When_a_host_is_resolved.Resolve(file, "a").Settings.Keys);
    }

    [Fact]
    public void A_host_that_no_check_could_foresee_loses_only_the_setting_that_does_not_fit()
    {
        var view = CentralFile.Parse("[default]\nproxy_account = a\n[n1]\n", "f").Resolve(new CentralHost("whatever", "plan9", ["x y"]));
        Assert.Equal("a", view.Settings["proxy_account"].Word.Value);

        var bad = CentralFile.Parse("[default]\nproxy_nice_value = 1\nworker_description = $_\n", "f").Resolve(new CentralHost("a\u0001", null, []));
        Assert.Equal(["proxy_nice_value"], bad.Settings.Keys);
        Assert.StartsWith("f:3: worker_description: it holds a control character", Assert.Single(bad.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_multiplies_itself_is_refused_in_bounded_time()
    {
        var text = new StringBuilder("[default]\n[t0]\nworker_description = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
        for (var at = 1; at < 15; at++)
        {
            text.Append($"[t{at}]\nworker_description = ").Insert(text.Length, $"$t{at - 1}.worker_description", 8).Append('\n');
        }

        Assert.Null(CentralFile.TryParse(text.ToString(), "f", out var faults));
        Assert.All(faults, fault => Assert.Contains("worker_description", fault, StringComparison.Ordinal));
    }

    [Fact]
    public void Inheritance_too_deep_is_refused()
    {
        var text = new StringBuilder("[t0]\n");
        for (var at = 1; at < 5000; at++)
        {
            text.Append($"[t{at}] : t{at - 1}\n");
        }

        Assert.Null(CentralFile.TryParse(text.ToString(), "f", out var faults));
        Assert.Contains("over more than 32 steps", faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_but_the_one_refusal_comes_of_any_text()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        string[] words = ["[", "]", "[a", "node[001-3]", "]", ":", " : ", "default", "linux", "global_config", "group:", "\n", "\n", "\r\n", "=", " = ", "worker_cpus", "worker_groups", "worker_path_map",
            "{", "}", "\"", "'", "#", "$", "$_", "${_}", "$self.worker_groups", "${a.", "-", ",", "1", "\\", "\u2028", "\0", "é", "a", "b", "templates"];
        for (var round = 0; round < 1500; round++)
        {
            var text = round % 4 == 0
                ? Encoding.UTF8.GetString(Bytes(random))
                : string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => words[random.Next(words.Length)]));
            try
            {
                CentralFile.TryParse(text, "f", out var faults);
                Assert.All(faults, fault => Assert.DoesNotContain('\n', fault));
                CentralFile.TryParse("[a]\n[default]\nworker_groups = g\n" + text, "f", out _)?.Resolve(new CentralHost(text.Length > 50 ? text[..50] : text, "linux", [text]));
                QbConf.Parse(text, "f", []);
                PathMap.Check(text);
            }
            catch (Exception exception) when (exception is not ConfigurationException and not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, round {round}: {exception}");
            }
        }
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(200)];
        random.NextBytes(bytes);
        return bytes;
    }
}
