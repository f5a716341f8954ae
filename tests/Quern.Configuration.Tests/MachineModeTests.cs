namespace Quern.Configuration.Tests;

public sealed class MachineModeTests
{
    [Theory]
    [InlineData("service\n", MachineModeKind.Service, null)]
    [InlineData("desktop ann\n", MachineModeKind.Desktop, "ann")]
    [InlineData("dual ann\n", MachineModeKind.Dual, "ann")]
    public void Text_that_a_switch_wrote_is_the_mode(string text, MachineModeKind kind, string? person)
    {
        var mode = MachineMode.Parse(text);
        Assert.Equal(new MachineMode(kind, person), mode);
        Assert.Equal(text.Trim(), mode!.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("dual")]
    [InlineData("dual ")]
    [InlineData("dual ann bob")]
    [InlineData("kiosk ann")]
    public void Text_that_says_nothing_known_is_none(string? text) => Assert.Null(MachineMode.Parse(text));
}
