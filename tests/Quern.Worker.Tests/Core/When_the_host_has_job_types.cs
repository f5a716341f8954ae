using Quern.Execution.JobTypes;
using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;
using ItemLease = Quern.Execution.Runs.ItemLease;

namespace Quern.Worker.Tests.Core;

public sealed class When_the_host_has_job_types
{
    private static readonly JobType Maya = new("maya", "/opt/types/maya", ["python3", "/opt/types/maya/run.py"], true, false, new Dictionary<string, string>());

    private static Start Order(string type) => new() { Key = LinkRecords.Key(CoreHarness.Run1), User = "bob", JobName = "shot", JobType = type, Slots = 1, HasAgenda = true, Job = """{"id":12}""", Package = """{"scene":"a"}""" };

    [Fact]
    public void Should_tell_the_supervisor_which_and_again_when_that_changes()
    {
        var worker = new CoreHarness();
        worker.Connect();
        Assert.Equal("cmdline,cmdrange", worker.LastHello.JobTypes);
        worker.Core.JobTypesFound(new JobTypes([Maya], []));
        Assert.True(worker.Core.WantsReconnect);
        worker.Connect();
        Assert.Equal("cmdline,cmdrange,maya", worker.LastHello.JobTypes);
        worker.Core.JobTypesFound(new JobTypes([Maya], []));
        Assert.False(worker.Core.WantsReconnect);
    }

    [Theory]
    [InlineData("Maya, cmdline", "cmdline,maya")]
    [InlineData("houdini", "none")]
    public void Should_tell_only_those_that_are_allowed(string allowed, string told)
    {
        var worker = new CoreHarness(local: new() { ["worker_job_types"] = allowed });
        worker.Core.JobTypesFound(new JobTypes([Maya], []));
        worker.Connect();
        Assert.Equal(told, worker.LastHello.JobTypes);
    }

    [Fact]
    public void Should_start_its_application_with_what_the_job_is()
    {
        var worker = new CoreHarness(local: new() { ["worker_template_path"] = "/a:/b;/c", ["worker_path_map"] = "\"X:\" = \"/mnt/x\"" });
        worker.Core.JobTypesFound(new JobTypes([Maya], []));
        worker.Connect();
        var start = Order("MAYA");
        start.Items.Add(LinkRecords.Lease(new ItemLease(0, 1, "1", true, 1, 1, 1)));
        start.Items[0].Package = """{"x":1}""";
        worker.Order(new Order { Start = start });
        var launch = worker.Host.Launches.Single();
        var plan = launch.Application!;
        Assert.Equal((Maya.Folder, "/opt/quern/python", """{"id":12}""", """{"scene":"a"}""", """{"x":1}"""), (plan.Folder, plan.ModuleFolder, plan.Job, plan.Package, launch.Items[0].Package));
        Assert.Equal(["/a", "/b", "/c", "/opt/quern/types"], plan.TypeFolders);
        Assert.Equal([KeyValuePair.Create("X:", "/mnt/x")], plan.PathMap);
    }

    [Fact]
    public void Should_refuse_a_type_that_is_not_there_any_more()
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Order(new Order { Start = Order("maya") });
        var ended = worker.Reports().SelectMany(message => message.Reports_).SelectMany(report => report.Facts).Single().InstanceEnded;
        Assert.Equal((InstanceCause.Refused, "node-1 has not got the job type 'maya': install it in a folder of worker_template_path there"), (ended.Cause, ended.Text));
    }

    [Theory]
    [InlineData("pending", "pending")]
    [InlineData("", "complete")]
    [InlineData("of a later version", "complete")]
    public void Should_pass_on_what_becomes_of_the_instance(string said, string next)
    {
        var worker = new CoreHarness();
        worker.Connect();
        worker.Start(CoreHarness.Run1);
        worker.Order(new Order { Stop = new Stop { Key = LinkRecords.Key(CoreHarness.Run1), How = StopHow.Finish, Status = said } });
        Assert.Equal(new FinishRun(next), worker.Host.Orders.Last().Order);
    }

    [Fact]
    public void Should_warn_of_each_problem_once()
    {
        var worker = new CoreHarness();
        worker.Core.TakeNotes();
        worker.Core.JobTypesFound(new JobTypes([], ["one", "two"]));
        worker.Core.JobTypesFound(new JobTypes([], ["two", "three"]));
        Assert.Equal(["one", "two", "three"], worker.Core.TakeNotes().Select(note => note.Text));
    }
}
