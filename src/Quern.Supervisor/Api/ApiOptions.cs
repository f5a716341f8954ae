using Quern.Supervisor.Settings;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Api;

/// <summary>What the API says of its supervisor, and its limits.</summary>
internal sealed record ApiOptions
{
    /// <summary>Host name of the supervisor.</summary>
    public required string Name { get; init; }

    /// <summary>Host or address others reach it by, without the port.</summary>
    public required string Address { get; init; }
    public required string Version { get; init; }

    /// <summary>The TCP port, known once the server listens.</summary>
    public required Func<int> Port { get; init; }

    /// <summary>Most items an agenda may have.</summary>
    public int MaxAgendaItems { get; init; } = 10_000_000;

    /// <summary>Most instances a job may ask for.</summary>
    public int MaxInstances { get; init; } = 10_000;

    public JobDefaults Jobs { get; init; } = new();

    /// <summary>Hosts whose worker's word for a caller counts, by name; empty = all.</summary>
    public IReadOnlyList<string> VouchingHosts { get; init; } = [];

    /// <summary>Users who are administrators by the farm's own rows.</summary>
    public Administrators Administrators { get; init; } = new();

    /// <summary>The supervisor's settings.</summary>
    public SupervisorSettings Settings { get; init; } = new(null, []);

    /// <summary>The site's own word on submissions; null = it has none.</summary>
    public Policies.SubmitGuard? SubmitPolicy { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>HOST:PORT of the worker link, as workers are told it.</summary>
    public string LinkAddress => Address.Contains(':') && !Address.StartsWith('[') ? $"[{Address}]:{Port()}" : $"{Address}:{Port()}";
}
