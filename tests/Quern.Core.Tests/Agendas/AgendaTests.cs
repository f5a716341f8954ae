using Quern.Core.Agendas;

namespace Quern.Core.Tests.Agendas;

public sealed class AgendaTests
{
    private const int Limit = 1_000_000;

    [Theory]
    [InlineData("1-5", "1 2 3 4 5")]
    [InlineData("7", "7")]
    [InlineData(" 1 , 3-4 ", "1 3 4")]
    [InlineData("-100", "-100")]
    [InlineData("-3-3", "-3 -2 -1 0 1 2 3")]
    [InlineData("-3--1", "-3 -2 -1")]
    [InlineData("3--1", "3 2 1 0 -1")]
    [InlineData("-8-4x4", "-8 -4 0 4")]
    [InlineData("1-10x3", "1 4 7 10")]
    [InlineData("1-9x3", "1 4 7")]
    [InlineData("10-1x4", "10 6 2")]
    [InlineData("1-10x100", "1")]
    [InlineData("5-5x2", "5")]
    [InlineData("007", "7")]
    [InlineData("-0", "0")]
    [InlineData("3,1-5", "3 1 2 4 5")]
    [InlineData("1-9x2,2-8x2", "1 3 5 7 9 2 4 6 8")]
    [InlineData("1-3,2-5,1", "1 2 3 4 5")]
    [InlineData("1,1,1", "1")]
    [InlineData("ls,set,ls", "ls set")]
    [InlineData("1-2,title,3,title,2-4", "1 2 title 3 4")]
    [InlineData("a,5-6,b,6-7,c", "a 5 6 b 7 c")]
    [InlineData("shot10,x3,1:5", "shot10 x3 1:5")]
    public void Frames(string range, string names) => Assert.Equal(names, Names(range, AgendaSplit.Frames, 0));

    [Fact]
    public void LiteralKeepsItsSpaces()
    {
        var agenda = Parse("ls,set, echo HI ", AgendaSplit.Frames, 0);
        Assert.Equal(new AgendaItem("echo HI", false, 0, 0, 0), agenda[2]);
    }

    [Theory]
    [InlineData("1-10", 5, "1-5 6-10")]
    [InlineData("1-10", 4, "1-4 5-8 9-10")]
    [InlineData("1-11", 5, "1-5 6-10 11")]
    [InlineData("1-20x2", 5, "1-9x2 11-19x2")]
    [InlineData("1-10x2", 2, "1,3 5,7 9")]
    [InlineData("10-1", 4, "10-7 6-3 2-1")]
    [InlineData("1-5,title,6-10,end", 10, "title end 1-10")]
    [InlineData("1,2,5,9-11", 4, "1-2,5,9 10-11")]
    [InlineData("-3-2", 3, "-3--1 0-2")]
    [InlineData("7", 3, "7")]
    [InlineData("1-3", 0, "1 2 3")]
    public void Chunks(string range, int size, string names) => Assert.Equal(names, Names(range, AgendaSplit.Chunks, size));

    [Theory]
    [InlineData("1-10", 2, "1-5 6-10")]
    [InlineData("1-10", 3, "1-4 5-8 9-10")]
    [InlineData("1-10", 6, "1-2 3-4 5-6 7-8 9-10")]
    [InlineData("1-3", 10, "1 2 3")]
    [InlineData("1-3", 0, "1 2 3")]
    [InlineData("1-3,end", -1, "end 1 2 3")]
    [InlineData("1-10", 1, "1-10")]
    public void Partitions(string range, int count, string names) => Assert.Equal(names, Names(range, AgendaSplit.Partitions, count));

    [Theory]
    [InlineData("1-10", AgendaSplit.Frames, 0, AgendaOrder.Binary, "1 10 5 3 7 2 4 6 8 9")]
    [InlineData("1-10", AgendaSplit.Chunks, 2, AgendaOrder.Binary, "1-2 9-10 5-6 3-4 7-8")]
    [InlineData("1-2", AgendaSplit.Frames, 0, AgendaOrder.Binary, "1 2")]
    [InlineData("4", AgendaSplit.Frames, 0, AgendaOrder.Binary, "4")]
    [InlineData("1-4,end", AgendaSplit.Frames, 0, AgendaOrder.Reverse, "end 4 3 2 1")]
    [InlineData("1-5", AgendaSplit.Chunks, 2, AgendaOrder.Reverse, "5 3-4 1-2")]
    public void Orders(string range, AgendaSplit split, int size, AgendaOrder order, string names) => Assert.Equal(names, Names(range, split, size, order));

    [Theory]
    [InlineData("1-9x2", 5, 1, 9, 2)]
    [InlineData("1-9x2", 2, 1, 3, 2)]
    [InlineData("10-1", 5, 10, 6, 1)]
    [InlineData("9,1,2,30", 4, 1, 30, 1)]
    [InlineData("7", 4, 7, 7, 1)]
    public void NumbersOfTheFirstChunk(string range, int size, long start, long end, long step)
    {
        var item = Parse(range, AgendaSplit.Chunks, size)[0];
        Assert.Equal((true, start, end, step), (item.IsFrame, item.Start, item.End, item.Step));
    }

    [Theory]
    [InlineData("", "an empty part")]
    [InlineData("1,,2", "an empty part")]
    [InlineData("1-10,", "an empty part")]
    [InlineData("1-", "\"1-\"")]
    [InlineData("5,1-10x", "\"1-10x\"")]
    [InlineData("1-10x0", "step 0")]
    [InlineData("1-10x-2", "\"1-10x-2\"")]
    [InlineData("1-2-3", "\"1-2-3\"")]
    [InlineData("10x5", "\"10x5\"")]
    [InlineData("1---5", "\"1---5\"")]
    [InlineData("1-10X2", "\"1-10X2\"")]
    [InlineData("99999999999999999999", "64 bits")]
    [InlineData("1-9999999999999999999999999999999999999999999999", "64 bits")]
    [InlineData("-9223372036854775807-9223372036854775807", "2^62 frames")]
    [InlineData("1-4611686018427387904,1-4611686018427387904", "2^62 frames")]
    [InlineData("1-1099511627776", "1099511627776 items, more than 1000000")]
    [InlineData("1-600000,600001-1200000", "1200000 items")]
    [InlineData("1-1099511627776,1-1099511627776", "1099511627776 items")]
    [InlineData("a\tb", "control character")]
    public void Refusals(string range, string part)
    {
        var result = Agenda.Parse(range, AgendaSplit.Frames, 0, AgendaOrder.Ascend, Limit);
        Assert.Null(result.Agenda);
        Assert.Contains(part, result.Refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Refusal!);
    }

    [Fact]
    public void ARefusalQuotesALongTokenInPart()
    {
        var result = Agenda.Parse(new string('1', 100_000) + "-", AgendaSplit.Frames, 0, AgendaOrder.Ascend, Limit);
        Assert.InRange(result.Refusal!.Length, 1, 250);
    }

    [Fact]
    public void OverlapsTooLargeToSortOutAreRefused() =>
        Assert.Contains("without overlap", Agenda.Parse("1-1000000000,5-1000000000", AgendaSplit.Chunks, 1_000_000, AgendaOrder.Ascend, 1000).Refusal, StringComparison.Ordinal);

    [Fact]
    public void HugeRangesInHugeChunksAreComputed()
    {
        var agenda = Parse("1-1099511627776", AgendaSplit.Chunks, 1 << 30);
        Assert.Equal(1024, agenda.Count);
        Assert.Equal("1098437885953-1099511627776", agenda[1023].Name);
        Assert.True(agenda.TryIndexOf("1098437885953-1099511627776", out var index));
        Assert.Equal(1023, index);
    }

    [Fact]
    public void TheEndsOfALongAreNumbersLikeOthers()
    {
        var agenda = Parse("9223372036854775805-9223372036854775807,-9223372036854775807", AgendaSplit.Frames, 0);
        Assert.Equal("-9223372036854775807", agenda[3].Name);
        Assert.True(agenda.TryIndexOf("9223372036854775806", out var index));
        Assert.Equal(1, index);
        Assert.Equal("9223372036854775805-9223372036854775807,-9223372036854775807", Parse("9223372036854775805-9223372036854775807,-9223372036854775807", AgendaSplit.Chunks, 9)[0].Name);
    }

    [Theory]
    [InlineData("1-1000000", AgendaOrder.Ascend, 1000)]
    [InlineData("1-400000,500001-1000000x2,title", AgendaOrder.Reverse, 1000)]
    [InlineData("1-1000000x2,2-1000000x2", AgendaOrder.Ascend, 1000)]
    [InlineData("1-1000000", AgendaOrder.Binary, 9_000_000)]
    public void Memory(string range, AgendaOrder order, long most)
    {
        var agenda = Agenda.Parse(range, AgendaSplit.Frames, 0, order, Limit).Agenda!;
        Assert.InRange(agenda.AgendaBytes, 1, most);
        Assert.InRange(agenda.Save().Length, 1, 100);
    }

    [Fact]
    public void NamedItems()
    {
        var agenda = Agenda.Named(["7", "a,b", " c "], 3).Agenda!;
        Assert.Equal(new AgendaItem("a,b", false, 0, 0, 0), agenda[1]);
        Assert.True(agenda.TryIndexOf(" c ", out var index));
        Assert.Equal(2, index);
        Assert.False(agenda.TryIndexOf("c", out _));
        Assert.Equal(" c ", Agenda.Load(agenda.Save())[2].Name);
    }

    [Fact]
    public void NamedRefusals()
    {
        Assert.Contains("twice", Agenda.Named(["a", "b", "a"], 10).Refusal, StringComparison.Ordinal);
        Assert.Contains("empty name", Agenda.Named(["a", ""], 10).Refusal, StringComparison.Ordinal);
        Assert.Contains("control", Agenda.Named(["a\nb"], 10).Refusal, StringComparison.Ordinal);
        Assert.Contains("more than 1", Agenda.Named(["a", "b"], 1).Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("frames")]
    [InlineData("frames Up 1-10")]
    [InlineData("chunk:0 Ascend 1-10")]
    [InlineData("chunk:x Ascend 1-10")]
    [InlineData("frames Ascend 1-10x0")]
    [InlineData("frames Ascend 1-1099511627776")]
    public void LoadRefusesWhatSaveNeverWrote(string text) => Assert.Throws<FormatException>(() => Agenda.Load(text));

    [Theory]
    [InlineData("1,3,5,7", "1-7x2")]
    [InlineData("1,2,3", "1-3")]
    [InlineData("1,5", "1,5")]
    [InlineData("1,2", "1-2")]
    [InlineData("5,4,3,9,9", "5-3,9,9")]
    [InlineData("1,5,6,7", "1,5-7")]
    [InlineData("-3,-2,-1", "-3--1")]
    [InlineData("4", "4")]
    public void Join(string numbers, string text) => Assert.Equal(text, Agenda.Join(numbers.Split(',').Select(long.Parse)));

    [Fact]
    public void AnIndexOutsideIsRefused()
    {
        var agenda = Parse("1-3", AgendaSplit.Frames, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => agenda[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => agenda[-1]);
    }

    private static Agenda Parse(string range, AgendaSplit split, int size, AgendaOrder order = AgendaOrder.Ascend)
    {
        var result = Agenda.Parse(range, split, size, order, Limit);
        Assert.Null(result.Refusal);
        return result.Agenda!;
    }

    private static string Names(string range, AgendaSplit split, int size, AgendaOrder order = AgendaOrder.Ascend)
    {
        var agenda = Parse(range, split, size, order);
        return string.Join(' ', Enumerable.Range(0, agenda.Count).Select(i => agenda[i].Name));
    }
}
