using Quern.Core.Expressions;

namespace Quern.Core.Tests.Expressions;

public sealed class When_requirements_are_read
{
    private static readonly Dictionary<string, string> Values = new()
    {
        ["host.os"] = "linux", ["host.name"] = "render-01", ["host.processors.total"] = "16", ["host.processors.used"] = "0", ["host.processor_speed"] = "3200",
        ["host.memory.avail"] = "8000", ["host.jobtypes"] = "cmdline,maya", ["host.duty.id"] = "7,12", ["host.duty.type"] = "cmdrange, myType", ["job.id"] = "12",
        ["job.kind"] = "sim", ["host.duty.kind"] = "comp", ["host.worker_mode"] = "desktop", ["host.flags"] = "6",
    };

    private static bool Holds(string text)
    {
        var requirement = Requirement.Parse(text, out var refusal);
        Assert.True(requirement is not null, $"{text}: {refusal}");
        return requirement.Holds(name => Values.TryGetValue(name, out var value) ? new ExpressionValue(value) : ExpressionValue.None);
    }

    /// <summary>Every example of the reference (qube-jobs 11.1), and what C says of precedence.</summary>
    [Theory]
    [InlineData("host.os eq linux")]
    [InlineData("host.os=linux or host.os=osx")]
    [InlineData("host.processors.total > 10")]
    [InlineData("\"maya\" in host.jobtypes")]
    [InlineData("not (job.kind in host.duty.kind)")]
    [InlineData("host.duty.type has myType")]
    [InlineData("host.processors.used=0")]
    [InlineData("host.os = linux and host.processor_speed >= 3000")]
    [InlineData("host.worker_mode == 'desktop'")]
    [InlineData("HOST.OS == 'Linux'")]
    [InlineData("host.os == linux, host.memory.avail > 4000")]
    [InlineData("host.os == osx || host.os == linux, host.memory.avail > 4000")]
    [InlineData("host.name == \"render-01\"")]
    [InlineData("1 + 2 * 3 == 7")]
    [InlineData("10 mod 4 eq 2 && 7 div 2 > 3")]
    [InlineData("4 min 2 == 2 and 4 max 2 == 4")]
    [InlineData("host.flags & 2")]
    [InlineData("1 << 3 == 8")]
    [InlineData("not 0 and !(1 xor 1)")]
    [InlineData("1 ^ 0")]
    [InlineData("2 <> 3 and 2 != 3 and 2 ne 3")]
    [InlineData("9 < 10")]
    [InlineData("-1 < 0")]
    [InlineData("host.nothing == ''")]
    [InlineData("1 or 0 and 0")]
    public void Should_hold(string text) => Assert.True(Holds(text));

    [Theory]
    [InlineData("host.os eq osx")]
    [InlineData("not (job.id in host.duty.id)")]
    [InlineData("not(host.duty.type has myType)")]
    [InlineData("host.os = winnt and host.processor_speed >= 3000")]
    [InlineData("host.os == osx || host.os == linux, host.memory.avail > 9000")]
    [InlineData("host.nothing > 5")]
    [InlineData("'' in host.jobtypes")]
    [InlineData("5 div 0")]
    public void Should_not_hold(string text) => Assert.False(Holds(text));

    [Theory]
    [InlineData("host.os == == linux", "at character 12: '==' does not belong there\n    host.os == == linux\n               ^")]
    [InlineData("host.os ==", "it ends where a value belongs")]
    [InlineData("", "it ends where a value belongs")]
    [InlineData("(host.os == linux", "it ends where a value belongs")]
    [InlineData("host.os == linux)", "at character 17:")]
    [InlineData("host.os == 'linux", "at character 12:")]
    [InlineData("host.os @ linux", "at character 9:")]
    [InlineData("host.name == render-01", "'render' is text and cannot be calculated with; put names that hold an operator's character in quotes")]
    [InlineData("hots.os == linux", "at character 1: 'hots.os' is no operand, did you mean 'host.os'?; operands begin with host. or job.")]
    [InlineData("file.name == linux", "'file.name' is no operand; operands begin with host. or job.")]
    [InlineData("1 or job.proirity < 5", "at character 6: there is no operand 'job.proirity', did you mean 'job.priority'?; a job has id, pid")]
    [InlineData("host.os\t== == linux", "\n    host.os == == linux\n               ^")]
    public void Should_say_where_it_is_wrong(string text, string expected)
    {
        Assert.Null(Requirement.Parse(text, out var refusal));
        Assert.Contains(expected, refusal!);
        var lines = refusal!.Split('\n');
        Assert.True(lines.Length == (text.Length == 0 ? 1 : 3) && lines.Skip(1).All(line => line.StartsWith(ExpressionProblem.Indent, StringComparison.Ordinal)), refusal);
    }

    [Fact]
    public void Should_refuse_what_nests_without_end()
    {
        Assert.Null(Requirement.Parse(new string('(', 4000) + "1" + new string(')', 4000), out var refusal));
        Assert.Contains("nests more than", refusal!);
        Assert.Null(Requirement.Parse(new string('!', 5000) + "1", out _));
        Assert.Null(Requirement.Parse(string.Concat(Enumerable.Repeat("not ", 2400)) + "1", out _));
    }

    /// <summary>Whatever it is given it answers: a requirement, or a sentence.</summary>
    [Fact]
    public void Should_take_anything()
    {
        var random = new Random(7);
        string[] words = ["host.os", "job.id", "linux", "'a b'", "12", "1.5", "(", ")", ",", "and", "or", "not", "==", "=", "<", ">=", "in", "has", "+", "-", "*", "/", "%", "&", "|", "<<", "!", "^", "\"", "@", "ü", ".", " "];
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Join(random.Next(2) == 0 ? " " : "", Enumerable.Range(0, random.Next(12)).Select(_ => words[random.Next(words.Length)]));
            var requirement = Requirement.Parse(text, out var refusal);
            Assert.True(requirement is null == refusal is { Length: > 0 }, text);
            requirement?.Holds(_ => new ExpressionValue("7"));
        }
    }
}
