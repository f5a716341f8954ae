namespace Quern.Configuration.Central;

/// <summary>One name of the central file with everything that its openings say.</summary>
internal sealed class CentralSection(string name, int line)
{
    public const string Default = "default";
    public const string Global = "global_config";

    /// <summary>As it was first written; names compare without regard to case, as host names do.</summary>
    public string Name => name;

    /// <summary>Where it was first opened.</summary>
    public int Line => line;

    /// <summary>In the order in which they are applied.</summary>
    public List<CentralSection> Parents { get; } = [];

    /// <summary>In the order of the file; the later of one key counts.</summary>
    public List<CentralEntry> Entries { get; } = [];

    /// <summary>Another section inherits from it: a template and not a host.</summary>
    public bool IsParent { get; set; }

    public bool IsReserved => IsOs(name) || name.Equals(Default, StringComparison.OrdinalIgnoreCase) || IsGlobal;

    public bool IsGlobal => name.Equals(Global, StringComparison.OrdinalIgnoreCase);

    public bool IsGroup => name.StartsWith(HostNames.GroupPrefix, StringComparison.Ordinal);

    public static bool IsOs(string name) => name.ToLowerInvariant() is "winnt" or "osx" or "linux";
}

/// <summary>A line of a section; the value still holds its macros.</summary>
internal sealed record CentralEntry(string Key, string Value, int Line, SettingDefinition Setting);
