using Quern.Core.Expressions;

namespace Quern.Core.Tests.Expressions;

public sealed class HostOrderTests
{
    [Fact]
    public void Terms_are_read_in_their_order()
    {
        var order = HostOrder.Parse("host.memory.avail, -HOST.processors.used,+host.processor_speed", out _)!;
        Assert.Equal([new(false, "host.memory.avail"), new(true, "host.processors.used"), new(false, "host.processor_speed")], order.Terms);
        Assert.Equal("+host.memory.avail,-host.processors.used,+host.processor_speed", order.Text);
    }

    [Theory]
    [InlineData("", "it ends where a property of hosts, such as host.memory.avail, belongs")]
    [InlineData("-", "it ends where a property of hosts")]
    [InlineData("processors.avail", "at character 1: 'processors.avail' is no property of hosts, did you mean 'host.processors.avail'?")]
    [InlineData("-hots.processors.avail", "at character 2: 'hots.processors.avail' is no property of hosts, did you mean 'host.processors.avail'?")]
    [InlineData("host.", "did you mean 'host.memory.avail'?")]
    [InlineData("host.cpus host.memory", "at character 11: 'host.memory' does not belong there")]
    [InlineData("host.cpus,,host.memory", "at character 11: ',' does not belong there")]
    [InlineData("host.cpus=2", "at character 10:")]
    public void An_order_is_refused(string text, string expected)
    {
        Assert.Null(HostOrder.Parse(text, out var refusal));
        Assert.Contains(expected, refusal!);
    }

    [Fact]
    public void An_order_is_bounded()
    {
        Assert.Null(HostOrder.Parse(string.Join(',', Enumerable.Repeat("host.cpus", 30)), out var refusal));
        Assert.Contains("it has more than 20 terms", refusal!);
    }

    [Theory]
    [InlineData("render-01, Render-02,,render-01", "render-01,Render-02")]
    [InlineData("a", "a")]
    public void A_list_of_names_is_read(string text, string printed)
    {
        var list = NameList.Parse(text, out _)!;
        Assert.Equal(printed, list.Text);
        Assert.All(list.Names, name => Assert.True(list.Contains(name.ToUpperInvariant())));
        Assert.False(list.Contains("render-0"));
        Assert.True(list.ContainsAny(["x", list.Names[^1]]));
        Assert.False(list.ContainsAny(["x"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" , ,")]
    public void A_list_names_something(string text)
    {
        Assert.Null(NameList.Parse(text, out var refusal));
        Assert.Contains("it names nothing", refusal!);
    }
}
