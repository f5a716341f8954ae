namespace Quern.Core.Resources;

/// <summary>A resource of the farm as it is now. The supervisor's loop owns it.</summary>
public sealed class FarmResource(ResourceName name)
{
    public ResourceName Name => name;

    /// <summary>What the farm may use: <c>supervisor_global_resources</c>.</summary>
    public int Configured { get; internal set; }

    /// <summary>What running instances hold; dispatch keeps it.</summary>
    public int Held { get; internal set; }

    /// <summary>What was last reported of a licence; it survives a restart.</summary>
    public (int Total, int Used)? Reported { get; internal set; }

    /// <summary>When, Unix ms; 0 = never.</summary>
    public long ReportedMs { get; internal set; }

    public ResourceCount Count => new(name.Class, name.Name, Configured, Held, Reported);
}
