using System.Globalization;
using Quern.Protocol.Api;

namespace Quern.Cli.Listing;

/// <summary>The columns of qbjobs by name; <c>--fields</c> chooses among them.</summary>
internal static class JobColumns
{
    public static readonly IReadOnlyList<string> Standard = ["%", "id", "pid", "pgrp", "label", "status", "user", "type", "name", "cpus", "priority", "cluster", "groups"];

    private static readonly Dictionary<string, Func<JobView, string>> ByName = new()
    {
        ["%"] = Percent,
        ["id"] = job => Text(job.Id),
        ["pid"] = job => Text(job.Pid),
        ["pgrp"] = job => Text(job.Pgrp),
        ["label"] = job => job.Label,
        ["status"] = job => job.Status,
        ["user"] = job => job.User,
        ["type"] = job => job.Prototype,
        ["prototype"] = job => job.Prototype,
        ["name"] = job => job.Name,
        ["cpus"] = job => $"{job.Cpustally.Running}/{job.Cpus}",
        ["priority"] = job => Text(job.Priority),
        ["cluster"] = job => job.Cluster,
        ["groups"] = job => job.Groups,
        ["reason"] = job => job.Reason,
        ["kind"] = job => job.Kind,
        ["account"] = job => job.Account,
        ["dependency"] = job => job.Dependency,
        ["range"] = job => job.Range,
        ["flags"] = job => string.Join(",", job.Flags),
        ["todo"] = job => Text(job.Todo),
        ["sourcehost"] = job => job.Sourcehost,
        ["cwd"] = job => job.Cwd,
        ["retrywork"] = job => Text(job.Retrywork),
        ["retrysubjob"] = job => Text(job.Retrysubjob),
        ["timelimit"] = job => Text(job.Timelimit),
        ["agendatimelimit"] = job => Text(job.AgendaTimelimit),
        ["processors"] = job => Text(job.Processors),
        ["max_cpus"] = job => job.MaxCpus is { } most ? most < 0 ? "*" : Text(most) : "",
        ["reservations"] = job => job.Reservations,
        ["requirements"] = job => job.Requirements,
        ["restrictions"] = job => job.Restrictions ?? "",
        ["hosts"] = job => job.Hosts ?? "",
        ["omithosts"] = job => job.Omithosts ?? "",
        ["omitgroups"] = job => job.Omitgroups ?? "",
        ["hostorder"] = job => job.Hostorder ?? "",
        ["domain"] = job => job.Domain ?? "",
        ["notes"] = job => job.Notes ?? "",
        ["timeout"] = job => Text(job.Timeout ?? -1),
        ["agenda_timeout"] = job => Text(job.AgendaTimeout ?? -1),
        ["retrywork_delay"] = job => Text(job.RetryworkDelay ?? 0),
        ["mailaddress"] = job => job.Mailaddress ?? "",
        ["preflights"] = job => job.Preflights ?? "",
        ["postflights"] = job => job.Postflights ?? "",
        ["agenda_preflights"] = job => job.AgendaPreflights ?? "",
        ["agenda_postflights"] = job => job.AgendaPostflights ?? "",
        ["prod_show"] = job => job.ProdShow ?? "",
        ["prod_shot"] = job => job.ProdShot ?? "",
        ["prod_seq"] = job => job.ProdSeq ?? "",
        ["prod_client"] = job => job.ProdClient ?? "",
        ["prod_dept"] = job => job.ProdDept ?? "",
        ["prod_custom1"] = job => job.ProdCustom1 ?? "",
        ["prod_custom2"] = job => job.ProdCustom2 ?? "",
        ["prod_custom3"] = job => job.ProdCustom3 ?? "",
        ["prod_custom4"] = job => job.ProdCustom4 ?? "",
        ["prod_custom5"] = job => job.ProdCustom5 ?? "",
        ["agendastatus"] = job => job.Agendastatus,
        ["subjobstatus"] = job => job.Subjobstatus,
        ["timesubmit"] = job => Text(job.Timesubmit / 1000),
        ["timestart"] = job => Text(job.Timestart / 1000),
        ["timecomplete"] = job => Text(job.Timecomplete / 1000),
        ["eta"] = job => Text(job.Eta / 1000),
        ["complete"] = job => Text(job.Todotally.Complete),
        ["failed"] = job => Text(job.Todotally.Failed),
        ["running"] = job => Text(job.Todotally.Running),
        ["pending"] = job => Text(job.Todotally.Pending),
    };

    public static IReadOnlyList<string> Names => [.. ByName.Keys];

    public static Func<JobView, string>? Find(string name) => ByName.GetValueOrDefault(name);

    private static string Percent(JobView job) => job.Todo == 0 ? "n/a" : Text(job.Todotally.Complete * 100L / job.Todo);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
