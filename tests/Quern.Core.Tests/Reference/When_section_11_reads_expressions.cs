using Quern.Core.Expressions;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Reference;

/// <summary>Each operator in each of its spellings, each operand on a host that has it. Source: reference, qube-jobs 11.1.</summary>
public sealed class When_section_11_reads_expressions
{
    private readonly FarmHarness farm = new();

    /// <summary>Forms of the same, a semicolon between.</summary>
    [Theory]
    [InlineData("1 and 0; 1 && 0", 0)]
    [InlineData("1 and 1; 1 && 1", 1)]
    [InlineData("1 or 0; 1 || 0", 1)]
    [InlineData("0 or 0; 0 || 0", 0)]
    [InlineData("not 1; !1", 0)]
    [InlineData("not 0; !0", 1)]
    [InlineData("1 xor 1; 1 ^ 1", 0)]
    [InlineData("1 xor 0; 1 ^ 0", 1)]
    [InlineData("3 eq 3; 3 = 3; 3 == 3", 1)]
    [InlineData("3 eq 4; 3 = 4; 3 == 4", 0)]
    [InlineData("3 ne 4; 3 != 4; 3 <> 4", 1)]
    [InlineData("3 ne 3; 3 != 3; 3 <> 3", 0)]
    [InlineData("3 lt 4; 3 < 4", 1)]
    [InlineData("4 lt 4; 4 < 4", 0)]
    [InlineData("4 le 4; 4 <= 4", 1)]
    [InlineData("5 le 4; 5 <= 4", 0)]
    [InlineData("4 gt 3; 4 > 3", 1)]
    [InlineData("4 gt 4; 4 > 4", 0)]
    [InlineData("4 ge 4; 4 >= 4", 1)]
    [InlineData("3 ge 4; 3 >= 4", 0)]
    [InlineData("5 add 2; 5 + 2", 7)]
    [InlineData("5 sub 2; 5 - 2", 3)]
    [InlineData("5 mul 2; 5 * 2", 10)]
    [InlineData("6 div 2; 6 / 2", 3)]
    [InlineData("5 mod 3; 5 % 3", 2)]
    [InlineData("5 min 2", 2)]
    [InlineData("5 max 2", 5)]
    [InlineData("6 & 3", 2)]
    [InlineData("6 | 3", 7)]
    [InlineData("1 ls 3; 1 << 3", 8)]
    [InlineData("8 rs 2; 8 >> 2", 2)]
    [InlineData("\"v\" in \"x,y,v\"; 'v' in 'x,y,v'; v in 'x,y,v'", 1)]
    [InlineData("\"w\" in \"x,y,v\"", 0)]
    [InlineData("\"x,y,v\" has \"v\"; 'x,y,v' has v", 1)]
    [InlineData("\"x,y,v\" has \"xy\"", 0)]
    [InlineData("(1 or 1) and 0", 0)]
    [InlineData("1 or 1 and 0; 1 || 1 && 0", 1)]
    [InlineData("'b' > 'a'; 'Linux' = linux", 1)]
    [InlineData("'10' > '9'", 1)]
    public void Should_mean_the_same_in_words_and_symbols(string forms, int value) => Assert.All(forms.Split(';'), form =>
    {
        var whole = Requirement.Parse($"({form}) == {value}", out var refusal);
        Assert.True(whole is not null && whole.Holds(_ => ExpressionValue.None), $"{form}: {refusal}");
    });

    [Theory]
    [InlineData("os", "linux")]
    [InlineData("name", "node-01")]
    [InlineData("groups", "fast,gpu")]
    [InlineData("cluster", "/show")]
    [InlineData("state", "active")]
    [InlineData("restrictions", "/show/+")]
    [InlineData("flags", "load_profile,remove_logs")]
    [InlineData("flag.load_profile", "1")]
    [InlineData("flag.auto_mount", "0")]
    [InlineData("jobtypes", "cmdline,cmdrange,maya")]
    [InlineData("qube_version", "0.1.0")]
    [InlineData("qube_build", "0.1.0")]
    [InlineData("qube_class", "worker")]
    [InlineData("architecture", "x64")]
    [InlineData("kernel_version", "6.1.0")]
    [InlineData("processor_speed", "3200")]
    [InlineData("processor_make", "GenuineIntel")]
    [InlineData("processor_model", "Xeon")]
    [InlineData("cpus", "16")]
    [InlineData("worker_mode", "service")]
    [InlineData("proxy_mode", "proxy")]
    [InlineData("room", "b2")]
    [InlineData("processors.total", "8")]
    [InlineData("processors.used", "3")]
    [InlineData("processors.avail", "5")]
    [InlineData("memory.total", "32000")]
    [InlineData("scratch.total", "100")]
    [InlineData("scratch.used", "40")]
    [InlineData("scratch.avail", "60")]
    [InlineData("duty.id", "1,2")]
    [InlineData("duty.kind", "sim,comp")]
    [InlineData("duty.type", "cmdline")]
    [InlineData("duty.user", "ann")]
    [InlineData("duty.name", "shot 1")]
    public void Should_know_that_of_a_host(string operand, string value)
    {
        var worker = farm.AddWorker(8, "node-01", change: facts => facts with
        {
            Os = "linux", Groups = "fast,gpu", Cluster = "/show", Restrictions = "/show/+", JobTypes = "cmdline,cmdrange,maya", Version = "0.1.0", Cores = 16, MemoryBytes = 32000L << 20,
            Resources = new Dictionary<string, int> { ["scratch"] = 100 },
            Properties = new Dictionary<string, string>
            {
                ["flags"] = "load_profile,remove_logs", ["architecture"] = "x64", ["kernel_version"] = "6.1.0", ["processor_speed"] = "3200", ["processor_make"] = "GenuineIntel", ["processor_model"] = "Xeon", ["room"] = "b2",
            },
        });
        farm.Submit("", spec => spec with { Kind = "sim", Cluster = "/show", Name = "shot 1", Reservations = "host.processors=2,host.scratch=40" });
        farm.Submit("", spec => spec with { Kind = "comp", Cluster = "/show", Name = "shot 1" });

        var found = farm.Farm.FindWorker(worker.Id)!.Value(operand);
        Assert.Equal(value.Split(',').Order(StringComparer.Ordinal), found.Split(',').Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("id", "1")]
    [InlineData("pid", "1")]
    [InlineData("pgrp", "1")]
    [InlineData("name", "'shot 1'")]
    [InlineData("priority", "7")]
    [InlineData("label", "beauty")]
    [InlineData("user", "ann")]
    [InlineData("status", "pending")]
    [InlineData("prototype", "cmdline")]
    [InlineData("type", "cmdline")]
    [InlineData("cluster", "'/show'")]
    [InlineData("restrictions", "'/show/+'")]
    [InlineData("kind", "sim")]
    [InlineData("reservations", "'host.processors=2'")]
    [InlineData("requirements", "'host.os=linux'")]
    [InlineData("flags", "'auto_mount,mail'")]
    [InlineData("flag.mail", "1")]
    [InlineData("flag.elite", "0")]
    public void Should_know_that_of_a_job(string operand, string value)
    {
        var job = farm.Job(farm.Submit("", spec => spec with
        {
            Name = "shot 1", Priority = 7, Label = "beauty", Cluster = "/show", Restrictions = "/show/+", Kind = "sim", Reservations = "host.processors=2", Requirements = "host.os=linux", Flags = ["auto_mount", "mail"],
        }));

        // With its prefix where hosts are asked, without where jobs are filtered.
        Assert.True(JobCondition.Parse($"{operand} = {value}", out _)!.Holds(job));
        Assert.True(JobCondition.Parse($"job.{operand} = {value}", out _)!.Holds(job));
        Assert.False(JobCondition.Parse($"job.{operand} = 'no such thing'", out _)!.Holds(job));
    }
}
