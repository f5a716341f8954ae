using System.Text.Json;

namespace Quern.Protocol.Api;

/// <summary>A callback as its submitter writes it, of a job or (POST /api/v1/callbacks) of none; names are Qube's.</summary>
public sealed record CallbackRequest
{
    /// <summary>Events joined by <c>&amp;&amp;</c>, <c>||</c> and parentheses; a list of them runs it on each.</summary>
    public JsonElement? Triggers { get; init; }

    /// <summary><c>qube</c>, <c>python</c>, <c>exec</c>, <c>mail</c> or <c>post</c>; or Qube's number.</summary>
    public JsonElement? Language { get; init; }
    public string? Code { get; init; }

    /// <summary>Whose rights it has, for those who may impersonate to say; default the job's owner.</summary>
    public string? User { get; init; }

    /// <summary>Most times it runs; -1 (default) without limit.</summary>
    public int? Maximum { get; init; }

    /// <summary>The same, as archives call it.</summary>
    public int? Max { get; init; }

    /// <summary>Whatever else a script attaches: taken, and without meaning.</summary>
    [System.Text.Json.Serialization.JsonExtensionData]
    public IDictionary<string, JsonElement>? Other { get; set; }
}

/// <summary>A callback as it is.</summary>
public sealed record CallbackView
{
    public required int Id { get; init; }

    /// <summary>Its job; 0 = a global one.</summary>
    public required long Pid { get; init; }

    /// <summary>With ids in place of labels.</summary>
    public required string Triggers { get; init; }
    public required string Language { get; init; }

    /// <summary>For its owner and administrators.</summary>
    public required string Code { get; init; }
    public required string User { get; init; }

    /// <summary>Times it ran.</summary>
    public required int Count { get; init; }
    public required int Maximum { get; init; }

    /// <summary>Each event of the trigger, and whether it came since the callback last ran.</summary>
    public required IReadOnlyList<CallbackEventView> Ready { get; init; }

    /// <summary>When it last ran, Unix milliseconds; 0 = never.</summary>
    public required long Lastupdate { get; init; }

    /// <summary>Where it comes from when not from the submitter.</summary>
    public string? Source { get; init; }
}

public sealed record CallbackEventView
{
    public required string Event { get; init; }
    public required bool Fired { get; init; }
}

/// <summary>Answer to GET /api/v1/jobs/N/callbacks and GET /api/v1/callbacks.</summary>
public sealed record CallbackList
{
    public required IReadOnlyList<CallbackView> Callbacks { get; init; }
}

/// <summary>Body of POST /api/v1/triggers: an event of a user's own name.</summary>
public sealed record TriggerRequest
{
    public required string Name { get; init; }

    /// <summary>Only callbacks that wait for it of this job; default whoever waits for it.</summary>
    public long? Job { get; init; }
}

/// <summary>Answer: how many callbacks waited for it.</summary>
public sealed record TriggerReply
{
    public required int Heard { get; init; }
}

/// <summary>A callback of language post ran: an event <c>callback</c> of the live feed.</summary>
public sealed record PostView
{
    /// <summary>As history names it: <c>callback 12/0</c>.</summary>
    public required string Callback { get; init; }
    public required string User { get; init; }

    /// <summary>0 = of no job.</summary>
    public required long Job { get; init; }

    /// <summary>The event that made its trigger true.</summary>
    public required string Event { get; init; }

    /// <summary>As it was submitted: what it means is between who submitted it and who listens.</summary>
    public required string Code { get; init; }
}
