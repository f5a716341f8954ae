using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class When_a_launch_is_planned
{
    private static Launch Plan(Action<Start> change, Dictionary<string, string>? settings = null, WorkerMode mode = WorkerMode.Service, WorkerFacts? facts = null)
    {
        var start = Order(change);
        var values = new WorkerSettings { Local = settings ?? [] };
        Assert.Null(LaunchPlan.Problem(start, values));
        return LaunchPlan.Build(start, facts ?? CoreHarness.Facts(mode), values, []);
    }

    private static Start Order(Action<Start> change)
    {
        var start = new Start { Key = LinkRecords.Key(CoreHarness.Run1), User = "bob", JobName = "shot", JobType = "cmdline", Command = "ls X:/a", Cwd = "X:/shot", Slots = 2, Pgrp = 12 };
        start.Env.Add("SCENE", "X:/scene");
        change(start);
        return start;
    }

    private static readonly Dictionary<string, string> Mapped = new() { ["worker_path_map"] = "\"X:\" = \"/mnt/x\"" };

    [Fact]
    public void Should_say_where_it_is_in_the_farm()
    {
        var farm = Plan(_ => { }, new() { ["qb_domain"] = "show" }).FarmEnvironment;
        Assert.Equal(
            ["QBDIR=/opt/quern", "QBJOBID=12", "QBPGRPID=12", "QBSUBID=0", "QB_ALLOCATIONS=host.processors=2", "QB_DIR=/opt/quern", "QB_DOMAIN=show", "QB_JOBSLOTS=2", "QB_SUPERVISOR=farm:50001",
                "QUERN_JOB_NAME=shot", "QUERN_RUN_NUMBER=1", "QUERN_SUBMITTER=bob", "QUERN_WORKER=node-1"],
            farm.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("linux", "/opt")]
    [InlineData("winnt", "C:/opt")]
    [InlineData("osx", "X:/scene")]
    public void Should_give_it_the_variables_of_its_system(string os, string scene) =>
        Assert.Equal(scene, Plan(start => start.Package = """{"env_runTimeOS":{"Linux":{"SCENE":"/opt"},"Windows":{"SCENE":"C:/opt"},"Darwin":7}}""", facts: CoreHarness.Facts(WorkerMode.Service) with { Os = os }).Environment["SCENE"]);

    [Fact]
    public void Should_convert_paths_of_jobs_that_ask_for_it()
    {
        var launch = Plan(start => start.Flags.Add("convert_path"), Mapped);
        Assert.Equal(("ls /mnt/x/a", "/mnt/x/shot", "/mnt/x/scene"), (launch.Command, launch.WorkingDirectory, launch.Environment["SCENE"]));
    }

    [Fact]
    public void Should_leave_the_paths_of_other_jobs_alone_but_for_those_a_command_names()
    {
        var launch = Plan(start => start.Command = "cp QB_CONVERT_PATH(X:/a) X:/b", Mapped);
        Assert.Equal(("cp /mnt/x/a X:/b", "X:/shot", "X:/scene"), (launch.Command, launch.WorkingDirectory, launch.Environment["SCENE"]));
    }

    [Theory]
    [InlineData("", "", "")]
    [InlineData("", "maya", "/etc/quern/profiles/maya.sh")]
    [InlineData("", "/srv/site.sh", "/srv/site.sh")]
    [InlineData("nuke-15.1", "maya", "/etc/quern/profiles/nuke-15.1.sh")]
    [InlineData("none", "maya", "")]
    public void Should_choose_the_profile(string job, string setting, string path) =>
        Assert.Equal(path, Plan(start => start.EnvProfile = job, new() { ["worker_env_profile"] = setting }).ProfilePath);

    [Theory]
    [InlineData("../evil", "")]
    [InlineData("/tmp/evil.sh", "")]
    [InlineData(".hidden", "")]
    [InlineData("", "two words")]
    public void Should_refuse_what_is_no_profile(string job, string setting) =>
        Assert.NotNull(LaunchPlan.Problem(Order(start => start.EnvProfile = job), new WorkerSettings { Local = new Dictionary<string, string> { ["worker_env_profile"] = setting } }));

    [Fact]
    public void Should_take_flight_checks_from_job_and_settings()
    {
        var plain = Plan(_ => { }).Checks;
        Assert.Equal(("/opt/quern/flightCheck", 60, 86, 600), (plain.Folder, plain.TimeLimitSeconds, plain.BlameExitCode, plain.BlameSeconds));
        var set = Plan(start => start.FlightChecks = new() { InstancePre = { "/a", "b" }, AgendaPost = { "/c" } }, new() { ["worker_flight_check_path"] = "/srv/checks" }).Checks;
        Assert.Equal(("/srv/checks", "/a b", "/c"), (set.Folder, string.Join(' ', set.InstancePre), string.Join(' ', set.AgendaPost)));
    }

    [Fact]
    public void Should_take_umask_folder_and_login_from_settings_and_flags()
    {
        var plain = Plan(_ => { });
        Assert.Equal((18, "/tmp", false, false), (plain.Umask, plain.TemporaryRoot, plain.IsLogin, plain.IsEnvironmentExported));
        var set = Plan(start => start.Flags.Add("export_environment"), new() { ["worker_umask"] = "007", ["worker_temp_folder"] = "/scratch", ["worker_login_environment"] = "yes" });
        Assert.Equal((7, "/scratch", true, true), (set.Umask, set.TemporaryRoot, set.IsLogin, set.IsEnvironmentExported));
        Assert.Equal((63, true), (Plan(start => { start.Umask = 63; start.Flags.Add("login_environment"); }).Umask, Plan(start => start.Flags.Add("login_environment")).IsLogin));
    }

    [Fact]
    public void Should_hand_the_owners_session_to_jobs_of_a_desktop_worker_only()
    {
        var started = new Dictionary<string, string> { ["DISPLAY"] = ":3", ["XAUTHORITY"] = "/run/user/1000/xauth", ["WAYLAND_DISPLAY"] = "", ["SECRET"] = "s", ["HOME"] = "/root", ["XDG_RUNTIME_DIR"] = "/run/user/1000" };
        var session = SessionVariables.Of(name => started.GetValueOrDefault(name));
        Assert.Equal(["DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"], session.Keys.Order(StringComparer.Ordinal));
        Assert.Same(session, Plan(_ => { }, facts: CoreHarness.Facts(WorkerMode.Desktop) with { Session = session }).WorkerEnvironment);
        Assert.Empty(Plan(_ => { }, facts: CoreHarness.Facts(WorkerMode.Service) with { Session = session }).WorkerEnvironment);
    }
}
