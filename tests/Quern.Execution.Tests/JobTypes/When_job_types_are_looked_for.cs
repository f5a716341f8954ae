using System.Diagnostics;
using Quern.Execution.JobTypes;

namespace Quern.Execution.Tests.JobTypes;

/// <summary>Source of the form of job.conf: reference, qube-worker 4.2.</summary>
public sealed class When_job_types_are_looked_for : IDisposable
{
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    private IReadOnlyList<JobType> Find(out IReadOnlyList<string> problems, string os = "linux", params string[] folders) =>
        JobTypeCatalog.Find((folders.Length == 0 ? ["types"] : folders).Select(folder => Path.Combine(_bench.Folder, folder)), os, 0, out problems);

    [Fact]
    public void Should_read_a_python_script_of_this_systems_own()
    {
        _bench.Write("types/maya/job.conf", "; Maya\n[description]\ndetail = x\n[execute module]\nexecute_binding = Python\nexecute_library = a.py\nexecute_library_winnt = \"b.py\"\nexecute_interpreter = /opt/py/bin/python3\n[GUI module]\nexecute_library = gui.py\n");
        _bench.Write("types/maya/a.py", "");
        _bench.Write("types/maya/b.py", "");
        Assert.Equal(["/opt/py/bin/python3", _bench.Folder + "/types/maya/a.py"], Assert.Single(Find(out _)).Words);
        Assert.EndsWith("b.py", Assert.Single(Find(out _, "winnt")).Words[1]);
    }

    [Fact]
    public void Should_read_a_manifest_with_parts_for_a_system()
    {
        _bench.Write("types/tool/job.json", """{"description":"x","command":["tool","--serve"],"systems":{"osx":{"command":["/Applications/Tool"],"channel":"stdio","env":{"A":"1"}}},"config":{"anything":[1]}}""");
        var (linux, mac) = (Assert.Single(Find(out _)), Assert.Single(Find(out _, "osx")));
        Assert.Equal((false, "tool"), (linux.IsStandard, linux.Words[0]));
        Assert.Equal((true, "/Applications/Tool", "1"), (mac.IsStandard, mac.Words[0], mac.Environment["A"]));
    }

    [Fact]
    public void Should_take_the_first_of_a_name_and_pass_over_what_is_none()
    {
        _bench.Write("types/tool/job.json", """{"command":["first"]}""");
        _bench.Write("more/tool/job.json", """{"command":["second"]}""");
        _bench.Write("more/other/job.json", """{"command":["third"]}""");
        _bench.Write("more/cmdline/job.json", """{"command":["never"]}""");
        _bench.Write("more/notes/readme", "");
        Assert.Equal([("other", "third"), ("tool", "first")], Find(out var problems, "linux", "types", "more", "absent").Select(type => (type.Name, type.Words[0])));
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData("job.conf", "[execute module]\nexecute_binding = Perl\nexecute_library = a.pl\n", "execute_binding = Perl, of which only Python is run here")]
    [InlineData("job.conf", "[description]\ndetail = x\n", "has no execute_binding")]
    [InlineData("job.conf", "[execute module]\nexecute_binding = Python\n", "names no script")]
    [InlineData("job.conf", "[execute module]\nexecute_binding = Python\nexecute_library = gone.py\n", "has no file")]
    [InlineData("job.json", "{", "is no JSON (line 1)")]
    [InlineData("job.json", """{"comand":["x"]}""", "'comand' is no key: use one of description")]
    [InlineData("job.json", """{"command":"x"}""", "command is no list")]
    [InlineData("job.json", """{"command":[]}""", "names no program")]
    [InlineData("job.json", """{"command":["x"],"channel":"pigeon"}""", "channel 'pigeon': use descriptors or stdio")]
    public void Should_say_what_is_wrong_with_one_and_use_the_others(string file, string text, string problem)
    {
        _bench.Write("types/bad/" + file, text);
        _bench.Write("types/good/job.json", """{"command":["x"]}""");
        Assert.Equal("good", Assert.Single(Find(out var problems)).Name);
        Assert.Contains(problem, Assert.Single(problems));
    }

    [Theory]
    [InlineData("types", 0x1FF)]
    [InlineData("types", 0x1FD)]
    [InlineData("types/tool", 0x1FF)]
    [InlineData("types/tool/job.conf", 0x1B6)]
    [InlineData("types/tool/run.py", 0x1B6)]
    public void Should_not_use_what_others_can_write(string place, int mode)
    {
        _bench.Python("pass");
        File.SetUnixFileMode(Path.Combine(_bench.Folder, place), (UnixFileMode)mode);
        Assert.Empty(Find(out var problems));
        Assert.Contains($"'{_bench.Folder}/{place}' can be written by others: give it to root and close it with", Assert.Single(problems));
    }

    [Fact]
    public void Should_not_use_what_belongs_to_another()
    {
        Assert.SkipUnless(Environment.UserName == "root", "needs root: a file is given away");
        _bench.Python("pass");
        using var give = Process.Start("chown", ["nobody", _bench.Folder + "/types/tool"]);
        give.WaitForExit();
        Assert.Empty(Find(out var problems));
        Assert.Contains("belongs to uid", Assert.Single(problems));
    }
}
