using System.Text.Json.Serialization;

namespace Quern.Core.Jobs;

/// <summary>The durable form of a job's two texts. Keys are part of the store's format: add, never rename.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(JobSpec))]
[JsonSerializable(typeof(JobState))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(Workers.WorkerFacts))]
[JsonSerializable(typeof(Workers.RemovedHost))]
[JsonSerializable(typeof(Workers.HostWords))]
[JsonSerializable(typeof(Triggers.GlobalCallbackState))]
[JsonSerializable(typeof(Triggers.OutboxEntry))]
internal sealed partial class CoreJson : JsonSerializerContext;

/// <summary>What changes of a job and is no count of its items or instances; see <see cref="Job"/>.</summary>
internal sealed record JobState
{
    public Hold Hold { get; init; }
    public ItemState Untouched { get; init; }

    /// <summary>Instances it has; 0 = as many as its submission wants.</summary>
    public int Instances { get; init; }
    public int AttemptBase { get; init; }
    public long SubmittedMs { get; init; }
    public long StartedMs { get; init; }
    public long EndedMs { get; init; }
    public long OutputGoneMs { get; init; }

    /// <summary>The dependency with labels replaced by ids.</summary>
    public string Dependency { get; init; } = "";
    public string Label { get; init; } = "";
    public long Pgrp { get; init; }
    public long Order { get; init; }

    /// <summary>Hosts it was migrated away from, by number: until when, Unix ms.</summary>
    public IReadOnlyDictionary<int, long> Bars { get; init; } = new Dictionary<int, long>();

    /// <summary>Bits of the terms of <see cref="Dependency"/> that came true.</summary>
    public ulong Satisfied { get; init; }
    public double MeanItemMs { get; init; }
    public int AutoMigrations { get; init; }

    /// <summary>One for each callback of the submission, in order; null = it has none.</summary>
    public IReadOnlyList<Triggers.CallbackState>? Callbacks { get; init; }
}
