using Quern.Core;

namespace Quern.Store;

/// <summary>Which events of the whole farm are wanted, in the order in which they happened.</summary>
/// <param name="After">Only later ones than this sequence number.</param>
public sealed record EventQuery(long After = 0)
{
    public long SinceMs { get; init; }
    public long UntilMs { get; init; } = long.MaxValue;

    /// <summary>Who did it; null = anybody.</summary>
    public string? User { get; init; }

    /// <summary>Null = any, and those about no job.</summary>
    public long? Job { get; init; }

    /// <summary>A host from which it was done, or of which the event tells; null = any.</summary>
    public string? Host { get; init; }
    public EventComponent Components { get; init; } = EventComponent.All;

    public bool Matches(EventRow row)
        => row.Sequence > After && row.UnixMs >= SinceMs && row.UnixMs <= UntilMs && (row.Component & Components) != 0
        && (User is null || row.Who == User) && (Job is null || row.Job == Job) && (Host is null || IsAbout(row, Host));

    private static bool IsAbout(EventRow row, string host)
    {
        if (row.From.Equals(host, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        for (var at = row.Comment.IndexOf(host, StringComparison.OrdinalIgnoreCase); at >= 0; at = row.Comment.IndexOf(host, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if (IsEdge(row.Comment, at - 1) && IsEdge(row.Comment, at + host.Length))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What stands there is no part of a host's name: node1 is not in node10, and the full stop after a name is none of it.</summary>
    private static bool IsEdge(string text, int at)
        => at < 0 || at >= text.Length || !(char.IsLetterOrDigit(text[at]) || text[at] is '-' or '_' || (text[at] == '.' && at + 1 < text.Length && char.IsLetterOrDigit(text[at + 1])));
}

/// <summary>A part of the answer to an <see cref="EventQuery"/>.</summary>
/// <param name="Next">From where the next part is asked for; null = there is no more now.</param>
public sealed record EventPage(IReadOnlyList<EventRow> Events, long? Next);

/// <summary>What there is of events.</summary>
/// <param name="First">Of the oldest; 0 = there is none.</param>
/// <param name="Before">Of the last that is older than the moment asked about; 0 = none is.</param>
public readonly record struct EventSpan(long First, long Last, long Before);
