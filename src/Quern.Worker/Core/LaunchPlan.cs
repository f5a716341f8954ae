using System.Globalization;
using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>From an order to start and the settings of the moment to the launch: who the run is, where and within which limits.</summary>
internal static class LaunchPlan
{
    public static Launch Build(Wire.Start start, WorkerFacts facts, WorkerSettings settings)
    {
        var isDesktop = facts.Mode == WorkerMode.Desktop;
        return new Launch
        {
            Key = LinkRecords.Key(start.Key),
            Account = Account(start.User, facts, settings),
            Submitter = start.User,
            IsProxyAccount = !isDesktop && !settings.RunsAsSubmitter,
            IsDesktop = isDesktop,
            JobName = start.JobName,
            JobType = start.JobType,
            Command = start.Command,
            Shell = start.Shell.Length == 0 ? "/bin/sh" : start.Shell,
            Environment = new Dictionary<string, string>(start.Env),
            FarmEnvironment = FarmEnvironment(start, facts),
            WorkingDirectory = start.Cwd,
            Umask = start.Umask,
            NiceValue = settings.NiceValue,
            HasAgenda = start.HasAgenda,
            Padding = start.Padding,
            Range = start.Range,
            TimeLimitSeconds = start.TimeLimitSeconds,
            ItemTimeLimitSeconds = start.ItemTimeLimitSeconds,
            KillGraceSeconds = start.KillGraceSeconds,
            ReadoptSeconds = settings.ReadoptSeconds,
            Items = LinkRecords.Leases(start.Items),
        };
    }

    /// <summary>The account of a run: the owner in desktop mode; in service mode the proxy account, or whoever submitted.</summary>
    public static string Account(string submitter, WorkerFacts facts, WorkerSettings settings) => facts.Mode switch
    {
        WorkerMode.Desktop => facts.Owner,
        WorkerMode.Service => settings.RunsAsSubmitter ? submitter : settings.ProxyAccount,
    };

    /// <summary>Word the supervisor shows as <c>host.proxy_mode</c>.</summary>
    public static string ProxyMode(WorkerFacts facts, WorkerSettings settings) => facts.Mode switch
    {
        WorkerMode.Desktop => "interactive",
        WorkerMode.Service => settings.RunsAsSubmitter ? "user" : "proxy",
    };

    private static Dictionary<string, string> FarmEnvironment(Wire.Start start, WorkerFacts facts)
    {
        var farm = new Dictionary<string, string>
        {
            ["QBJOBID"] = Text(start.Key.Job),
            ["QBSUBID"] = Text(start.Key.Sub),
            ["QBPGRPID"] = Text(start.Pgrp),
            ["QB_JOBSLOTS"] = Text(start.Slots),
            ["QBDIR"] = facts.Directory,
            ["QB_SUPERVISOR"] = facts.Supervisor,
            ["QUERN_SUBMITTER"] = start.User,
            ["QUERN_JOB_NAME"] = start.JobName,
            ["QUERN_RUN_NUMBER"] = Text(start.Key.Run),
            ["QUERN_WORKER"] = facts.Name,
        };
        if (facts.State is not null)
        {
            farm["QUERN_STATE"] = facts.State;
        }

        return farm;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
