namespace Quern.Configuration;

public enum MachineModeKind
{
    /// <summary>The machine's own worker, as root, at boot.</summary>
    Service,

    /// <summary>A person's worker, with their graphical session.</summary>
    Desktop,

    /// <summary>The machine's own, which lends the host to its person's desktop worker while they are logged in.</summary>
    Dual,
}

/// <summary>Which worker of a machine starts by itself: one line in the file <c>mode</c> of the machine's state, which root writes and everybody reads.</summary>
/// <param name="Person">Account of the desktop worker; null in service mode.</param>
public sealed record MachineMode(MachineModeKind Kind, string? Person)
{
    public static readonly MachineMode Service = new(MachineModeKind.Service, null);

    public static string PathIn(StateFolder state) => Path.Combine(state.Root, "mode");

    /// <summary>What a text says; null when it says nothing that this program knows.</summary>
    public static MachineMode? Parse(string? text) => text?.Trim().Split(' ') switch
    {
        ["service"] => Service,
        ["desktop", { Length: > 0 } person] => new MachineMode(MachineModeKind.Desktop, person),
        ["dual", { Length: > 0 } person] => new MachineMode(MachineModeKind.Dual, person),
        _ => null,
    };

    /// <summary>What the file of a state says; null without one.</summary>
    public static MachineMode? Read(StateFolder state)
    {
        try
        {
            return Parse(File.ReadAllText(PathIn(state)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // No installation has written it: the mode was never switched.
            return null;
        }
    }

    /// <summary>As the file has it.</summary>
    public override string ToString() => Kind switch
    {
        MachineModeKind.Service => "service",
        MachineModeKind.Desktop => $"desktop {Person}",
        MachineModeKind.Dual => $"dual {Person}",
    };
}
