using Quern.Core.Expressions;

namespace Quern.Core.Tests.Expressions;

/// <summary>Whatever text they are given, the parsers answer: a value, or a sentence, and what they print they read as the same.</summary>
public sealed class Random_expressions
{
    private static readonly string[] Words =
    [
        "/", "/a", "/show/comp", "+", "*", ",", "||", "or", " ", "host.processors", "host.memory", "license.maya", "global", ".", "=", "1", "20", "2-4", "all", "-", "99999999999999999999",
        "host.cpus", "-host.x", "ü", "\t", "\0", "\n", "a", "ß.", "\ud800", "'", "(",
    ];

    private static readonly string[] Good =
    [
        "/showA+,/showB+", "/a || /b/* || /c/+", "host.processors=2-8,license.maya=1,host.memory=2000", "+host.memory.avail,-host.processors.used", "render-01,render-02", "/a/b/c",
        "host.processors=1+", "host.os == linux and host.memory.avail > 4000",
    ];

    [Fact]
    public void Should_be_answered_and_read_again()
    {
        const int seed = 11;
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var text = random.Next(2) == 0 ? Mixed(random) : Mutated(random);
            Check(text, ClusterPath.Parse);
            Check(text, ClusterChoice.Parse);
            Check(text, Restriction.Parse);
            Check(text, ReservationList.Parse);
            Check(text, HostOrder.Parse);
            Check(text, NameList.Parse);
            Check(text, Requirement.Parse);
        }
    }

    /// <summary>The longest texts end the parsers as the short ones do: work that doubled with each word would never come back.</summary>
    [Theory]
    [InlineData("/a")]
    [InlineData("/")]
    [InlineData("/a,")]
    [InlineData("/a||")]
    [InlineData("license.a,")]
    [InlineData("host.a=1,")]
    [InlineData("-host.a,")]
    [InlineData("-")]
    [InlineData("a")]
    [InlineData("1")]
    [InlineData("a,")]
    [InlineData("(")]
    public void Should_be_answered_however_long(string part)
    {
        var text = string.Concat(Enumerable.Repeat(part, 10_000 / part.Length));
        Check(text, ClusterPath.Parse);
        Check(text, ClusterChoice.Parse);
        Check(text, Restriction.Parse);
        Check(text, ReservationList.Parse);
        Check(text, HostOrder.Parse);
        Check(text, NameList.Parse);
        Check(text, Requirement.Parse);
    }

    private delegate T? Parser<T>(string text, out string? refusal);

    private static void Check<T>(string text, Parser<T> parse)
        where T : class
    {
        var value = parse(text, out var refusal);
        Assert.True(value is null == refusal is { Length: > 0 }, $"{typeof(T).Name} of '{text}': {refusal}");
        if (value is not null and not Requirement)
        {
            var printed = value.ToString()!;
            Assert.True(parse(printed, out _)?.ToString() == printed, $"{typeof(T).Name} of '{text}' prints as '{printed}' and reads as '{parse(printed, out refusal)}' {refusal}");
        }
    }

    private static string Mixed(Random random) => string.Concat(Enumerable.Range(0, random.Next(10)).Select(_ => Words[random.Next(Words.Length)]));

    private static string Mutated(Random random)
    {
        var text = Good[random.Next(Good.Length)];
        for (var change = random.Next(4); change >= 0 && text.Length > 0; change--)
        {
            var at = random.Next(text.Length);
            text = random.Next(3) switch
            {
                0 => text.Remove(at, 1),
                1 => text.Insert(at, Words[random.Next(Words.Length)]),
                _ => text[..at] + (char)random.Next(32, 127) + text[(at + 1)..],
            };
        }

        return text;
    }
}
