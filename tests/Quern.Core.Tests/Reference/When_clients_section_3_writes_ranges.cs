using Quern.Core.Agendas;

namespace Quern.Core.Tests.Reference;

/// <summary>The texts of the range syntax that <see cref="Agendas.AgendaExamples"/> has not. Source: reference, qube-clients 3.</summary>
public sealed class When_clients_section_3_writes_ranges
{
    private static string Names(string range, AgendaSplit split = AgendaSplit.Frames, int size = 1, AgendaOrder order = AgendaOrder.Ascend)
    {
        var agenda = Agenda.Parse(range, split, size, order, 1000).Agenda!;
        return string.Join(' ', Enumerable.Range(0, agenda.Count).Select(at => agenda[at].Name));
    }

    [Theory]
    [InlineData("-100", "-100", "-100", 1)]
    [InlineData("-100-100", "-100", "100", 201)]
    [InlineData("-100--10", "-100", "-10", 91)]
    [InlineData("-40-30x4", "-40", "28", 18)]
    [InlineData("100--10", "100", "-10", 111)]
    [InlineData("1-100x3", "1", "100", 34)]
    public void Should_begin_end_and_count_so(string range, string first, string last, int count)
    {
        var agenda = Agenda.Parse(range, AgendaSplit.Frames, 1, AgendaOrder.Ascend, 1000).Agenda!;
        Assert.Equal((first, last, count), (agenda[0].Name, agenda[agenda.Count - 1].Name, agenda.Count));
    }

    [Theory]
    [InlineData("1-10", AgendaSplit.Chunks, 5, AgendaOrder.Binary, "1-5 6-10")]
    [InlineData("1-10", AgendaSplit.Chunks, 2, AgendaOrder.Binary, "1-2 9-10 5-6 3-4 7-8")]
    [InlineData("1-11", AgendaSplit.Chunks, 5, AgendaOrder.Ascend, "1-5 6-10 11")]
    [InlineData("1-4,ls", AgendaSplit.Chunks, 2, AgendaOrder.Ascend, "ls 1-2 3-4")]
    [InlineData("1-10", AgendaSplit.Partitions, 4, AgendaOrder.Ascend, "1-3 4-6 7-9 10")]
    [InlineData("1-5", AgendaSplit.Frames, 1, AgendaOrder.Reverse, "5 4 3 2 1")]
    [InlineData("3,1,3,2,1", AgendaSplit.Frames, 1, AgendaOrder.Ascend, "3 1 2")]
    public void Should_be_split_and_ordered_so(string range, AgendaSplit split, int size, AgendaOrder order, string names) => Assert.Equal(names, Names(range, split, size, order));
}
