using System.Globalization;
using Quern.Core.Jobs;

namespace Quern.Core.Triggers;

/// <summary>The job that runs a callback's program: what it is told, and where it may run.</summary>
internal static class CallbackProgram
{
    /// <summary>The module stands beside the programs, which are in QBDIR or in its bin; the code comes by the environment, so that no shell reads it.</summary>
    public const string Python = "PYTHONPATH=\"${QBDIR:-/opt/quern}/bin/python:${QBDIR:-/opt/quern}/python${PYTHONPATH:+:$PYTHONPATH}\" exec python3 -m qb_callback";

    public const string Kind = "callback";

    private const string AboutKey = "QB_CALLBACK_JOBID";

    public static Dictionary<string, string> Environment(Callback callback, Job? about, in Happening happening)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["QB_CALLBACK_ID"] = callback.Id.ToString(CultureInfo.InvariantCulture),
            ["QB_CALLBACK_EVENT"] = happening.ToString(),
            ["QB_CALLBACK_TRIGGERS"] = callback.Trigger.ToString(),
            [AboutKey] = about?.Id.ToString() ?? "",
            ["QB_CALLBACK_SUBID"] = happening.Sub.ToString(CultureInfo.InvariantCulture),
            ["QB_CALLBACK_WORKID"] = happening.ItemName,
            ["QB_CALLBACK_JOBSTATUS"] = about?.Status.Word() ?? "",
        };
        if (callback.Spec.Language == CallbackLanguages.Python)
        {
            all["QB_CALLBACK_CODE"] = callback.Spec.Code;
        }

        return all;
    }

    /// <summary>The job that the callback is about; 0 = none.</summary>
    public static long AboutOf(JobSpec spec) => long.TryParse(spec.Env.GetValueOrDefault(AboutKey), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0;

    public static JobSpec JobFor(OutboxEntry entry, JobSpec? about)
    {
        var spec = new JobSpec
        {
            Name = $"{entry.Origin}: {entry.Variables["QB_CALLBACK_EVENT"]}", Prototype = "cmdline", User = entry.User, Kind = Kind, CallbackOf = entry.Origin,
            Package = new Dictionary<string, string> { ["cmdline"] = entry.Content }, Pid = entry.Job > 0 ? entry.Job : 1, Env = entry.Variables,
        };
        return about is null ? spec : spec with
        {
            Priority = about.Priority, Cluster = about.Cluster, Hosts = about.Hosts, OmitHosts = about.OmitHosts, Requirements = about.Requirements,
            Restrictions = about.Restrictions, Groups = about.Groups, OmitGroups = about.OmitGroups, HostOrder = about.HostOrder, Account = about.Account,
            Cwd = about.Cwd, Umask = about.Umask,
        };
    }
}
