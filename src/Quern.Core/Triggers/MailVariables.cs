using System.Globalization;
using Quern.Core.Jobs;

namespace Quern.Core.Triggers;

/// <summary>What the variables of a mail's template stand for, at the moment its callback ran. Names: reference/qube-jobs.md 16.</summary>
internal static class MailVariables
{
    private const int LongestText = 4000;

    public static Dictionary<string, string> Of(Callback callback, Job? job, in Happening happening, Now now)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["USER"] = callback.User, ["TRIGGERS"] = callback.Trigger.ToString(), ["HOST"] = happening.Host?.Name ?? "", ["EVENT"] = happening.ToString(),
        };
        if (job is not null)
        {
            AddJob(all, job, now);
            AddParts(all, job, happening);
        }

        return all;
    }

    /// <summary>Of what the farm itself has done.</summary>
    /// <param name="sentence">What; <c>$EVENT</c>.</param>
    public static Dictionary<string, string> Of(Job job, Workers.Worker host, string sentence, Now now)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal) { ["USER"] = job.Spec.User, ["TRIGGERS"] = "auto-wrangling", ["HOST"] = host.Name, ["EVENT"] = sentence };
        AddJob(all, job, now);
        return all;
    }

    private static void AddJob(Dictionary<string, string> all, Job job, Now now)
    {
        var spec = job.Spec;
        all["JOB_ID"] = job.Id.ToString();
        all["JOB_NAME"] = spec.Name;
        all["JOB_USER"] = spec.User;
        all["JOB_STATUS"] = job.Status.Word();
        all["JOB_ACCOUNT"] = spec.Account;
        all["JOB_CLUSTER"] = spec.Cluster;
        all["JOB_CPUS"] = Text(spec.Cpus);
        all["JOB_DATA"] = Short(spec.Command);
        all["JOB_PACKAGE"] = Short(spec.Command);
        all["JOB_DOMAIN"] = spec.Domain.Length > 0 ? spec.Domain : ".";
        all["JOB_FLAGS"] = string.Join(',', spec.Flags);
        all["JOB_HOSTS"] = spec.Hosts;
        all["JOB_OMITHOSTS"] = spec.OmitHosts;
        all["JOB_GROUPS"] = spec.Groups;
        all["JOB_OMITGROUPS"] = spec.OmitGroups;
        all["JOB_HOSTORDER"] = spec.HostOrder;
        all["JOB_RESTRICTIONS"] = spec.Restrictions;
        all["JOB_LOCALORDER"] = Text(job.Order);
        all["JOB_GLOBALORDER"] = "0";
        all["JOB_KIND"] = spec.Kind;
        all["JOB_LABEL"] = job.Label;
        all["JOB_PGRP"] = Text(job.Pgrp);
        all["JOB_PID"] = Text(spec.Pid);
        all["JOB_PRIORITY"] = Text(spec.Priority);
        all["JOB_PROTOTYPE"] = spec.Prototype;
        all["JOB_TYPE"] = spec.Prototype;
        all["JOB_REQUIREMENTS"] = spec.Requirements;
        all["JOB_TIMEOUT"] = Text(spec.TimeoutSeconds > 0 ? spec.TimeoutSeconds : spec.TimeLimitSeconds);
        all["JOB_TIMESUBMIT"] = Time(job.SubmittedMs);
        all["JOB_TIMESTART"] = Time(job.StartedMs);
        all["JOB_TIMECOMPLETE"] = Time(job.EndedMs);
        all["JOB_TIMEELAPSED"] = Text((job.StartedMs == 0 ? 0 : (job.EndedMs == 0 ? now.Unix : job.EndedMs) - job.StartedMs) / 1000);
        if (job.Items is { } items)
        {
            all["JOB_TODO"] = Text(items.Count);
            all["JOB_FAILED"] = Text(items.CountOf(ItemState.Failed));
        }
    }

    private static void AddParts(Dictionary<string, string> all, Job job, in Happening happening)
    {
        if (happening.Item >= 0 && happening.Job is { Items: { } items } of)
        {
            var item = items[happening.Item];
            all["WORK_NAME"] = happening.ItemName;
            all["WORK_STATUS"] = happening.Name;
            all["WORK_PID"] = of.Id.ToString();
            all["WORK_SUBID"] = Text(item.Sub);
            all["WORK_HOST"] = happening.Host?.Name ?? "";
            all["WORK_ADDRESS"] = happening.Host?.Facts.Address ?? "";
            all["WORK_RESULTPACKAGE"] = Short(item.Result ?? "");
            all["WORK_REASON"] = Short(item.Reason ?? "");
        }

        if (happening.Sub >= 0)
        {
            all["SUBJOB_ID"] = $"{happening.Job?.Id ?? job.Id}.{happening.Sub}";
            all["SUBJOB_PID"] = (happening.Job?.Id ?? job.Id).ToString();
            all["SUBJOB_STATUS"] = happening.Type == EventType.Subjob ? happening.Name : "";
            all["SUBJOB_ADDRESS"] = happening.Host?.Facts.Address ?? "";
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Short(string text) => text.Length > LongestText ? text[..LongestText] + "..." : text;

    private static string Time(long unixMs) => unixMs == 0 ? "never" : DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
