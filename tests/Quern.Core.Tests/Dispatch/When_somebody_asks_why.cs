using Quern.Core.Dispatch;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Resources;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

/// <summary>The answers of <c>why</c>: the dimension that refuses, and what would let it run.</summary>
public sealed class When_somebody_asks_why
{
    private readonly FarmHarness farm = new(new FarmOptions { PreemptPolicy = PreemptPolicy.Disabled, WidePatienceMs = -1, GlobalResources = [(new ResourceName(ResourceClass.Global, "nuke"), 1)] });

    private WhyReport Why(JobId job, string? host = null, int? sub = null, string? item = null) => farm.Farm.Why(new Target(job, sub, item), host, farm.Now, out _)!;

    [Fact]
    public void A_waiting_job_is_told_why()
    {
        Assert.Contains("no worker", farm.Farm.Why(FarmHarness.Spec(), null, farm.Now).Reason, StringComparison.Ordinal);
        farm.AddWorker(2, "w1", change: facts => facts with { Cluster = "/a" });
        farm.AddWorker(1, "w2", change: facts => facts with { Cluster = "/b" });
        farm.Submit("1-9", spec => spec with { Cpus = 3 });
        var restricted = farm.Submit("", spec => spec with { Restrictions = "/c" });
        var full = farm.Submit("", spec => spec with { Restrictions = "/a" });
        Assert.Equal(Fit.Restriction, Assert.Single(Why(restricted).Hosts).Fit);
        var report = Why(full, "w1");
        Assert.Contains("w1 has 0 of 2 slots free", report.Reason, StringComparison.Ordinal);
        Assert.Null(farm.Farm.Why(new Target(full), "nobody", farm.Now, out var refusal));
        Assert.Contains("there is no host nobody", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("restrictions", Fit.Restriction, "qbmodify --mrestrictions")]
    [InlineData("groups", Fit.Group, "qbmodify --mgroups")]
    [InlineData("omitgroups", Fit.OmittedGroup, "--omitgroups")]
    [InlineData("hosts", Fit.Host, "qbmodify --mhosts")]
    [InlineData("omithosts", Fit.OmittedHost, "--omithosts")]
    [InlineData("requirements", Fit.Requirement, "qbmodify --mrequirements")]
    [InlineData("wide", Fit.HostTooSmall, "qbmodify --mreservations")]
    [InlineData("slots", Fit.Slots, "what runs there ends")]
    [InlineData("whole", Fit.NotIdle, "what runs there ends")]
    [InlineData("memory", Fit.HostResource, "when instances there end")]
    [InlineData("licence", Fit.FarmResource, "supervisor_global_resources")]
    [InlineData("unknown", Fit.FarmResource, "declare it in supervisor_global_resources")]
    public void Every_dimension_says_what_lets_it_run(string attribute, Fit fit, string remedy)
    {
        farm.AddWorker(4, "w1", change: facts => facts with { Groups = "gpu", MemoryBytes = 4L << 30 });
        farm.Submit("1-9", spec => spec with { Cpus = 1, Reservations = "host.processors=1,host.memory=3000,global.nuke=1" });
        var job = farm.Submit("", spec => attribute switch
        {
            "restrictions" => spec with { Restrictions = "/x" },
            "groups" => spec with { Groups = "cpu" },
            "omitgroups" => spec with { OmitGroups = "gpu" },
            "hosts" => spec with { Hosts = "w7" },
            "omithosts" => spec with { OmitHosts = "w1" },
            "requirements" => spec with { Requirements = "host.os = plan9" },
            "wide" => spec with { Reservations = "host.processors=5" },
            "slots" => spec with { Reservations = "host.processors=4" },
            "whole" => spec with { Reservations = "host.processors=1*" },
            "memory" => spec with { Reservations = "host.processors=1,host.memory=2000" },
            "licence" => spec with { Reservations = "host.processors=1,global.nuke=1" },
            _ => spec with { Reservations = "host.processors=1,global.katana=1" },
        });

        var hosts = Assert.Single(Why(job).Hosts);
        Assert.Equal(fit, hosts.Fit);
        Assert.Contains(remedy, hosts.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host.processors=2,global.katana=1", "katana")]
    [InlineData("host.processors=2,global.nuke=1,global.katana=1", "katana")]
    [InlineData("host.processors=2,global.nuke=2", "nuke")]
    public void Should_name_what_can_never_be_had_before_what_is_taken_now(string reservations, string name)
    {
        farm.AddWorker(2);
        farm.Submit("", spec => spec with { Reservations = "host.processors=2,global.nuke=1" });
        var report = farm.Farm.Why(FarmHarness.Spec("", spec => spec with { Reservations = reservations }), null, farm.Now);
        Assert.Equal(Fit.FarmResource, Assert.Single(report.Hosts).Fit);
        Assert.Contains(name, report.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_says_when_room_should_come()
    {
        var worker = farm.AddWorker(1);
        farm.Submit("1-9");
        var waiting = farm.Submit("");
        Assert.DoesNotContain("in about", Why(waiting).Remedy, StringComparison.Ordinal);
        farm.Advance(5_000);
        worker.Step();
        farm.Advance(5_000);
        worker.Step();

        Assert.Contains("in about", Why(waiting).Remedy, StringComparison.Ordinal);
        Assert.Equal(1, Why(waiting).JobsBefore + 1);
    }

    [Fact]
    public void What_does_not_wait_is_said_to_run_or_to_be_over()
    {
        var worker = farm.AddWorker(1);
        var job = farm.Submit("1-2");
        worker.Step();
        var report = Why(job);
        Assert.Equal((false, $"{job} runs on 1 instance, all that it asks for or has items for"), (report.IsWaiting, report.Reason));
        Assert.False(Why(job, sub: 0).IsWaiting);
        Assert.False(Why(job, item: "1").IsWaiting);
        while (farm.Job(job).Status != Status.Complete)
        {
            worker.Step();
        }

        Assert.Equal((false, $"{job} is complete"), (Why(job).IsWaiting, Why(job).Reason));
    }

    [Fact]
    public void Whoever_blocked_or_waits_for_another_is_told_so()
    {
        farm.AddWorker(1);
        var first = farm.Submit("1-9");
        var blocked = farm.Submit("", spec => spec with { StartsBlocked = true });
        var dependent = farm.Submit("", spec => spec with { Dependency = $"link-complete-job-{first}" });
        Assert.Equal($"qbunblock {blocked}", Why(blocked).Remedy);
        Assert.Contains($"link-complete-job-{first}", Why(dependent).Reason, StringComparison.Ordinal);
        Assert.Empty(Why(dependent).Hosts);
    }

    [Fact]
    public void A_new_job_is_answered_and_leaves_nothing_behind()
    {
        farm.AddWorker(2);
        var before = farm.Dump();
        var submission = new Submission("why", FarmHarness.Ann, [FarmHarness.Spec("1-9", spec => spec with { Requirements = "host.never_heard_of > 3" }), FarmHarness.Spec()]);

        var reports = farm.Farm.Why(submission, null, farm.Now).Reports;

        Assert.Equal([Fit.Requirement, Fit.Fits], reports.Select(report => Assert.Single(report.Hosts).Fit));
        Assert.Equal("submit it with another --requirements", reports[0].Remedy);
        farm.Settle();
        Assert.Equal(before, farm.Dump());
        var other = farm.Farm.Why(submission with { Jobs = [FarmHarness.Spec(change: spec => spec with { User = "bob" })] }, null, farm.Now);
        Assert.True(other.IsForbidden);
        Assert.Contains("may not submit as bob", other.Refusal, StringComparison.Ordinal);
    }
}
