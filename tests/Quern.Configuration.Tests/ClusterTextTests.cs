using Quern.Configuration;

namespace Quern.Configuration.Tests;

public sealed class ClusterTextTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/show")]
    [InlineData("/show/comp/")]
    public void A_path_fits(string text) => Assert.Null(SettingSchema.Find("worker_cluster")!.Check(text));

    [Theory]
    [InlineData("show")]
    [InlineData("/show//comp")]
    [InlineData("/show/+")]
    [InlineData("/a,/b")]
    [InlineData("/a b")]
    [InlineData("//")]
    public void What_is_no_path_is_refused(string text) => Assert.Contains("is no place in the cluster tree", SettingSchema.Find("worker_cluster")!.Check(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("/a/*")]
    [InlineData("/a || /a/+")]
    [InlineData("/a/* or /b/+")]
    [InlineData("/+")]
    public void A_restriction_fits(string text) => Assert.Null(SettingSchema.Find("worker_restrictions")!.Check(text));

    [Theory]
    [InlineData("a")]
    [InlineData("/a && /b")]
    [InlineData("/a ||")]
    [InlineData("/a | /b")]
    [InlineData("/a /b")]
    [InlineData("/a,/b")]
    public void What_is_no_restriction_is_refused(string text) => Assert.Contains("is no place in the cluster tree", SettingSchema.Find("worker_restrictions")!.Check(text), StringComparison.Ordinal);

    [Fact]
    public void An_empty_cluster_is_the_root() => Assert.Equal("/", QuernSettings.Load(null, ["worker_cluster="]).Text("worker_cluster"));
}
