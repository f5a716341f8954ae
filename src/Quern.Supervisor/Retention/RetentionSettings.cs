using Quern.Configuration;
using Quern.Core.Retention;

namespace Quern.Supervisor.Retention;

/// <summary>The rules of retention, out of the supervisor's settings.</summary>
internal static class RetentionSettings
{
    public static readonly IReadOnlyList<string> Names =
        ["supervisor_keep_job_days", "supervisor_keep_job_count", "supervisor_keep_output_days", "supervisor_keep_output_mb", "supervisor_keep_event_days", "supervisor_keep_event_count"];

    public static RetentionRules Read(QuernSettings settings) => new()
    {
        JobDays = settings.Int("supervisor_keep_job_days"), JobCount = settings.Int("supervisor_keep_job_count"),
        OutputDays = settings.Int("supervisor_keep_output_days"), OutputBytes = (long)settings.Int("supervisor_keep_output_mb") << 20,
        EventDays = settings.Int("supervisor_keep_event_days"), EventCount = settings.Int("supervisor_keep_event_count"),
    };
}
