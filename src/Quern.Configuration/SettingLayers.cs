namespace Quern.Configuration;

/// <summary>Where a value of a worker's setting may come from.</summary>
public enum SettingLayer { Default, Local, Supervisor, CommandLine }

/// <summary>
/// Which layer's word counts (reference, worker 3.3). The command line beats both files; between the host's own qb.conf and the supervisor's
/// qbwrk.conf <c>worker_lookup</c> decides; policy is the host's own, and so is what is needed before the supervisor is reached.
/// </summary>
public static class SettingLayers
{
    public const string Lookup = "worker_lookup";

    private static readonly SettingLayer[] Policy = [SettingLayer.Local, SettingLayer.CommandLine, SettingLayer.Default];
    private static readonly SettingLayer[] OwnOnly = [SettingLayer.CommandLine, SettingLayer.Local, SettingLayer.Default];
    private static readonly SettingLayer[] CentralWins = [SettingLayer.CommandLine, SettingLayer.Supervisor, SettingLayer.Local, SettingLayer.Default];
    private static readonly SettingLayer[] LocalWins = [SettingLayer.CommandLine, SettingLayer.Local, SettingLayer.Supervisor, SettingLayer.Default];
    private static readonly SettingLayer[] CentralOnly = [SettingLayer.CommandLine, SettingLayer.Supervisor, SettingLayer.Default];

    /// <summary>The layers that are asked, the one that wins first.</summary>
    /// <param name="lookup">The value of worker_lookup on that host.</param>
    public static IReadOnlyList<SettingLayer> Asked(SettingDefinition setting, string lookup) => setting switch
    {
        { IsPolicy: true } => Policy,
        { IsBootstrap: true } => OwnOnly,
        _ => lookup switch
        {
            "supervisor,local" => LocalWins,
            "supervisor" => CentralOnly,
            "local" => OwnOnly,
            _ => CentralWins,
        },
    };

    /// <summary>Word for people.</summary>
    public static string Word(SettingLayer layer) => layer switch
    {
        SettingLayer.Default => "default",
        SettingLayer.Local => "local",
        SettingLayer.Supervisor => "supervisor",
        SettingLayer.CommandLine => "command line",
    };
}
