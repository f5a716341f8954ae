using Quern.Execution.Accounts;
using Quern.Protocol.Api;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_an_environment_is_asked_for
{
    private static WorkerEnvironmentReply Ask(WorkerEnvironmentRequest request, Dictionary<string, string>? settings = null, WorkerMode mode = WorkerMode.Service)
    {
        var facts = CoreHarness.Facts(mode) with { Session = new Dictionary<string, string> { ["DISPLAY"] = ":1" } };
        var launch = LaunchPlan.Build(EnvironmentAnswer.Order(request), facts, new WorkerSettings { Local = settings ?? [] }, []);
        return EnvironmentAnswer.Of(launch, new Account("quern", 999, 999, [999], "/var/lib/quern", "/usr/sbin/nologin"), facts.Name);
    }

    private static string Line(WorkerEnvironmentReply reply, string name) => reply.Variables.Where(variable => variable.Name == name).Select(variable => $"{variable.Value} {variable.Source}").SingleOrDefault() ?? "none";

    [Fact]
    public void Should_say_of_each_variable_who_gave_it()
    {
        var reply = Ask(new WorkerEnvironmentRequest { User = "ann", Job = 12, JobName = "shot", Env = new Dictionary<string, string> { ["LANG"] = "de_DE.UTF-8", ["QBJOBID"] = "7" } });
        Assert.Equal(("quern", "/var/lib/quern", "022"), (reply.Account, reply.Directory, reply.Umask));
        Assert.Equal("/var/lib/quern account", Line(reply, "HOME"));
        Assert.Equal("de_DE.UTF-8 job", Line(reply, "LANG"));
        Assert.Equal("12 farm", Line(reply, "QBJOBID"));
        Assert.Equal("/tmp/quern-12.0.1-... quern", Line(reply, "TMPDIR"));
        Assert.Equal("ann farm", Line(reply, "QUERN_SUBMITTER"));
        Assert.Equal("none", Line(reply, "DISPLAY"));
        Assert.All(reply.Variables, variable => Assert.NotEmpty(variable.Why));
    }

    [Fact]
    public void Should_show_a_desktop_workers_session() => Assert.Equal(":1 worker", Line(Ask(new WorkerEnvironmentRequest { User = "ann" }, mode: WorkerMode.Desktop), "DISPLAY"));

    [Fact]
    public void Should_say_what_is_known_only_in_a_run_and_what_is_left_out()
    {
        var reply = Ask(
            new WorkerEnvironmentRequest { User = "ann", Flags = ["export_environment", "login_environment"], Env = new Dictionary<string, string> { ["HOME"] = "/home/ann", ["TOOL"] = "x" }, HasAgenda = true },
            new() { ["worker_env_profile"] = "maya" });
        Assert.Equal(("/var/lib/quern account", "x job"), (Line(reply, "HOME"), Line(reply, "TOOL")));
        Assert.Equal(4, reply.Notes.Count);
        Assert.Contains("/etc/quern/profiles/maya.sh", reply.Notes[1], StringComparison.Ordinal);
        Assert.EndsWith(": HOME", reply.Notes[2], StringComparison.Ordinal);
    }
}
