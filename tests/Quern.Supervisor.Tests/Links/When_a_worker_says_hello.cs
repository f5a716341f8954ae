using Quern.Supervisor.Link;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Tests.Links;

public sealed class When_a_worker_says_hello
{
    [Fact]
    public void Should_read_its_place()
    {
        var facts = LinkMessages.Facts(Hello("/show/comp/", " /show/+ ", "gpu", "big"));

        Assert.Equal(("/show/comp", "gpu,big", "/show/+"), (facts.Cluster, facts.Groups, facts.Restrictions));
    }

    [Fact]
    public void Should_put_one_of_an_older_version_at_the_root()
    {
        var facts = LinkMessages.Facts(Hello("", ""));

        Assert.Equal(("/", "", ""), (facts.Cluster, facts.Groups, facts.Restrictions));
        Assert.Null(HelloCheck.WhyNot(Hello("", "")));
    }

    [Theory]
    [InlineData("show", "", "g", "correct its worker_cluster")]
    [InlineData("/a", "/b && /c", "g", "correct its worker_restrictions")]
    [InlineData("/a", "/b", "", "worker_groups is a list")]
    [InlineData("/a", "/b", "x,y", "worker_groups is a list")]
    public void Should_refuse_a_place_that_cannot_be_read(string cluster, string restrictions, string group, string expected)
        => Assert.Contains(expected, HelloCheck.WhyNot(Hello(cluster, restrictions, group)), StringComparison.Ordinal);

    private static Wire.Hello Hello(string cluster, string restrictions, params string[] groups)
        => new() { Protocol = Wire.LinkLimits.Version, Name = "n1", Slots = 2, Cluster = cluster, Restrictions = restrictions, Groups = { groups } };
}
