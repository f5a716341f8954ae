using CsCheck;
using Quern.Core.Agendas;

namespace Quern.Core.Tests.Agendas;

public sealed class AgendaProperties
{
    private static readonly Gen<string> Token = Gen.OneOf(
        Gen.Long[-60, 60].Select(n => $"{n}"),
        Gen.Select(Gen.Long[-60, 60], Gen.Long[-60, 60]).Select((a, b) => $"{a}-{b}"),
        Gen.Select(Gen.Long[-60, 60], Gen.Long[-60, 60], Gen.Long[1, 9]).Select((a, b, s) => $"{a}-{b}x{s}"),
        Gen.Const("title"), Gen.Const("end credits"), Gen.Const("é"));

    private static readonly Gen<string> Range = Token.Array[1, 30].Select(tokens => string.Join(',', tokens));
    private static readonly Gen<AgendaSplit> Split = Gen.Enum<AgendaSplit>();
    private static readonly Gen<AgendaOrder> Order = Gen.Enum<AgendaOrder>();

    [Fact]
    public void NamesAreUniqueAndFoundAgain() =>
        Gen.Select(Range, Split, Gen.Int[1, 12], Order).Sample((range, split, size, order) =>
        {
            var agenda = Parse(range, split, size, order);
            var names = Names(agenda);
            Assert.Equal(names.Count, names.Distinct().Count());
            for (var i = 0; i < names.Count; i++)
            {
                Assert.True(agenda.TryIndexOf(names[i], out var index));
                Assert.Equal(i, index);
            }
        });

    [Fact]
    public void OnlyNamesAreFound() =>
        Gen.Select(Range, Split, Gen.Int[1, 12], Order, Gen.OneOf(Token, Range)).Sample((range, split, size, order, name) =>
        {
            var agenda = Parse(range, split, size, order);
            Assert.Equal(Names(agenda).IndexOf(name), agenda.TryIndexOf(name, out var index) ? index : -1);
        });

    [Fact]
    public void SavedAndLoadedItIsTheSame() =>
        Gen.Select(Range, Split, Gen.Int[1, 12], Order).Sample((range, split, size, order) =>
        {
            var agenda = Parse(range, split, size, order);
            var loaded = Agenda.Load(agenda.Save());
            Assert.Equal(Items(agenda), Items(loaded));
            Assert.Equal(agenda.Save(), loaded.Save());
        });

    [Fact]
    public void ChunksHoldEveryFrameOnceInOrder() =>
        Gen.Select(Range, Gen.OneOf(Gen.Const(AgendaSplit.Chunks), Gen.Const(AgendaSplit.Partitions)), Gen.Int[1, 12]).Sample((range, split, size) =>
        {
            var frames = Items(Parse(range, AgendaSplit.Frames, 0, AgendaOrder.Ascend));
            var chunks = Items(Parse(range, split, size, AgendaOrder.Ascend));
            var numbers = chunks.Where(item => item.IsFrame).SelectMany(item => Items(Parse(item.Name, AgendaSplit.Frames, 0, AgendaOrder.Ascend))).ToList();
            Assert.Equal(frames.Where(item => item.IsFrame), numbers);
            Assert.Equal(frames.Where(item => !item.IsFrame), chunks.Where(item => !item.IsFrame));
            var sizes = chunks.Where(item => item.IsFrame).Select(item => Parse(item.Name, AgendaSplit.Frames, 0, AgendaOrder.Ascend).Count).ToList();
            Assert.All(sizes.SkipLast(1), count => Assert.Equal(sizes[0], count));
        });

    [Fact]
    public void FramesAreWhatANaiveReaderGives() =>
        Range.Sample(range =>
        {
            var naive = range.Split(',').SelectMany(Naive).Distinct();
            Assert.Equal(naive, Names(Parse(range, AgendaSplit.Frames, 0, AgendaOrder.Ascend)));
        });

    [Fact]
    public void OrdersArePermutations() =>
        Gen.Select(Range, Split, Gen.Int[1, 12]).Sample((range, split, size) =>
        {
            var ascending = Names(Parse(range, split, size, AgendaOrder.Ascend));
            Assert.Equal(Enumerable.Reverse(ascending), Names(Parse(range, split, size, AgendaOrder.Reverse)));
            Assert.Equal(ascending.Order(), Names(Parse(range, split, size, AgendaOrder.Binary)).Order());
        });

    [Fact]
    public void JoinedNumbersReadBackAsTheyWere() =>
        Gen.Long[-50, 50].Array[0, 60].Sample(numbers =>
        {
            var distinct = numbers.Distinct().ToList();
            if (distinct.Count > 0)
            {
                Assert.Equal(distinct.Select(n => $"{n}"), Names(Parse(Agenda.Join(distinct), AgendaSplit.Frames, 0, AgendaOrder.Ascend)));
            }
        });

    [Fact]
    public void NoTextMakesItThrow() =>
        Gen.OneOf(Gen.String, Gen.String[Gen.Char["0123456789-x, aX+"], 0, 60]).Sample(text =>
        {
            var result = Agenda.Parse(text, AgendaSplit.Frames, 0, AgendaOrder.Ascend, 10_000);
            Assert.NotEqual(result.Agenda is null, result.Refusal is null);
            if (result.Agenda is { } agenda)
            {
                Assert.InRange(agenda.Count, 1, 10_000);
                Assert.Equal(Items(agenda), Items(Agenda.Load(agenda.Save())));
            }
        });

    [Fact]
    public void IndexSetsReadBack() =>
        Gen.Int[0, 200].Array[0, 80].Sample(indexes =>
        {
            var text = IndexRanges.Format(indexes);
            Assert.Equal(indexes.Distinct().Order(), IndexRanges.Expand(text));
            Assert.True(IndexRanges.TryParse(text, out var ranges));
            Assert.Equal(text, IndexRanges.Format(ranges));
        });

    [Theory]
    [InlineData("5-3")]
    [InlineData("3-3")]
    [InlineData("1,2")]
    [InlineData("2,1")]
    [InlineData("-1")]
    [InlineData("1-3,")]
    [InlineData("01")]
    [InlineData("99999999999")]
    public void IndexSetsHaveOneText(string text) => Assert.False(IndexRanges.TryParse(text, out _));

    [Fact]
    public void IndexSetsReachTheEndOfAnInt() => Assert.Equal("0,2147483646-2147483647", IndexRanges.Format([int.MaxValue, 0, int.MaxValue - 1]));

    private static IEnumerable<string> Naive(string token)
    {
        var match = System.Text.RegularExpressions.Regex.Match(token, "^(-?[0-9]+)(?:-(-?[0-9]+)(?:x([0-9]+))?)?$");
        if (!match.Success)
        {
            yield return token;
            yield break;
        }
        var first = long.Parse(match.Groups[1].Value);
        var last = match.Groups[2].Success ? long.Parse(match.Groups[2].Value) : first;
        var step = match.Groups[3].Success ? long.Parse(match.Groups[3].Value) : 1;
        for (var n = first; first <= last ? n <= last : n >= last; n += first <= last ? step : -step)
        {
            yield return $"{n}";
        }
    }

    private static Agenda Parse(string range, AgendaSplit split, int size, AgendaOrder order)
    {
        var result = Agenda.Parse(range, split, size, order, 1_000_000);
        Assert.Null(result.Refusal);
        return result.Agenda!;
    }

    private static List<AgendaItem> Items(Agenda agenda) => [.. Enumerable.Range(0, agenda.Count).Select(i => agenda[i])];

    private static List<string> Names(Agenda agenda) => [.. Items(agenda).Select(item => item.Name)];
}
