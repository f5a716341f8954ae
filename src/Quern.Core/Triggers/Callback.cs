using Quern.Core.Jobs;

namespace Quern.Core.Triggers;

/// <summary>
/// A callback as it is. Each event of its trigger that comes true is kept (<see cref="Ready"/>) until the whole is true; then the callback runs once
/// and waits anew. The supervisor's loop owns it.
/// </summary>
public sealed class Callback
{
    internal Callback(int id, Job? job, CallbackSpec spec, TriggerExpression trigger, string user)
    {
        (Id, Job, Spec, Trigger, User) = (id, job, spec, trigger, user);
        Codes = spec.Language == CallbackLanguages.Qube ? QubeCode.Parse(spec.Code, out _)! : [];
    }

    /// <summary>Numbered from 0 in its job, from 1 among the global ones.</summary>
    public int Id { get; }

    /// <summary>Null for a global one.</summary>
    public Job? Job { get; }
    public CallbackSpec Spec { get; }
    public TriggerExpression Trigger { get; }

    /// <summary>Whose rights its code has.</summary>
    public string User { get; }

    /// <summary>A bit for each event of the trigger that came true since the callback last ran.</summary>
    public ulong Ready { get; internal set; }

    /// <summary>Times it ran.</summary>
    public int Count { get; internal set; }
    public long LastUpdateMs { get; internal set; }
    public long CreatedMs { get; internal init; }

    /// <summary>A global one that an administrator of the supervisor submitted: it acts as one.</summary>
    internal bool IsAdministrators { get; init; }

    /// <summary>Unix milliseconds up to which events of time were looked at.</summary>
    internal long TimedToMs { get; set; }

    internal IReadOnlyList<QubeCode> Codes { get; }

    /// <summary>It ran as often as it may.</summary>
    public bool IsSpent => Spec.Maximum >= 0 && Count >= Spec.Maximum;

    /// <summary>For history: <c>callback 12/0</c>, or <c>callback 3</c> for a global one.</summary>
    public override string ToString() => Job is null ? $"callback {Id}" : $"callback {Job.Id}/{Id}";
}

/// <summary>What of a callback is durable beside its job's submission.</summary>
internal sealed record CallbackState
{
    /// <summary>The trigger with ids in place of labels.</summary>
    public string Trigger { get; init; } = "";
    public ulong Ready { get; init; }
    public int Count { get; init; }
    public long UpdatedMs { get; init; }
    public long TimedToMs { get; init; }
    public long CreatedMs { get; init; }

    public static CallbackState Of(Callback callback) => new()
    {
        Trigger = callback.Trigger.ToString(), Ready = callback.Ready, Count = callback.Count, UpdatedMs = callback.LastUpdateMs, TimedToMs = callback.TimedToMs, CreatedMs = callback.CreatedMs,
    };
}

/// <summary>The durable form of a global callback.</summary>
internal sealed record GlobalCallbackState
{
    public required CallbackSpec Spec { get; init; }
    public string User { get; init; } = "";
    public bool IsAdministrators { get; init; }
    public required CallbackState State { get; init; }
}
