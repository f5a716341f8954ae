using System.Globalization;
using Quern.Configuration;
using Quern.Execution.JobTypes;
using Quern.Execution.Runs;
using Wire = Quern.Protocol.Link;

namespace Quern.Worker.Core;

/// <summary>From an order to start and the settings of the moment to the launch: who the run is, where and within which limits.</summary>
internal static class LaunchPlan
{
    /// <summary>Why these settings do not serve this job, one sentence; null when they do. Only a job that needs what is wrong is refused.</summary>
    public static string? Problem(Wire.Start start, WorkerSettings settings)
    {
        if (start.EnvProfile.Length > 0 && !IsProfileName(start.EnvProfile))
        {
            return $"the job's env_profile '{start.EnvProfile}' is no name of letters, digits, dots, dashes and underscores: name one of the scripts in worker_env_profile_path without its .sh";
        }

        var profile = ProfilePath(start, settings);
        return profile.Length == 0 || profile.StartsWith('/')
            ? null
            : $"the environment profile '{profile}' is no absolute path: correct worker_env_profile and worker_env_profile_path in qb.conf";
    }

    /// <param name="held">Every run that is here.</param>
    /// <param name="type">Of this host's own job types, the job's; null = the job is a command.</param>
    public static Launch Build(Wire.Start start, WorkerFacts facts, WorkerSettings settings, IReadOnlyCollection<RunState> held, JobType? type = null)
    {
        var isDesktop = facts.Mode == WorkerMode.Desktop;
        var isConverted = start.Flags.Contains("convert_path");
        var pairs = PathMap.Parse(settings.Text("worker_path_map"));
        var map = new PathConversion(pairs);
        return new Launch
        {
            Key = LinkRecords.Key(start.Key),
            Account = FreeAccount(Account(start.User, facts, settings), settings.Slots(facts.Cores), held),
            Submitter = start.User,
            IsProxyAccount = !isDesktop && !settings.RunsAsSubmitter,
            IsSlotAccount = !isDesktop && !settings.RunsAsSubmitter && ProxyAccounts.IsPerSlot(settings.ProxyAccount),
            IsDesktop = isDesktop,
            JobName = start.JobName,
            JobType = start.JobType,
            Command = map.Convert(start.Command, isConverted),
            Shell = start.Shell.Length == 0 ? "/bin/sh" : start.Shell,
            Environment = start.Env.Concat(RunTimeVariables.Of(start.Package, facts.Os)).GroupBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => isConverted ? map.Apply(pair.Last().Value) : pair.Last().Value),
            FarmEnvironment = FarmEnvironment(start, facts, settings),
            WorkerEnvironment = isDesktop ? facts.Session : WorkerSettings.None,
            IsEnvironmentExported = start.Flags.Contains("export_environment"),
            IsLogin = start.Flags.Contains("login_environment") || settings.Text("worker_login_environment") == "yes",
            ProfilePath = ProfilePath(start, settings),
            VirtualScreen = !isDesktop && settings.Text("worker_virtual_display") == "xvfb" ? settings.Text("worker_virtual_screen") : "",
            TemporaryRoot = settings.Text("worker_temp_folder"),
            Drives = Drives(settings.Text("worker_drive_map")),
            WorkingDirectory = isConverted ? map.Apply(start.Cwd) : start.Cwd,
            Umask = start.Umask != 0 ? start.Umask : Convert.ToInt32(settings.Text("worker_umask"), 8),
            NiceValue = settings.NiceValue,
            HasAgenda = start.HasAgenda,
            Padding = start.Padding,
            Range = start.Range,
            TimeLimitSeconds = start.TimeLimitSeconds,
            ItemTimeLimitSeconds = start.ItemTimeLimitSeconds,
            KillGraceSeconds = start.KillGraceSeconds,
            ReadoptSeconds = settings.ReadoptSeconds,
            Checks = Checks(start, facts, settings),
            Reading = ReadingPlan.Of(start, facts, settings),
            Application = type is null ? null : ApplicationOf(type, start, facts, settings, pairs),
            Items = LinkRecords.Leases(start.Items),
            Logon = LogonPlan.Of(start, facts, settings),
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
        if (!ProxyAccounts.IsPerSlot(pattern))
        {
            return pattern;
        }

        var accounts = ProxyAccounts.Names(pattern, slots).ToList();
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

    /// <summary>Empty = none.</summary>
    private static string ProfilePath(Wire.Start start, WorkerSettings settings)
    {
        var name = start.EnvProfile.Length > 0 ? start.EnvProfile : settings.Text("worker_env_profile");
        return name is "" or "none" ? "" : IsProfileName(name) ? $"{settings.Text("worker_env_profile_path").TrimEnd('/')}/{name}.sh" : name;
    }

    private static FlightChecks Checks(Wire.Start start, WorkerFacts facts, WorkerSettings settings)
    {
        var own = start.FlightChecks ?? new Wire.FlightChecks();
        var folder = settings.Text("worker_flight_check_path");
        return new FlightChecks
        {
            Folder = folder.Length > 0 ? folder : Path.Combine(facts.Directory, "flightCheck"),
            InstancePre = [.. own.InstancePre],
            InstancePost = [.. own.InstancePost],
            AgendaPre = [.. own.AgendaPre],
            AgendaPost = [.. own.AgendaPost],
            TimeLimitSeconds = settings.Number("worker_flight_check_timeout"),
            BlameExitCode = settings.Number("worker_flight_check_blame_code"),
            BlameSeconds = settings.Number("worker_flight_check_blame_seconds"),
        };
    }

    private static ApplicationPlan ApplicationOf(JobType type, Wire.Start start, WorkerFacts facts, WorkerSettings settings, IReadOnlyList<(string From, string To)> pairs) => new()
    {
        Folder = type.Folder,
        Words = type.Words,
        IsPython = type.IsPython,
        IsStandard = type.IsStandard,
        Environment = type.Environment,
        ModuleFolder = facts.Shipped("python"),
        TypeFolders = JobTypes.Folders(facts, settings),
        Job = start.Job,
        Package = start.Package,
        PathMap = [.. pairs.Select(pair => KeyValuePair.Create(pair.From, pair.To))],
    };

    /// <summary>Drive letter with its colon, and share.</summary>
    private static Dictionary<string, string> Drives(string map) => map.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split('|', 2)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0].ToUpperInvariant()).ToDictionary(drive => drive.Key, drive => drive.Last()[1]);

    private static bool IsProfileName(string name) => name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static Dictionary<string, string> FarmEnvironment(Wire.Start start, WorkerFacts facts, WorkerSettings settings)
    {
        var farm = new Dictionary<string, string>
        {
            ["QBJOBID"] = Text(start.Key.Job),
            ["QBSUBID"] = Text(start.Key.Sub),
            ["QBPGRPID"] = Text(start.Pgrp),
            ["QB_JOBSLOTS"] = Text(start.Slots),
            ["QB_ALLOCATIONS"] = start.Allocations.Length > 0 ? start.Allocations : $"host.processors={Text(start.Slots)}",
            ["QBDIR"] = facts.Directory,
            ["QB_DIR"] = facts.Directory,
            ["QB_DOMAIN"] = settings.Text("qb_domain"),
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
