using Quern.Configuration;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Permissions;
using Quern.Core.Resources;
using Quern.Core.Triggers;

namespace Quern.Supervisor.Settings;

/// <summary>The settings of the core, out of those of the supervisor.</summary>
internal static class FarmSettings
{
    /// <summary>The origin of a setting that nobody set.</summary>
    internal const string Default = "default";

    /// <exception cref="ConfigurationException">A list cannot be read.</exception>
    public static FarmOptions Read(QuernSettings settings) => DispatchSettings.AddTo(ReadOthers(settings), settings);

    private static FarmOptions ReadOthers(QuernSettings settings) => new()
    {
        WorkerLostMs = settings.Int("supervisor_worker_lost_seconds") * 1000L,
        WrangleAfterFailures = settings.Int("aw_activation_work_count"),
        MostAutoMigrations = settings.Int("aw_job_migrate_max"),
        MigrateTimeoutMs = settings.Int("supervisor_migrate_timeout") * 1000L,
        MaxAgendaItems = settings.Int("supervisor_max_agenda_items"),
        DefaultPermissions = PermissionsOf(settings, "supervisor_default_security"),
        DefaultGroupPermissions = PermissionsOf(settings, "supervisor_default_group_security"),
        InstanceLimits = LimitsOf(settings),
        GlobalResources = ResourceList.Parse(settings.Text("supervisor_global_resources"), out var refusal) ?? throw Wrong(settings, "supervisor_global_resources", refusal!),
        Languages = LanguagesOf(settings.Text("supervisor_language_flags")),
        UniversalCallbacks = UniversalCallbacks.Read(settings.List("supervisor_universal_callback_path")),
        History = HistoryOf(settings.Text("supervisor_log_flags")),
    };

    private static Permission PermissionsOf(QuernSettings settings, string name)
        => PermissionText.Parse(settings.Text(name), out var refusal) ?? throw Wrong(settings, name, refusal!);

    private static InstanceLimits LimitsOf(QuernSettings settings)
    {
        const string pgrp = "supervisor_default_pgrp_subjob_limit";
        const string misspelt = "supervisor_default_prgp_subjob_limit";
        var (users, pgrps) = (settings.Text("supervisor_user_subjob_limits"), settings.Text("supervisor_pgrp_subjob_limits"));
        var ofPgrp = settings.Int(settings.Origin(pgrp) == Default ? misspelt : pgrp);
        return InstanceLimits.Parse(settings.Int("supervisor_default_user_subjob_limit"), ofPgrp, users, pgrps, out var refusal)
            ?? throw new ConfigurationException($"supervisor_user_subjob_limits, supervisor_pgrp_subjob_limits: {refusal}");
    }

    private static EventComponent HistoryOf(string text)
    {
        if (int.TryParse(text, out var mask))
        {
            return (EventComponent)mask & EventComponent.All;
        }

        return text.Split(',', StringSplitOptions.RemoveEmptyEntries).Aggregate(EventComponent.None, (found, name) => found | Enum.Parse<EventComponent>(name, ignoreCase: true));
    }

    private static CallbackLanguages LanguagesOf(string text) => int.TryParse(text, out var mask)
        ? (CallbackLanguages)mask
        : text.Split(',', StringSplitOptions.RemoveEmptyEntries).Aggregate(CallbackLanguages.None, (found, name) => found | Enum.Parse<CallbackLanguages>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true));

    internal static ConfigurationException Wrong(QuernSettings settings, string name, string refusal) => new($"{settings.Origin(name)}: {name}: {refusal}");
}
