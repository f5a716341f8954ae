using CsCheck;
using Quern.Core.Agendas;

namespace Quern.Core.Tests.Agendas;

/// <summary>The examples of the reference, then sentences about any range.</summary>
public sealed class AgendaExamples
{
    private static Agenda Read(string range, AgendaSplit split = AgendaSplit.Frames, int size = 1, AgendaOrder order = AgendaOrder.Ascend)
    {
        var result = Agenda.Parse(range, split, size, order, 10_000_000);
        Assert.Null(result.Refusal);
        return result.Agenda!;
    }

    private static string Names(Agenda agenda) => string.Join(" ", Enumerable.Range(0, agenda.Count).Select(at => agenda[at].Name));

    [Theory]
    [InlineData("1-5", "1 2 3 4 5")]
    [InlineData(" 1 , 3-4 ", "1 3 4")]
    [InlineData("-10--8", "-10 -9 -8")]
    [InlineData("-1-1", "-1 0 1")]
    [InlineData("3--1", "3 2 1 0 -1")]
    [InlineData("1-10x3", "1 4 7 10")]
    [InlineData("1-100x10", "1 11 21 31 41 51 61 71 81 91")]
    [InlineData("-40--30x4", "-40 -36 -32")]
    [InlineData("10-1x4", "10 6 2")]
    [InlineData("1-3,2-5", "1 2 3 4 5")]
    [InlineData("ls,set,echo HI", "ls set|echo HI")]
    [InlineData("ls,1,ls,a-b", "ls 1 a-b")]
    [InlineData("007", "7")]
    public void A_range_has_these_items(string range, string expected)
        => Assert.Equal(expected.Replace('|', ' '), Names(Read(range)));

    [Theory]
    [InlineData("1-10", 5, "1-5 6-10")]
    [InlineData("1-9x2", 5, "1-9x2")]
    [InlineData("1-7", 3, "1-3 4-6 7")]
    [InlineData("ls,1-4", 2, "ls 1-2 3-4")]
    [InlineData("1,2,10", 3, "1-2,10")]
    public void Chunks_are_named_by_the_shortest_range(string range, int size, string expected)
        => Assert.Equal(expected, Names(Read(range, AgendaSplit.Chunks, size)));

    [Theory]
    [InlineData("1-10", 3, "1-4 5-8 9-10")]
    [InlineData("1-3", 0, "1 2 3")]
    [InlineData("1-3", 9, "1 2 3")]
    public void Partitions_divide_the_range(string range, int count, string expected)
        => Assert.Equal(expected, Names(Read(range, AgendaSplit.Partitions, count)));

    [Theory]
    [InlineData(AgendaOrder.Binary, "1 10 5 3 7 2 4 6 8 9")]
    [InlineData(AgendaOrder.Reverse, "10 9 8 7 6 5 4 3 2 1")]
    public void Items_come_in_the_order_asked_for(AgendaOrder order, string expected)
        => Assert.Equal(expected, Names(Read("1-10", AgendaSplit.Frames, 1, order)));

    [Theory]
    [InlineData("1-1099511627776", "1099511627776 frames")]
    [InlineData("1-9223372036854775807,1-9223372036854775807", "at most")]
    [InlineData("1,,2", "empty part")]
    [InlineData("1-5x0", "step")]
    [InlineData("", "empty part")]
    [InlineData("a\u0001b", "control character")]
    public void Nonsense_is_refused_in_one_sentence(string range, string part)
        => Assert.Contains(part, Agenda.Parse(range, AgendaSplit.Frames, 1, AgendaOrder.Ascend, 10_000_000).Refusal, StringComparison.Ordinal);

    [Fact]
    public void Names_are_unique_and_kept()
    {
        Assert.Contains("twice", Agenda.Named(["a", "a"], 10).Refusal, StringComparison.Ordinal);
        Assert.Contains("empty", Agenda.Named(["a", ""], 10).Refusal, StringComparison.Ordinal);
        var named = Agenda.Load(Agenda.Named(["left eye", "1-5", "n:3"], 10).Agenda!.Save());
        Assert.Equal("left eye 1-5 n:3", Names(named));
        Assert.True(named.TryIndexOf("1-5", out var index) && index == 1);
    }

    [Fact]
    public void A_million_frames_are_found_without_a_list()
    {
        var agenda = Read("1-1000000x1,-5");
        Assert.Equal(1_000_001, agenda.Count);
        Assert.True(agenda.TryIndexOf("999999", out var index) && index == 999_998);
        Assert.False(agenda.TryIndexOf("0", out _));
        Assert.False(agenda.TryIndexOf("0999", out _));
    }

    [Theory]
    [InlineData("1,3,5,7", "1-7x2")]
    [InlineData("1,2", "1-2")]
    [InlineData("1,5", "1,5")]
    [InlineData("1,5,6,7", "1,5-7")]
    [InlineData("5,4,3", "5-3")]
    [InlineData("4", "4")]
    public void Join_is_the_inverse_of_reading(string numbers, string expected)
        => Assert.Equal(expected, Agenda.Join(numbers.Split(',').Select(long.Parse)));

    private static readonly Gen<string> Ranges =
        Gen.Select(Gen.Int[-50, 200], Gen.Int[-50, 200], Gen.Int[1, 9], Gen.Int[0, 3])
            .Select(t => t.Item4 switch { 0 => $"{t.Item1}", 1 => $"{t.Item1}-{t.Item2}", 2 => $"{t.Item1}-{t.Item2}x{t.Item3}", _ => $"n{t.Item3}" })
            .List[1, 5].Select(parts => string.Join(",", parts));

    [Fact]
    public void Any_range_covers_its_frames_once_in_every_split_and_order()
        => Gen.Select(Ranges, Gen.Enum<AgendaSplit>(), Gen.Int[0, 9], Gen.Enum<AgendaOrder>()).Sample((range, split, size, order) =>
        {
            var agenda = Read(range, split, size, order);
            var again = Agenda.Load(agenda.Save());
            Assert.Equal(Names(agenda), Names(again));
            var seen = new HashSet<string>();
            var covered = new List<string>();
            for (var at = 0; at < agenda.Count; at++)
            {
                var item = agenda[at];
                Assert.True(seen.Add(item.Name), $"{range}: {item.Name} twice");
                Assert.True(agenda.TryIndexOf(item.Name, out var index) && index == at, $"{range}: {item.Name} not found");
                covered.AddRange(item.IsFrame ? Names(Read(item.Name)).Split(' ') : [item.Name]);
            }

            Assert.Equal(Names(Read(range)).Split(' ').Order(StringComparer.Ordinal), covered.Order(StringComparer.Ordinal));
        });

    [Fact]
    public void Any_text_is_read_or_refused()
        => Gen.String.Sample(text =>
        {
            var result = Agenda.Parse(text, AgendaSplit.Chunks, 3, AgendaOrder.Binary, 1000);
            Assert.True(result.Agenda is null != result.Refusal is null);
        });
}
