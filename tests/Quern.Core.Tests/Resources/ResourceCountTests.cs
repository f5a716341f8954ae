using Quern.Core.Expressions;
using Quern.Core.Resources;

namespace Quern.Core.Tests.Resources;

public sealed class ResourceCountTests
{
    /// <summary>The three documented cases: T=120, F=100 (reference, qube-jobs 13).</summary>
    [Theory]
    [InlineData(80, 80, 80)]
    [InlineData(80, 70, 70)]
    [InlineData(80, 50, 60)]
    public void A_licence_whose_use_elsewhere_is_beyond_what_was_set_aside_is_short_by_the_rest(int used, int held, int shown)
    {
        var count = new ResourceCount(ResourceClass.License, "maya", 100, held, (120, used));

        Assert.Equal($"license.maya={shown}/100", count.ToString());
        Assert.Equal(100 - shown, count.Free);
    }

    [Theory]
    [InlineData(ResourceClass.License)]
    [InlineData(ResourceClass.LicenseHost)]
    public void A_licence_is_all_used_until_somebody_reports(ResourceClass kind)
    {
        var count = new ResourceCount(kind, "nuke", 10, 0, null);

        Assert.Equal(10, count.Used);
        Assert.Equal(0, count.Free);
    }

    [Theory]
    [InlineData(ResourceClass.Global)]
    [InlineData(ResourceClass.GlobalHost)]
    [InlineData(ResourceClass.Scoped)]
    public void What_nobody_else_uses_is_free_but_for_what_the_farm_holds(ResourceClass kind) =>
        Assert.Equal(7, new ResourceCount(kind, "x", 10, 3, null).Free);

    [Fact]
    public void Fewer_licences_than_configured_leave_only_what_there_is() =>
        Assert.Equal(70, new ResourceCount(ResourceClass.License, "x", 100, 10, (80, 10)).Free);

    [Fact]
    public void A_report_that_lags_behind_what_the_farm_holds_takes_nothing_away() =>
        Assert.Equal(40, new ResourceCount(ResourceClass.License, "x", 100, 60, (120, 20)).Free);

    [Fact]
    public void Nothing_is_free_beyond_what_is_configured_whatever_is_reported()
    {
        Assert.Equal(0, new ResourceCount(ResourceClass.License, "x", 10, 0, (10, int.MaxValue)).Free);
        Assert.Equal(10, new ResourceCount(ResourceClass.License, "x", 10, 0, (int.MaxValue, 0)).Free);
    }

    [Fact]
    public void A_list_declares_each_class() => Assert.Equal(
        ["global.scratch=5", "global_host.tape=2", "license.maya=10", "license_host.arnold=4", "scoped.gpu=8"],
        ResourceList.Parse("global.scratch=5, global_host.tape=2,license.maya=10,\nlicense_host.arnold=4,scoped.gpu=8", out _)!.Select(entry => $"{entry.Resource}={entry.Total}"));

    [Theory]
    [InlineData("license.maya", "'license.maya' does not say how many there are: write it as class.name=total, as in license.maya=10")]
    [InlineData("license.maya=x", "'license.maya=x' does not say how many there are: give a whole number from 0 upwards")]
    [InlineData("license.maya=-1", "'license.maya=-1' does not say how many there are: give a whole number from 0 upwards")]
    [InlineData("maya=1", "'maya' is no resource: write it as class.name, as in license.maya")]
    [InlineData("seat.maya=1", "'seat.maya' is no resource: there is no class 'seat', use global, license, global_host, license_host, scoped or host")]
    [InlineData("license.=1", "'license.' is no resource: names have letters, digits, dots, dashes and underscores")]
    [InlineData("license.a=1,license.a=2", "license.a is there twice: declare it once")]
    [InlineData("host.gpu=1", "'host.gpu=1' is counted on a host: put it into worker_resources of that host")]
    public void A_list_that_is_wrong_is_refused_in_a_sentence(string text, string sentence)
    {
        Assert.Null(ResourceList.Parse(text, out var refusal));
        Assert.Equal(sentence, refusal);
    }
}
