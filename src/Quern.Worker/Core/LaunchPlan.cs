using System.Globalization;
using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>From an order to start and the settings of the moment to the launch: who the run is, where and within which limits.</summary>
internal static class LaunchPlan
{
    /// <summary>What stands for the number of a slot in <c>proxy_account</c>.</summary>
    private const string SlotMark = "{slot}";

    /// <param name="held">Every run that is here.</param>
    public static Launch Build(Wire.Start start, WorkerFacts facts, WorkerSettings settings, IReadOnlyCollection<RunState> held)
    {
        var isDesktop = facts.Mode == WorkerMode.Desktop;
        return new Launch
        {
            Key = LinkRecords.Key(start.Key),
            Account = FreeAccount(Account(start.User, facts, settings), settings.Slots(facts.Cores), held),
            Submitter = start.User,
            IsProxyAccount = !isDesktop && !settings.RunsAsSubmitter,
            IsSlotAccount = !isDesktop && !settings.RunsAsSubmitter && settings.ProxyAccount.Contains(SlotMark, StringComparison.Ordinal),
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

    /// <summary>The first account of a pattern that no run has; where the supervisor gave a slot away before the last process of its run was gone, that one's.</summary>
    private static string FreeAccount(string pattern, int slots, IReadOnlyCollection<RunState> held)
    {
        if (!pattern.Contains(SlotMark, StringComparison.Ordinal))
        {
            return pattern;
        }

        var accounts = Enumerable.Range(0, slots).Select(slot => pattern.Replace(SlotMark, Text(slot), StringComparison.Ordinal)).ToList();
        return accounts.Find(account => held.All(run => run.IsEnded || run.Account != account))
            ?? accounts.Find(account => held.All(run => !run.OccupiesSlots || run.Account != account))
            ?? accounts[0];
    }

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
