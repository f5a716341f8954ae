using Quern.Core.Expressions;

namespace Quern.Core.Tests.Expressions;

public sealed class ClusterTests
{
    private static ClusterPath Path(string text) => ClusterPath.Parse(text, out var refusal) ?? throw new InvalidOperationException($"{text}: {refusal}");
    private static ClusterChoice Choice(string text) => ClusterChoice.Parse(text, out var refusal) ?? throw new InvalidOperationException($"{text}: {refusal}");
    private static Restriction Restricted(string text) => Restriction.Parse(text, out var refusal) ?? throw new InvalidOperationException($"{text}: {refusal}");

    [Theory]
    [InlineData("/", "/", 0)]
    [InlineData("/show", "/show", 1)]
    [InlineData(" /show/comp/ ", "/show/comp", 2)]
    [InlineData("/3d-team/a_b.c/ü", "/3d-team/a_b.c/ü", 3)]
    public void A_path_is_read(string text, string printed, int depth)
    {
        Assert.Equal((printed, depth), (Path(text).Text, Path(text).Depth));
        Assert.Equal(Path(text), Path(printed));
    }

    [Theory]
    [InlineData("/a/b/c", "/a/b/d", 2)]
    [InlineData("/a", "/b", 0)]
    [InlineData("/a", "/A", 0)]
    [InlineData("/a/b", "/a", 1)]
    [InlineData("/", "/a", 0)]
    public void Paths_share_their_leading_segments(string a, string b, int common) => Assert.Equal((common, common), (Path(a).Common(Path(b)), Path(b).Common(Path(a))));

    /// <summary>The table of the reference (qube-jobs 12.2), for a worker in /A/B/C, and what follows it.</summary>
    [Theory]
    [InlineData("/A/B/C", "/A/B/C", 1)]
    [InlineData("/A/B/C/D", "/A/B/C", 2)]
    [InlineData("/A/B/C/D/E", "/A/B/C", 2)]
    [InlineData("/A/B", "/A/B/C", 3)]
    [InlineData("/A/B/F", "/A/B/C", 3)]
    [InlineData("/A", "/A/B/C", 4)]
    [InlineData("/", "/A/B/C", 5)]
    [InlineData("/G", "/A/B/C", 5)]
    [InlineData("/", "/", 1)]
    [InlineData("/A", "/", 2)]
    [InlineData("/A/B/C", "/", 2)]
    [InlineData("/+", "/", 1)]
    [InlineData("/+", "/A/B/C", 1)]
    [InlineData("/A+", "/A", 1)]
    [InlineData("/A+", "/A/B/C", 1)]
    [InlineData("/A/+", "/A/B/C", 1)]
    [InlineData("/A+", "/AB", 3)]
    [InlineData("/A+", "/G", 3)]
    [InlineData("/A+", "/", 2)]
    [InlineData("/showA+,/showB+", "/showB/comp", 1)]
    [InlineData("/showA+,/showB+", "/showC/comp", 4)]
    [InlineData("/showA, /A/B", "/A/B/C", 3)]
    [InlineData("/A/B/X,/", "/A/B/C", 3)]
    public void A_host_has_a_rank(string cluster, string host, int rank) => Assert.Equal(rank, Choice(cluster).Rank(Path(host)));

    [Theory]
    [InlineData("/showA+, /+,/b/", "/showA+,/+,/b", "/showA")]
    [InlineData("/", "/", "/")]
    public void A_choice_is_printed(string text, string printed, string first) => Assert.Equal((printed, first), (Choice(text).Text, Choice(text).First.Text));

    /// <summary>Reference, qube-jobs 11.3; that /a/+ includes /a is the choice of its section 20.</summary>
    [Theory]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/a/b", false)]
    [InlineData("/a", "/", false)]
    [InlineData("/a/*", "/a", false)]
    [InlineData("/a/*", "/a/b", true)]
    [InlineData("/a/*", "/a/b/c", false)]
    [InlineData("/a/+", "/a", true)]
    [InlineData("/a/+", "/a/b/c", true)]
    [InlineData("/a/+", "/ab", false)]
    [InlineData("/a+", "/a/b", true)]
    [InlineData("/+", "/", true)]
    [InlineData("/+", "/a/b", true)]
    [InlineData("/*", "/a", true)]
    [InlineData("/*", "/", false)]
    [InlineData("/a || /a/+", "/a/b", true)]
    [InlineData("/a || /b/*", "/b/c", true)]
    [InlineData("/a OR /b/*", "/b/c", true)]
    [InlineData("/a || /b/*", "/c", false)]
    public void A_restriction_allows_hosts(string restriction, string host, bool isAllowed) => Assert.Equal(isAllowed, Restricted(restriction).Allows(Path(host)));

    [Theory]
    [InlineData("/a/+", "/a/b", true)]
    [InlineData("/a/+", "/b,/a", true)]
    [InlineData("/a/+", "/b", false)]
    [InlineData("/a/+", "/+", false)]
    [InlineData("/a/+", "/a+", true)]
    [InlineData("/+", "/+", true)]
    public void A_restriction_allows_jobs(string restriction, string cluster, bool isAllowed) => Assert.Equal(isAllowed, Restricted(restriction).Allows(Choice(cluster)));

    [Theory]
    [InlineData("", "it ends where a path, such as /show/comp, belongs")]
    [InlineData("show/comp", "at character 1: a path begins with '/', did you mean '/show/comp'?\n    show/comp\n    ^")]
    [InlineData("/a b", "at character 4: a path begins with '/', did you mean '/b'?")]
    [InlineData("/a//b", "at character 4: '/b' does not belong there")]
    [InlineData("/a,/b", "at character 3: ',' does not belong there")]
    public void A_path_is_refused(string text, string expected)
    {
        Assert.Null(ClusterPath.Parse(text, out var refusal));
        Assert.Contains(expected, refusal!);
    }

    [Theory]
    [InlineData("/a,", "it ends where a path, such as /show/comp, belongs\n    /a,\n       ^")]
    [InlineData("/a*", "at character 3: '*' does not belong there")]
    [InlineData("/a+b", "at character 4:")]
    public void A_choice_is_refused(string text, string expected)
    {
        Assert.Null(ClusterChoice.Parse(text, out var refusal));
        Assert.Contains(expected, refusal!);
    }

    [Theory]
    [InlineData("/a, /b", "at character 3: ',' does not belong there")]
    [InlineData("/a ||", "it ends where a path, such as /show/comp, belongs")]
    [InlineData("/a | /b", "at character 4:")]
    [InlineData("a || /b", "at character 1: a path begins with '/', did you mean '/a'?")]
    public void A_restriction_is_refused(string text, string expected)
    {
        Assert.Null(Restriction.Parse(text, out var refusal));
        Assert.Contains(expected, refusal!);
    }
}
