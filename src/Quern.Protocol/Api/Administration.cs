namespace Quern.Protocol.Api;

/// <summary>What a user may do, or a member of a group with jobs of the other members.</summary>
public sealed record UserView
{
    public required string User { get; init; }

    /// <summary>Empty = the user's own entry.</summary>
    public required string Group { get; init; }

    /// <summary>Names of permissions, in the order of their bits.</summary>
    public required IReadOnlyList<string> Permissions { get; init; }

    /// <summary>The same as a number.</summary>
    public required long Mask { get; init; }

    /// <summary>The entry says nothing of its own: the settings give these.</summary>
    public required bool IsDefault { get; init; }

    /// <summary>The permissions as the row of letters of qbusers, a dash for each that is absent.</summary>
    public string Row { get; init; } = "";
}

/// <summary>Answer to GET /api/v1/users.</summary>
public sealed record UserList
{
    public required IReadOnlyList<UserView> Users { get; init; }
}

/// <summary>Body of POST /api/v1/users. The answer is an <see cref="ActionReply"/> of users.</summary>
public sealed record UserChangeRequest
{
    /// <summary>add, delete (also remove), set or drop.</summary>
    public required string Action { get; init; }
    public required IReadOnlyList<string> Users { get; init; }

    /// <summary>Names; null with add = the entry has the default.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }
    public string? Group { get; init; }
}

/// <summary>A global or licence resource.</summary>
public sealed record ResourceView
{
    /// <summary><c>license.maya</c>.</summary>
    public required string Name { get; init; }

    /// <summary>As shown: what the farm holds and what others use of what is the farm's.</summary>
    public required int Used { get; init; }
    public required int Total { get; init; }

    /// <summary>What running instances hold.</summary>
    public required int Held { get; init; }

    /// <summary>What was last reported; null = never.</summary>
    public int? ReportedTotal { get; init; }
    public int? ReportedUsed { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long? ReportedTime { get; init; }
}

/// <summary>Answer to GET /api/v1/resources.</summary>
public sealed record ResourceList
{
    public required IReadOnlyList<ResourceView> Resources { get; init; }
}

/// <summary>Body of POST /api/v1/resources: what a licence server says. What is null stays as last reported.</summary>
public sealed record ResourceUpdateRequest
{
    public required string Name { get; init; }
    public int? Total { get; init; }
    public int? Used { get; init; }
}

/// <summary>Answer to GET and POST /api/v1/supervisor.</summary>
public sealed record SupervisorView
{
    public required bool RejectSubmit { get; init; }
    public required bool StopActivity { get; init; }

    /// <summary>Settings of the supervisor, secrets covered.</summary>
    public required IReadOnlyList<SupervisorSettingView> Settings { get; init; }
}

public sealed record SupervisorSettingView
{
    public required string Name { get; init; }
    public required string Value { get; init; }

    /// <summary><c>default</c>, <c>FILE:LINE</c> or <c>--set</c>.</summary>
    public required string Origin { get; init; }
}

/// <summary>Body of POST /api/v1/supervisor. Null = stays as it is.</summary>
public sealed record SupervisorChangeRequest
{
    public bool? RejectSubmit { get; init; }
    public bool? StopActivity { get; init; }

    /// <summary>Reads the supervisor's settings again.</summary>
    public bool Reread { get; init; }
}

/// <summary>A host that was removed.</summary>
public sealed record RemovedHostView
{
    public required int Id { get; init; }
    public required string Name { get; init; }
    public required string Address { get; init; }

    /// <summary>Who removed it, <c>user@host</c>.</summary>
    public required string By { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long Time { get; init; }
}

/// <summary>Answer to GET /api/v1/hosts/removed: those that are kept out.</summary>
public sealed record RemovedHostList
{
    public required IReadOnlyList<RemovedHostView> Hosts { get; init; }
}

/// <summary>Body of POST /api/v1/hosts/removed. The answer is an <see cref="ActionReply"/> of hosts.</summary>
public sealed record HostRemovalRequest
{
    /// <summary>remove, unremove, or clear: lets all of them back.</summary>
    public required string Action { get; init; }

    /// <summary>Names; of hosts that were removed addresses too. Not looked at with clear.</summary>
    public IReadOnlyList<string>? Hosts { get; init; }
}

/// <summary>Body of POST /api/v1/hosts/words: what is said of hosts while they run. The answer is an <see cref="ActionReply"/> of hosts.</summary>
public sealed record HostWordsRequest
{
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary><c>host.a=4/20,host.p=v</c>: used and total of resources, values of properties.</summary>
    public string? Set { get; init; }

    /// <summary><c>host.a,host.p</c>: what is taken back.</summary>
    public string? Take { get; init; }
}

/// <summary>Body of POST /api/v1/hosts/refresh. The answer is an <see cref="ActionReply"/> of hosts.</summary>
public sealed record HostRefreshRequest
{
    public required IReadOnlyList<string> Hosts { get; init; }
}

/// <summary>Answer to GET /api/v1/events.</summary>
public sealed record EventPageReply
{
    public required IReadOnlyList<EventView> Events { get; init; }

    /// <summary>For <c>after</c> of the next request; null = there is no more now.</summary>
    public long? Next { get; init; }
}
