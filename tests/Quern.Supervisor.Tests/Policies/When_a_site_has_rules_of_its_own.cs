using System.Net;
using Quern.Configuration;
using Quern.Core.Dispatch;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Workers;
using Quern.Policies;
using Quern.Protocol.Api;
using Quern.Supervisor.Policies;
using Quern.Supervisor.Settings;
using Quern.Supervisor.Tests.Api;

namespace Quern.Supervisor.Tests.Policies;

/// <summary>The example's assembly is loaded from beside the tests, as a site's would be.</summary>
public sealed class When_a_site_has_rules_of_its_own
{
    private static readonly string Example = Path.Combine(AppContext.BaseDirectory, "Quern.ExamplePolicy.dll");

    [Fact]
    public void Should_load_the_policies_left_of_the_internal_queue()
    {
        var options = Read($"supervisor_queue_algorithm=dotnet={Example},Internal=priority");
        Assert.Equal(QueueAlgorithm.Priority, options.QueueAlgorithm);
        Assert.True(options.Policy is { ComparesJobs: true, ComparesHosts: true });
        Assert.Null(Read($"supervisor_queue_algorithm=Internal=queue,dotnet={Example}").Policy);
        Assert.NotNull(Read($"supervisor_queue_algorithm=dotnet={Example}:DailiesFirst").Policy);
    }

    [Theory]
    [InlineData("dotnet=/nowhere/x.dll", "the policy '/nowhere/x.dll' is not there")]
    [InlineData("dotnet=EXAMPLE:Nobody", "has no public class 'Nobody' that derives from QueuePolicy")]
    [InlineData("dotnet=OTHER", "cannot be loaded")]
    public void Should_refuse_what_cannot_be_loaded(string stack, string part)
    {
        var other = Path.Combine(Directory.CreateTempSubdirectory("quern-policy-").FullName, "x.dll");
        File.WriteAllText(other, "no assembly");
        var setting = "supervisor_queue_algorithm=" + stack.Replace("EXAMPLE", Example, StringComparison.Ordinal).Replace("OTHER", other, StringComparison.Ordinal);
        Assert.Contains(part, Assert.Throws<ConfigurationException>(() => Read(setting)).Message, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(other)!, recursive: true);
    }

    [Fact]
    public void Should_refuse_a_file_that_others_may_write()
    {
        var folder = Directory.CreateTempSubdirectory("quern-policy-").FullName;
        var copy = Path.Combine(folder, "site.dll");
        File.Copy(Example, copy);
        File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        Assert.Contains($"others than its owner may write {copy}", Assert.Throws<ConfigurationException>(() => PolicyLoader.Load<QueuePolicy>(copy)).Message, StringComparison.Ordinal);
        File.SetUnixFileMode(copy, UnixFileMode.UserRead);
        Assert.Equal("DailiesFirst", PolicyLoader.Load<QueuePolicy>(copy).GetType().Name);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Should_refuse_what_belongs_to_somebody_else()
    {
        var folder = Directory.CreateTempSubdirectory("quern-policy-").FullName;
        var copy = Path.Combine(folder, "site.dll");
        File.Copy(Example, copy);
        File.SetUnixFileMode(copy, UnixFileMode.UserRead);
        if (Environment.IsPrivilegedProcess)
        {
            using var given = System.Diagnostics.Process.Start("chown", ["65534", copy]);
            given.WaitForExit();
            Assert.Contains($"{copy} belongs to uid 65534, which is neither root", Assert.Throws<ConfigurationException>(() => PolicyLoader.Load<QueuePolicy>(copy)).Message, StringComparison.Ordinal);
        }

        var owner = FileOwners.UidOf(copy);
        Assert.Equal((copy, owner), PolicyLoader.WhoElseOwns(copy, own: owner + 1));
        Assert.Null(PolicyLoader.WhoElseOwns(copy, own: owner));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Should_let_a_policy_order_the_line_of_a_host()
    {
        await using var farm = await TestFarm.StartAsync();
        File.AppendAllText(farm.SettingsFile, $"supervisor_queue_algorithm = dotnet={Example},Internal=cluster\n");
        Assert.Equal(HttpStatusCode.OK, (await TestFarm.PostAsync(farm.Local, ApiRoutes.Supervisor, """{"reread":true}""")).Status);
        var ann = await farm.PersonAsync("ann");
        await farm.Loop.Ask((core, now) => core.WorkerJoined(new WorkerFacts { Name = "node1", Slots = 2, Groups = "slow", Mode = "service", ProxyMode = "proxy" }, Caller.Farm, now), CancellationToken.None);
        var render = await TestFarm.SubmitAsync(ann, """{"priority":1,"package":{"cmdline":"true"}}""");
        var dailies = await TestFarm.SubmitAsync(ann, """{"kind":"dailies","package":{"cmdline":"true"}}""");

        var line = System.Text.Json.JsonSerializer.Deserialize((await TestFarm.GetAsync(ann, ApiRoutes.JobOrder + "/node1")).Text, ApiJson.Default.JobOrderReply)!;

        Assert.Equal([dailies, render], line.Jobs.Select(job => job.Id));
    }

    [Fact]
    public void Should_leave_a_method_out_once_it_threw_and_say_so_once()
    {
        var stack = new PolicyStack([new Silent(), new Throwing(), new Late()]);
        var farm = Farm.Load(new Quern.Core.FarmRows([], [], [], [], [], [], 0, 0), new FarmOptions { Policy = stack }, new Quern.Core.Now(1, 1));
        farm.WorkerJoined(new WorkerFacts { Name = "w1", Slots = 1, Mode = "service", ProxyMode = "proxy" }, Caller.Farm, new Quern.Core.Now(1, 1));
        var worker = farm.Workers.Single();
        farm.Submit(new Submission("a", Caller.Farm, [new JobSpec { Prototype = "cmdline", User = "__QUBE_SYSTEM__" }]), new Quern.Core.Now(1, 1));
        var job = farm.Jobs.Single();
        Assert.True(stack.ComparesJobs);

        Assert.Equal(0, stack.CompareJobs(job, job, worker));
        Assert.Equal(0, stack.CompareJobs(job, job, worker));

        Assert.False(stack.ComparesJobs);
        var turn = farm.Take(new Quern.Core.Now(2, 2));
        Assert.Contains("Throwing is not asked for CompareJobs any more: a bug", Assert.Single(turn.Rows.Events, row => row.Comment.Contains("policy", StringComparison.Ordinal)).Comment, StringComparison.Ordinal);
        Assert.Equal("late", stack.WhyNot(job, worker));
    }

    [Fact]
    public void Should_ask_about_submissions_and_let_them_in_once_it_threw()
    {
        var log = new LineLog();
        var guard = new SubmitGuard(PolicyLoader.Load<SubmitPolicy>(Example), log.CreateLogger("policy"));
        var submission = new Submission("a", new Caller("ann", "desk1", false), [new JobSpec { Prototype = "cmdline", User = "ann" }]);
        Assert.Equal("the submission is refused by the site's policy: ann, say which show it is for: qbsub --prod_show NAME", guard.WhyNot(submission));
        Assert.Null(guard.WhyNot(submission with { Jobs = [new JobSpec { Prototype = "cmdline", User = "ann", Tags = new Dictionary<string, string> { ["prod_show"] = "x" } }] }));

        var broken = new SubmitGuard(new ThrowingGate(), log.CreateLogger("policy"));
        Assert.Null(broken.WhyNot(submission));
        Assert.Null(broken.WhyNot(submission));
    }

    [Fact]
    public void Should_ask_about_jobs_and_give_nobody_anothers_once_it_threw()
    {
        var log = new LineLog();
        var farm = Farm.Load(new Quern.Core.FarmRows([], [], [], [], [], [], 0, 0), new FarmOptions(), new Quern.Core.Now(1, 1));
        var job = Submitted(farm, "test");
        var guard = new SubmitGuard(PolicyLoader.Load<SubmitPolicy>(Example), log.CreateLogger("policy"));
        Assert.Null(guard.WhyNotModify(job, job.Spec with { Priority = 1 }, "ann"));
        Assert.Equal("it is refused by the site's policy: ann, a job stays with its show: submit it anew in /b", guard.WhyNotModify(job, job.Spec with { Cluster = "/b" }, "ann"));
        Assert.False(guard.MaySudo("ann", job));
        job = Submitted(farm, "dailies");
        Assert.True(guard.MaySudo("ann", job));

        var broken = new SubmitGuard(new ThrowingGate(), log.CreateLogger("policy"));
        Assert.True(broken.MaySudo("ann", job));
        Assert.Null(broken.WhyNotModify(job, job.Spec, "ann"));
        Assert.False(broken.MaySudo("ann", job));
    }

    private static Job Submitted(Farm farm, string kind)
    {
        var id = farm.Submit(new Submission(kind, Caller.Farm, [new JobSpec { Prototype = "cmdline", User = "__QUBE_SYSTEM__", Kind = kind }]), new Quern.Core.Now(1, 1)).Ids.Single();
        return farm.FindJob(id)!;
    }

    private static FarmOptions Read(string setting) => FarmSettings.Read(QuernSettings.Load(null, [setting]));

    private sealed class Silent : QueuePolicy;

    private sealed class Throwing : QueuePolicy
    {
        public override int CompareJobs(PolicyJob a, PolicyJob b, PolicyHost host) => throw new InvalidOperationException("a bug");
    }

    private sealed class Late : QueuePolicy
    {
        public override int CompareJobs(PolicyJob a, PolicyJob b, PolicyHost host) => 1;

        public override string? WhyNot(PolicyJob job, PolicyHost host) => "late";
    }

    private sealed class ThrowingGate : SubmitPolicy
    {
        public override string? WhyNotSubmit(PolicyJob job, string caller) => throw new InvalidOperationException("a bug");

        public override string? WhyNotModify(PolicyJob before, PolicyJob after, string caller) => throw new InvalidOperationException("a bug");
    }
}
