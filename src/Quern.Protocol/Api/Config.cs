namespace Quern.Protocol.Api;

/// <summary>Body of POST /api/v1/config: a change of the central settings. One of text, rollback and reread.</summary>
public sealed record ConfigPushRequest
{
    /// <summary>A whole qbwrk.conf.</summary>
    public string? Text { get; init; }
    /// <summary>What places call it: the file's path.</summary>
    public string? Name { get; init; }
    /// <summary>An earlier version becomes the newest again.</summary>
    public int? Rollback { get; init; }
    /// <summary>The supervisor reads its own file again.</summary>
    public bool Reread { get; init; }
    /// <summary>Checks and shows the difference; changes nothing.</summary>
    public bool DryRun { get; init; }
}

public sealed record ConfigPushReply
{
    /// <summary>The version in force; with dryRun the one that the difference is to.</summary>
    public required int Version { get; init; }
    /// <summary>False: nothing was changed, by a dry run or because the text is the one in force.</summary>
    public required bool IsNew { get; init; }
    public required IReadOnlyList<ConfigChangeView> Changes { get; init; }
    /// <summary>Changes beyond those listed.</summary>
    public required int MoreChanges { get; init; }
    /// <summary>What is accepted and changes nothing, a line each.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
    /// <summary>Connected workers that were told.</summary>
    public required int Told { get; init; }
}

/// <summary>A setting of a host that changes; null = not set.</summary>
public sealed record ConfigChangeView
{
    public required string Host { get; init; }
    public required string Setting { get; init; }
    public string? Old { get; init; }
    public string? New { get; init; }
    /// <summary>A worker of this name is in the farm.</summary>
    public required bool IsWorker { get; init; }
}

/// <summary>A version of the central settings; with its text where one was asked for. Also how it is kept.</summary>
public sealed record ConfigVersionView
{
    public required int Version { get; init; }
    /// <summary>Unix milliseconds.</summary>
    public required long Time { get; init; }
    public required string Who { get; init; }
    public required string From { get; init; }
    public required string Name { get; init; }
    public required string Note { get; init; }
    public string? Text { get; init; }
}

/// <summary>Answer to GET /api/v1/config: newest first; the first is in force.</summary>
public sealed record ConfigVersionList
{
    public required IReadOnlyList<ConfigVersionView> Versions { get; init; }
}

/// <summary>Answer to GET /api/v1/config/hosts/NAME: every setting of a worker, whose word counts, and what the others say. Secrets are covered.</summary>
public sealed record ConfigHostView
{
    public required string Host { get; init; }
    /// <summary>0 = there are no central settings.</summary>
    public required int Version { get; init; }
    /// <summary>Its own settings are known: it has been connected since the supervisor started.</summary>
    public required bool IsKnown { get; init; }
    public required IReadOnlyList<ConfigSettingView> Settings { get; init; }
    public required IReadOnlyList<string> Faults { get; init; }
}

public sealed record ConfigSettingView
{
    public required string Name { get; init; }
    public required string Value { get; init; }
    /// <summary>default, local, supervisor or command line.</summary>
    public required string Layer { get; init; }
    public required string Origin { get; init; }
    public required IReadOnlyList<ConfigWordView> Others { get; init; }
}

public sealed record ConfigWordView
{
    public required string Layer { get; init; }
    public required string Value { get; init; }
    public required string Origin { get; init; }
}
