using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;
using Quern.Core.Triggers;

namespace Quern.Core.Tests.Reference;

/// <summary>Every variable that a template may name. Source: reference, qube-jobs 16.</summary>
public sealed class When_section_16_writes_mail
{
    private const string OfJob =
        "ACCOUNT CLUSTER CPUS DATA DOMAIN FLAGS GLOBALORDER GROUPS HOSTORDER HOSTS ID KIND LABEL LOCALORDER NAME OMITGROUPS OMITHOSTS PACKAGE PGRP PID PRIORITY PROTOTYPE REQUIREMENTS RESTRICTIONS STATUS "
        + "TIMECOMPLETE TIMEELAPSED TIMEOUT TIMESTART TIMESUBMIT TYPE USER";

    private readonly FarmHarness farm = new();

    private static CallbackSpec On(string triggers) => new() { Triggers = triggers, Language = CallbackLanguages.Mail };

    private static string Row(OutboxEntry mail, string names, string prefix) => string.Join(' ', names.Split(' ').Select(name => $"{name}={mail.Variables[prefix + name]}"));

    [Fact]
    public void Should_fill_the_variables_of_a_job()
    {
        var job = farm.Submit("", spec => spec with
        {
            Account = "acc", Cluster = "/show", Domain = "STUDIO", Flags = ["auto_mount"], Groups = "fast", HostOrder = "-host.cpus", Hosts = "w1", Kind = "sim", Label = "beauty", Name = "shot 1", OmitGroups = "slow",
            OmitHosts = "w2", Priority = 7, Requirements = "host.processors > 0", Restrictions = "/show/+", TimeoutSeconds = 90, Callbacks = [On("done-job-self")],
        });
        var worker = farm.AddWorker(1, change: facts => facts with { Groups = "fast", Cluster = "/show" });
        farm.Advance(4_000);
        worker.Step();
        var mail = Assert.Single(farm.Mails);
        Assert.Equal(("ann", $"done-job-{job}"), (mail.Variables["USER"], mail.Variables["TRIGGERS"]));
        Assert.All(OfJob.Split(' '), name => Assert.Contains($"JOB_{name}", mail.Variables.Keys));
        Assert.Equal(
            $"ACCOUNT=acc CLUSTER=/show CPUS=1 DOMAIN=STUDIO FLAGS=auto_mount GROUPS=fast HOSTORDER=-host.cpus HOSTS=w1 ID={job} KIND=sim LABEL=beauty NAME=shot 1 OMITGROUPS=slow OMITHOSTS=w2 PGRP={job} PID=1 PRIORITY=7 PROTOTYPE=cmdline "
            + "REQUIREMENTS=host.processors > 0 RESTRICTIONS=/show/+ STATUS=complete TIMEELAPSED=4 TIMEOUT=90 TYPE=cmdline USER=ann",
            Row(mail, "ACCOUNT CLUSTER CPUS DOMAIN FLAGS GROUPS HOSTORDER HOSTS ID KIND LABEL NAME OMITGROUPS OMITHOSTS PGRP PID PRIORITY PROTOTYPE REQUIREMENTS RESTRICTIONS STATUS TIMEELAPSED TIMEOUT TYPE USER", "JOB_"));
    }

    [Fact]
    public void Should_fill_those_of_the_item_that_failed_with_its_result()
    {
        var worker = farm.AddWorker(1, "node-01");
        var job = farm.Submit("7", spec => spec with { Callbacks = [On("failed-work-self-*")] });
        worker.Step();
        worker.Run(job).Say(new ItemEndedFact(0, 1, ItemEnd.Exited, 3, 0, "") { Result = """{"outputPaths":"/p/7.exr"}""" }, farm.Now.Unix);
        worker.Report();
        var mail = Assert.Single(farm.Mails);
        Assert.Equal($"NAME=7 HOST=node-01 STATUS=failed PID={job} SUBID=0 ADDRESS=10.0.0.1 RESULTPACKAGE={{\"outputPaths\":\"/p/7.exr\"}}", Row(mail, "NAME HOST STATUS PID SUBID ADDRESS RESULTPACKAGE", "WORK_"));
        Assert.Equal(("node-01", "exit code 3"), (mail.Variables["HOST"], mail.Variables["WORK_REASON"]));
    }

    [Fact]
    public void Should_fill_those_of_an_instance()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("", spec => spec with { Callbacks = [On("failed-subjob-self-*")] });
        worker.Step(1);
        Assert.Equal($"ID={job}.0 STATUS=failed PID={job} ADDRESS=10.0.0.1", Row(Assert.Single(farm.Mails), "ID STATUS PID ADDRESS", "SUBJOB_"));
    }
}
