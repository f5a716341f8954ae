using Quern.Execution.Commands;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests.Commands;

public sealed class FrameTokenTests
{
    [Theory]
    [InlineData("render -f QB_FRAME_NUMBER", "render -f 17")]
    [InlineData("QB_FRAME_START-QB_FRAME_END", "17-19")]
    [InlineData("QB_PADDED_FRAME_NUMBER.exr", "0017.exr")]
    [InlineData("QB_PADDED_FRAME_START QB_PADDED_FRAME_END QB_PADDED_FRAME_STEP", "0017 0019 0002")]
    [InlineData("QB_FRAME_STEP QB_FRAME_RANGE QB_FRAME_PADDING", "2 17-19x2 4")]
    [InlineData("xQB_FRAME_NUMBERx$QB_FRAME_NUMBER", "x17x$QB_FRAME_NUMBER")]
    [InlineData("${QB_FRAME_NUMBER} {QB_FRAME_NUMBER}", "${QB_FRAME_NUMBER} {17}")]
    [InlineData("QB_FRAME_NUM QB_ QB_QB_FRAME_NUMBER QB", "QB_FRAME_NUM QB_ QB_17 QB")]
    [InlineData("no token", "no token")]
    [InlineData("", "")]
    public void Replace_command_gives(string command, string expected) =>
        Assert.Equal(expected, FrameTokens.Replace(command, FrameTokens.Of(new ItemLease(3, 1, "17-19x2", true, 17, 19, 2), 4)));

    [Fact]
    public void Replace_negative_frame_pads_after_the_sign() =>
        Assert.Equal("-5 -005", FrameTokens.Replace("QB_FRAME_NUMBER QB_PADDED_FRAME_NUMBER", FrameTokens.Of(new ItemLease(0, 1, "-5", true, -5, -5, 1), 4)));

    [Fact]
    public void Replace_named_item_has_no_numbers() =>
        Assert.Equal("[left eye] []", FrameTokens.Replace("[QB_FRAME_RANGE] [QB_FRAME_NUMBER]", FrameTokens.Of(new ItemLease(0, 1, "left eye", false, 0, 0, 0), 4)));

    [Fact]
    public void Replace_value_that_looks_like_a_token_stays() =>
        Assert.Equal("QB_FRAME_NUMBER", FrameTokens.Replace("QB_FRAME_RANGE", FrameTokens.Of(new ItemLease(0, 1, "QB_FRAME_NUMBER", true, 1, 1, 1), 4)));
}
