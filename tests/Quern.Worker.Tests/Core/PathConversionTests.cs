using Quern.Worker.Core;

namespace Quern.Worker.Tests.Core;

public sealed class PathConversionTests
{
    [Fact]
    public void Should_replace_in_order_each_over_what_the_one_before_made() =>
        Assert.Equal(
            "/opt/ae -p /mnt/share/shot/a.aep",
            new PathConversion([("\\", "/"), ("//srv/share", "/mnt/share"), ("__AE__", "/opt/ae")]).Apply(@"__AE__ -p \\srv\share\shot\a.aep"));

    [Theory]
    [InlineData("cp QB_CONVERT_PATH(X:/a) X:/b", false, "cp /x/a X:/b")]
    [InlineData("cp QB_CONVERT_PATH(X:/a) X:/b", true, "cp /x/a /x/b")]
    [InlineData("ls QB_CONVERT_PATH(X:/a (1)/b) (QB_CONVERT_PATH(X:/c))", false, "ls /x/a (1)/b (/x/c)")]
    [InlineData("echo QB_CONVERT_PATH(X:/never closed", false, "echo QB_CONVERT_PATH(X:/never closed")]
    [InlineData("QB_CONVERT_PATH()", true, "")]
    public void Should_convert_what_the_command_names(string command, bool isWhole, string expected) =>
        Assert.Equal(expected, new PathConversion([("X:", "/x")]).Convert(command, isWhole));

    [Fact]
    public void Should_convert_no_path_twice() => Assert.Equal("aa a", new PathConversion([("a", "aa")]).Convert("QB_CONVERT_PATH(a) a", isWhole: false));

    [Fact]
    public void Should_leave_text_alone_where_no_map_is_set() => Assert.Equal("cp /a /b", new PathConversion([]).Convert("cp QB_CONVERT_PATH(/a) /b", isWhole: true));
}
