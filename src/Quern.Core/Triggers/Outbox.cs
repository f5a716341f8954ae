namespace Quern.Core.Triggers;

public enum OutboxKind
{
    /// <summary>A message for a mail server.</summary>
    Mail,

    /// <summary>A callback's job, which waits because too many of them have not ended.</summary>
    CallbackJob,
}

/// <summary>
/// Something that a turn wants done outside the farm: committed with the turn, done after it, kept until it is done. So a crash loses none; one between the
/// doing and the note that it is done does it again, with the same <see cref="Key"/>.
/// </summary>
public sealed record OutboxEntry
{
    public required long Id { get; init; }
    public OutboxKind Kind { get; init; }
    public required long CreatedMs { get; init; }

    /// <summary>The job whose history tells of it; 0 = none.</summary>
    public long Job { get; init; }

    /// <summary>The callback it comes from, as history names it.</summary>
    public string Origin { get; init; } = "";

    /// <summary>Owner of the callback.</summary>
    public string User { get; init; } = "";

    /// <summary>Of a mail: addresses, comma separated; names without a domain get the site's. Empty = the administrator.</summary>
    public string To { get; init; } = "";

    /// <summary>Of a mail: which template, <c>job</c>, <c>subjob</c>, <c>work</c> or <c>license</c>; of a callback's job: its command.</summary>
    public string Content { get; init; } = "";

    /// <summary>Of a mail: what the template's variables stand for; of a callback's job: its environment.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    public int Attempts { get; init; }

    /// <summary>Not before, Unix milliseconds.</summary>
    public long DueMs { get; init; }
    public string Failure { get; init; } = "";

    /// <summary>The same for every attempt, and for no other entry.</summary>
    public string Key => $"{CreatedMs:x}.{Id}";
}

/// <summary>A callback of language post ran: whoever listens to the live feed is told after the commit.</summary>
/// <param name="Code">As it was submitted; the listener knows what it means.</param>
public sealed record CallbackPost(string Origin, string User, long Job, string Happened, string Code);
