namespace Quern.Protocol.Api;

/// <summary>Body of POST /worker/environment on a worker's own socket: which job's environment is asked for.</summary>
public sealed record WorkerEnvironmentRequest
{
    /// <summary>Who would submit.</summary>
    public required string User { get; init; }
    /// <summary>0 = a job that does not exist.</summary>
    public long Job { get; init; }
    public long Pgrp { get; init; }
    public string JobName { get; init; } = "";
    public int Processors { get; init; } = 1;
    public bool HasAgenda { get; init; }
    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();
    public IReadOnlyList<string> Flags { get; init; } = [];
    /// <summary>Empty = the account's home.</summary>
    public string Cwd { get; init; } = "";
    /// <summary>0 = none given.</summary>
    public int Umask { get; init; }
    /// <summary>Empty = the worker's own.</summary>
    public string EnvProfile { get; init; } = "";
}

/// <summary>What such a job would get on this worker now.</summary>
public sealed record WorkerEnvironmentReply
{
    public required string Worker { get; init; }
    /// <summary>The account it would run as.</summary>
    public required string Account { get; init; }
    /// <summary>Where it would run if the account can enter it.</summary>
    public required string Directory { get; init; }
    /// <summary>Octal.</summary>
    public required string Umask { get; init; }
    /// <summary>By name.</summary>
    public required IReadOnlyList<WorkerVariable> Variables { get; init; }
    /// <summary>What is only known in a run, a line each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <param name="Source">quern, account, worker, job or farm; in a run also login or profile.</param>
/// <param name="Why">Half a line for people.</param>
public sealed record WorkerVariable(string Name, string Value, string Source, string Why);
