using System.Text.Json.Serialization;

namespace Quern.Protocol.Api;

public sealed record HostView
{
    public required int Id { get; init; }
    public required string Name { get; init; }
    public required string Address { get; init; }
    /// <summary>active, down, panic.</summary>
    public required string State { get; init; }
    public required int SlotsUsed { get; init; }
    public required int SlotsTotal { get; init; }
    public required string Cluster { get; init; }
    public required string Groups { get; init; }
    /// <summary>Clusters whose jobs it takes; empty = any.</summary>
    public string Restrictions { get; init; } = "";
    public required bool Locked { get; init; }

    /// <summary>Why it gets nothing, or less than it has slots: its troubles (panic) or its lock; empty when nothing holds it back.</summary>
    public required string Reason { get; init; }
    /// <summary><c>host.os</c>, <c>host.worker_mode</c>, <c>host.proxy_mode</c> ... without the leading <c>host.</c></summary>
    public required IReadOnlyDictionary<string, string> Properties { get; init; }
    /// <summary><c>processors</c> -> <c>2/8</c>.</summary>
    public required IReadOnlyDictionary<string, string> Resources { get; init; }
    /// <summary>Instances running there: <c>12.0</c>.</summary>
    public required IReadOnlyList<string> Subjobs { get; init; }
    /// <summary>Unix milliseconds of the last sign of life.</summary>
    public required long LastContact { get; init; }
}

public sealed record HostList
{
    public required IReadOnlyList<HostView> Hosts { get; init; }
}

/// <summary>Locks or opens slots of hosts.</summary>
public sealed record LockRequest
{
    /// <summary>Names of hosts.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>Numbers of slots from 0; absent or empty = all.</summary>
    public IReadOnlyList<int>? Slots { get; init; }

    /// <summary>True locks, false opens; not looked at where <see cref="Value"/> is given.</summary>
    public bool Lock { get; init; } = true;

    /// <summary>What runs on the locked slots is ended and runs elsewhere; else it finishes its current item.</summary>
    public bool Purge { get; init; }

    /// <summary>A whole lock in Qube's text: <c>host.processor_all=weekcalendar { ... }</c>. Replaces what there is.</summary>
    public string? Value { get; init; }
}

/// <summary>One line of history.</summary>
public sealed record EventView
{
    public required long Sequence { get; init; }
    /// <summary>Unix milliseconds.</summary>
    public required long Time { get; init; }
    public required long Job { get; init; }
    /// <summary>-1 = not about an instance.</summary>
    public required int Sub { get; init; }
    /// <summary>Item or items by range text; empty = not about items.</summary>
    public required string Work { get; init; }
    /// <summary>Who did it, or <c>__QUBE_SYSTEM__</c>.</summary>
    public required string Who { get; init; }
    /// <summary>From which host.</summary>
    public required string From { get; init; }
    public required string Comment { get; init; }

    /// <summary>job, subjob, work, callback, user, admin or mail.</summary>
    public string Component { get; init; } = "";
}

public sealed record EventList
{
    public required IReadOnlyList<EventView> Events { get; init; }
}

/// <summary>Answer to GET /api/v1/ping.</summary>
public sealed record PingReply
{
    public required string Role { get; init; }
    public required string Name { get; init; }
    public required string Address { get; init; }
    public required string Version { get; init; }
    public required string Os { get; init; }
    public required int Port { get; init; }
    /// <summary>The caller, as the supervisor knows them.</summary>
    public required string User { get; init; }
    /// <summary>Unix milliseconds.</summary>
    public required long Time { get; init; }
    public required int Jobs { get; init; }
    public required int Workers { get; init; }
    public required int Running { get; init; }
}

/// <summary>Body of POST /api/v1/workers/join. The caller proves its right by a one-time token, or by being root or the state's owner on the local socket.</summary>
public sealed record JoinRequest
{
    public string? Token { get; init; }
    public required string Name { get; init; }
    /// <summary>PKCS#10 request, PEM.</summary>
    public required string CertificateRequest { get; init; }
    /// <summary>service or desktop.</summary>
    public required string Mode { get; init; }
    public required string Owner { get; init; }
}

public sealed record JoinReply
{
    public required int WorkerId { get; init; }
    public required string Certificate { get; init; }
    public required string Authority { get; init; }
    /// <summary>HOST:PORT of the worker link.</summary>
    public required string Address { get; init; }
}

/// <summary>Answer to POST /api/v1/workers/tokens.</summary>
public sealed record TokenReply
{
    /// <summary>One-time; holds address, authority fingerprint and secret.</summary>
    public required string Token { get; init; }
    /// <summary>Unix milliseconds after which it is refused.</summary>
    public required long Expires { get; init; }
}

/// <summary>One line of the live feed (GET /api/v1/feed, server-sent events): the jobs that changed since the last line, at most a few a second.</summary>
public sealed record FeedView
{
    public required IReadOnlyList<JobView> Jobs { get; init; }
    public required IReadOnlyList<long> Removed { get; init; }
}

/// <summary>Body of every answer that is not 2xx.</summary>
public sealed record ProblemReply
{
    /// <summary>One line: what failed, why, what to do next.</summary>
    public required string Error { get; init; }
}

/// <summary>Written by rename when a program serves (<c>--ready-file</c>). Every key is there; null where there is none.</summary>
public sealed record ReadyFile
{
    [JsonPropertyName("role"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string Role { get; init; }
    [JsonPropertyName("pid"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required int Pid { get; init; }
    [JsonPropertyName("address"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Address { get; init; }
    [JsonPropertyName("port"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Port { get; init; }
    [JsonPropertyName("state"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string State { get; init; }
    [JsonPropertyName("socket"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Socket { get; init; }
    [JsonPropertyName("ca_sha256"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? CaSha256 { get; init; }
}
