using Quern.Core.Expressions;

namespace Quern.Core.Tests.Expressions;

public sealed class ReservationTests
{
    private static ReservationList Read(string text) => ReservationList.Parse(text, out var refusal) ?? throw new InvalidOperationException($"{text}: {refusal}");

    /// <summary>Every form of the reference (qube-jobs 11.2).</summary>
    [Theory]
    [InlineData("host.processors=1", SlotKind.Exact, 1, 1, "host.processors=1")]
    [InlineData("host.processors=16", SlotKind.Exact, 16, 16, "host.processors=16")]
    [InlineData("host.processors", SlotKind.Exact, 1, 1, "host.processors=1")]
    [InlineData("host.processors=2+", SlotKind.AllFree, 2, int.MaxValue, "host.processors=2+")]
    [InlineData("host.processors=8*", SlotKind.WholeHost, 8, int.MaxValue, "host.processors=8*")]
    [InlineData("host.processors=all", SlotKind.WholeHost, 1, int.MaxValue, "host.processors=1*")]
    [InlineData("host.processors=2-8", SlotKind.Growing, 2, 8, "host.processors=2-8")]
    [InlineData(" HOST.Processors = 2 - 8 ", SlotKind.Growing, 2, 8, "host.processors=2-8")]
    [InlineData("license.maya=1", SlotKind.Exact, 1, 1, "host.processors=1,license.maya=1")]
    public void Slots_are_read(string text, SlotKind kind, int least, int most, string printed)
    {
        var list = Read(text);
        Assert.Equal(new SlotDemand(kind, least, most), list.Slots);
        Assert.Equal(printed, list.Text);
    }

    [Theory]
    [InlineData("host.memory=2000", ResourceClass.Host, "memory", 2000)]
    [InlineData("global.vray=2", ResourceClass.Global, "vray", 2)]
    [InlineData("global_host.nuke=1", ResourceClass.GlobalHost, "nuke", 1)]
    [InlineData("license.maya", ResourceClass.License, "maya", 1)]
    [InlineData("license_host.Houdini=3", ResourceClass.LicenseHost, "houdini", 3)]
    [InlineData("scoped.disk-io.fast=0", ResourceClass.Scoped, "disk-io.fast", 0)]
    public void Resources_are_read(string text, ResourceClass kind, string name, int amount) => Assert.Equal(new ResourceDemand(kind, name, amount), Assert.Single(Read(text).Others));

    [Fact]
    public void A_list_keeps_its_order()
    {
        var list = Read("license.maya,host.processors=1+,host.memory=2000");
        Assert.Equal("host.processors=1+,license.maya=1,host.memory=2000", list.Text);
        Assert.Equal("host.processors=1", ReservationList.Default.Text);
    }

    [Theory]
    [InlineData("", "it ends where a reservation, such as host.processors=2, belongs")]
    [InlineData("hots.processors=2", "at character 1: there is no class 'hots', did you mean 'host.processors'?\n    hots.processors=2\n    ^")]
    [InlineData("host.processors=1,licence.maya=1", "at character 19: there is no class 'licence', did you mean 'license.maya'?")]
    [InlineData("gpu.count=1", "there is no class 'gpu'; the classes are host, global, global_host, license, license_host, scoped")]
    [InlineData("processors=2", "'processors' has no class, did you mean 'host.processors'?")]
    [InlineData("procesors=2", "'procesors' has no class, did you mean 'host.processors'?")]
    [InlineData("maya=2", "'maya' has no class; write CLASS.NAME")]
    [InlineData("license=2", "'license' says a class and no resource; write license.NAME")]
    [InlineData("license.=2", "'license.' says a class and no resource; write license.NAME")]
    [InlineData("host.processors=0", "at character 17: an instance takes 1 to 100000 slots")]
    [InlineData("host.processors=99999999999", "an instance takes 1 to 100000 slots")]
    [InlineData("host.processors=8-2", "at character 19: the most is not between the least, 8, and 100000")]
    [InlineData("host.processors=-2", "at character 17: '-' does not belong there")]
    [InlineData("host.processors=1.5", "at character 18:")]
    [InlineData("host.memory=2000+", "at character 13: only host.processors can be N+, N*, N-M or all; give 'host.memory' a number")]
    [InlineData("license.maya=all", "only host.processors can be")]
    [InlineData("host.memory=99999999999", "the number is too large")]
    [InlineData("license.maya=1,LICENSE.maya=2", "at character 16: 'license.maya' is reserved twice")]
    [InlineData("host.processors=1 host.memory=5", "at character 19: 'host.memory' does not belong there")]
    [InlineData("host.processors=", "it ends where a reservation")]
    [InlineData("host.processors=1,", "it ends where a reservation")]
    public void A_list_is_refused(string text, string expected)
    {
        Assert.Null(ReservationList.Parse(text, out var refusal));
        Assert.Contains(expected, refusal!);
    }
}
