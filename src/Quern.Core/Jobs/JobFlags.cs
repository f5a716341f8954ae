using System.Globalization;
using Quern.Core.Expressions;

namespace Quern.Core.Jobs;

/// <summary>
/// What a job may ask for besides its attributes, with Qube's bits; what each does is in docs/jobs.md. Bits that are not here mean nothing.
/// Source: reference, qube-jobs 2.3.
/// </summary>
[Flags]
public enum JobFlags
{
    None = 0,
    Uninterruptible = 1,
    Grid = 4,
    AutoMount = 8,
    ExportEnvironment = 16,
    Expand = 32,
    HostList = 256,
    Elite = 512,
    Mail = 1024,
    DisableWindowsJobObject = 2048,
    DisableCpuLimit = 4096,
    DisableAutoComplete = 8192,
    AutoWrangling = 16384,
    PAgenda = 32768,
    MigrateOnFrameRetry = 65536,
    ConvertPath = 131072,
    NoDefaults = 524288,

    /// <summary>Ours: a login shell's environment.</summary>
    LoginEnvironment = 1 << 28,
}

/// <summary>Names of <see cref="JobFlags"/>, and the forms in which clients send them.</summary>
public static class JobFlagNames
{
    private static readonly IReadOnlyList<(JobFlags Flag, string Name)> Known =
    [
        (JobFlags.Uninterruptible, "uninterruptible"), (JobFlags.Grid, "grid"), (JobFlags.AutoMount, "auto_mount"), (JobFlags.ExportEnvironment, "export_environment"),
        (JobFlags.Expand, "expand"), (JobFlags.HostList, "host_list"), (JobFlags.Elite, "elite"), (JobFlags.Mail, "mail"),
        (JobFlags.DisableWindowsJobObject, "disable_windows_job_object"), (JobFlags.DisableCpuLimit, "disable_cpu_limit"), (JobFlags.DisableAutoComplete, "disable_auto_complete"),
        (JobFlags.AutoWrangling, "auto_wrangling"), (JobFlags.PAgenda, "p_agenda"), (JobFlags.MigrateOnFrameRetry, "migrate_on_frame_retry"), (JobFlags.ConvertPath, "convert_path"),
        (JobFlags.NoDefaults, "no_defaults"), (JobFlags.LoginEnvironment, "login_environment"),
    ];

    public static IEnumerable<string> All => Known.Select(pair => pair.Name);

    /// <summary>In the order of their bits.</summary>
    public static IReadOnlyList<string> Names(this JobFlags flags) => [.. Known.Where(pair => flags.HasFlag(pair.Flag)).Select(pair => pair.Name)];

    /// <summary>Names, numbers, or texts of several with commas between; a number is a sum of bits.</summary>
    /// <returns>Null and a sentence; or the flags.</returns>
    public static JobFlags? Parse(IEnumerable<string> parts, out string? refusal)
    {
        refusal = null;
        var flags = JobFlags.None;
        foreach (var word in parts.SelectMany(part => part.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            if (long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var bits))
            {
                flags = Known.Where(pair => (bits & (long)pair.Flag) != 0).Aggregate(flags, (sum, pair) => sum | pair.Flag);
            }
            else if (Known.FirstOrDefault(pair => string.Equals(pair.Name, word, StringComparison.OrdinalIgnoreCase)) is { Name: not null } known)
            {
                flags |= known.Flag;
            }
            else
            {
                refusal = $"flag '{word}' is not known{Spelling.Hint(word, All)}; the flags are {string.Join(", ", All)}";
                return null;
            }
        }

        return flags;
    }
}
