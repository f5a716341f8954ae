namespace Quern.Configuration.Central;

/// <summary>Whose settings are asked for.</summary>
/// <param name="Name">Name of the host.</param>
/// <param name="Os">linux, osx or winnt; null = not known.</param>
/// <param name="Groups">Groups the host says it is in; what the file gives as worker_groups counts instead.</param>
public sealed record CentralHost(string Name, string? Os, IReadOnlyList<string> Groups);

/// <summary>What one section says of a setting.</summary>
/// <param name="Origin">FILE:LINE.</param>
/// <param name="Section">The name in brackets.</param>
public sealed record CentralWord(string Value, string Origin, string Section);

/// <summary>A setting of a host: the word that counts and those it overrules, the nearest first.</summary>
public sealed record CentralValue(CentralWord Word, IReadOnlyList<CentralWord> Overruled);

/// <summary>What the central file gives one host.</summary>
/// <param name="Settings">By name.</param>
/// <param name="Faults">A line for each setting that cannot be had for this host; it is left out.</param>
public sealed record CentralView(IReadOnlyDictionary<string, CentralValue> Settings, IReadOnlyList<string> Faults)
{
    public static readonly CentralView Empty = new(new Dictionary<string, CentralValue>(), []);

    /// <summary>As it is sent to the worker.</summary>
    public Dictionary<string, string> AsMap() => Settings.ToDictionary(pair => pair.Key, pair => pair.Value.Word.Value);
}

/// <summary>A setting that two files give a host differently.</summary>
/// <param name="Old">Null = it was not set.</param>
/// <param name="New">Null = it is no more set.</param>
public sealed record CentralChange(string Host, string Setting, string? Old, string? New);
