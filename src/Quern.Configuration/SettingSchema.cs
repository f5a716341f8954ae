namespace Quern.Configuration;

/// <summary>Every setting there is. Names are Qube's where Qube has them. Parsing, checking and help come from this table alone.</summary>
public static class SettingSchema
{
    private static readonly string[] Permissions =
    [
        "all", "submit_job", "submit_callback", "submit_global_callback", "bump", "kill", "remove", "modify", "preempt", "block", "interrupt", "complete", "unblock", "suspend", "resume", "retry", "requeue",
        "migrate", "shove", "fail", "retire", "reset", "lock_host", "sudo_admin", "impersonate", "admin",
    ];

    private static readonly string[] JobFlags =
    [
        "uninterruptible", "grid", "auto_mount", "export_environment", "expand", "host_list", "elite", "mail", "disable_windows_job_object", "disable_cpu_limit", "disable_auto_complete", "auto_wrangling",
        "p_agenda", "migrate_on_frame_retry", "convert_path", "no_defaults", "login_environment", "no_objects", "elevate", "disable_auto_wrangling", "uid", "gid", "no_output",
    ];

    internal static readonly IReadOnlyList<SettingDefinition> InForce =
    [
        new("qb_supervisor", SettingType.Text, "", "all", "HOST or HOST:PORT of the supervisor.") { IsBootstrap = true },
        new("qb_domain", SettingType.Text, "qube", "all", "Name of the farm; QB_DOMAIN of jobs.") { IsBootstrap = true },
        new("qb_directory", SettingType.Text, "", "all", "Where the programs are; QBDIR of jobs.") { IsBootstrap = true },
        new("supervisor_port", SettingType.Integer, "50001", "supervisor", "Port of the worker link and the HTTP API; 0 = any free one.", Min: 0, Max: 65535),
        new("supervisor_address", SettingType.Text, "", "supervisor", "Host name or address that workers are told; empty = the host's name."),
        new("supervisor_worker_lost_seconds", SettingType.Seconds, "30", "supervisor", "How long a worker may be away before what it runs is given to others.", Min: 1, Max: 86400),
        new("supervisor_migrate_timeout", SettingType.Seconds, "1200", "supervisor", "How long a job that was migrated away from a host, or moved by migrate_on_frame_retry, avoids it.", Min: 0),
        new("supervisor_max_agenda_items", SettingType.Integer, "10000000", "supervisor", "Most items a job may have.", Min: 1),
        new("supervisor_default_priority", SettingType.Integer, "9999", "supervisor", "Priority of a job that names none.", Min: 1, Max: 9999),
        new("supervisor_default_security", SettingType.Flags, "136314867", "supervisor", "What users without an entry of qbusers may do, by name or as a mask; 136314867 = everything with their own jobs, but for bump and global callbacks, and locking hosts.", Choices: Permissions),
        new("supervisor_default_group_security", SettingType.Flags, "0", "supervisor", "What members of a group whose entry gives nothing may do with jobs of the other members.", Choices: Permissions),
        new("supervisor_default_user_subjob_limit", SettingType.Integer, "-1", "supervisor", "Most instances of a user's jobs that run at once; -1 = no limit.", Min: -1),
        new("supervisor_user_subjob_limits", SettingType.List, "", "supervisor", "The same for users by name, user=N."),
        new("supervisor_default_pgrp_subjob_limit", SettingType.Integer, "-1", "supervisor", "Most instances of a process group that run at once; -1 = no limit. The smaller of both limits counts.", Min: -1),
        new("supervisor_default_prgp_subjob_limit", SettingType.Integer, "-1", "supervisor", "The same, as one page of Qube's spells it; the right spelling wins.", Min: -1),
        new("supervisor_pgrp_subjob_limits", SettingType.List, "", "supervisor", "The same for process groups of users by name, user=N."),
        new("supervisor_global_resources", SettingType.List, "", "supervisor", "What the farm may use of resources that are not a host's: class.name=N, with the classes global, license, global_host, license_host and scoped. Of a licence nothing is free until qbupdateresource has said what others use."),
        new("supervisor_log_flags", SettingType.Flags, "job,subjob,work,callback,user,admin,mail", "supervisor", "What the history holds; user are permissions and passwords, admin hosts, settings and modes.", Choices: ["job", "subjob", "work", "callback", "user", "admin", "mail"]),
        new("supervisor_max_priority", SettingType.Integer, "9999", "supervisor", "The worst priority a job may have; what is worse is moved to it.", Min: 1, Max: 9999),
        new("supervisor_highest_user_priority", SettingType.Integer, "1", "supervisor", "The best priority of jobs whose submitter is no administrator; what is better is moved to it.", Min: 1, Max: 9999),
        new("supervisor_default_cluster", SettingType.Text, "/", "supervisor", "Cluster of a job that names none."),
        new("supervisor_job_flags", SettingType.Flags, "auto_mount", "supervisor", "Flags of all jobs but those with no_defaults; no_objects, elevate, disable_auto_wrangling, uid, gid and no_output change nothing.", Choices: JobFlags),
        new("supervisor_queue_algorithm", SettingType.List, "Internal=cluster", "supervisor", "Who goes first for a host: Internal=cluster (nearness in the cluster tree, then priority, then top and bottom, then id), Internal=priority (without the clusters) or Internal=queue (first come, first served); before it, dotnet=FILE.dll for policies of the site, asked from left to right (docs/policies.md)."),
        new("supervisor_queue_binding", SettingType.Text, "Internal", "supervisor", "The old form of supervisor_queue_algorithm, which counts where it is set: BINDING of BINDING=LIBRARY."),
        new("supervisor_queue_library", SettingType.Text, "cluster", "supervisor", "The same: LIBRARY."),
        new("supervisor_policy_binding", SettingType.Choice, "Internal", "supervisor", "Whether a policy of the site is asked about submissions: dotnet = that of supervisor_policy_library; Internal = none.", Choices: ["Internal", "dotnet"]),
        new("supervisor_policy_library", SettingType.Text, "", "supervisor", "That policy: FILE.dll, or FILE.dll:TYPE where the assembly has several (docs/policies.md)."),
        new("supervisor_default_hostorder", SettingType.Text, "", "supervisor", "Which hosts jobs that name no order fill first, as in `+host.memory.avail,-host.processors.used`; empty = the host with most free slots."),
        new("supervisor_preempt_policy", SettingType.Choice, "passive", "supervisor", "How room is made for a job that outranks what runs: passive = after the current item (at once where there is no agenda), aggressive = at once, mixed = as a queue plug-in says case by case, else as passive, disabled = not.", Choices: ["passive", "aggressive", "mixed", "disabled"]),
        new("supervisor_smart_share_mode", SettingType.Choice, "none", "supervisor", "Whether slots that would be idle are filled with more instances of jobs with an agenda, all jobs having as many of them: jobs, or none.", Choices: ["none", "jobs"]),
        new("supervisor_smart_share_preempt_policy", SettingType.Choice, "disabled", "supervisor", "How such instances give way to those that jobs ask for, and to each other: passive = after the current item, aggressive = at once, disabled = not.", Choices: ["passive", "aggressive", "disabled"]),
        new("supervisor_default_max_cpus", SettingType.Text, "-1", "supervisor", "Most instances of a job that names no max_cpus, where idle slots are filled; -1 or * = as many as supervisor_max_cpus_limit."),
        new("supervisor_max_cpus_limit", SettingType.Integer, "100", "supervisor", "Most instances of any job where idle slots are filled; a job that asks for more (cpus) has those it asks for.", Min: 1, Max: 10_000),
        new("supervisor_cluster_shares", SettingType.List, "", "supervisor", "Parts of the farm by weight, each for the jobs of a cluster and below, `/showA=60,/showB=30`; what a share does not want the others use. Empty = none."),
        new("supervisor_share_of_others", SettingType.Integer, "1", "supervisor", "Weight of all jobs that are of no share of supervisor_cluster_shares, together.", Min: 1, Max: 1_000_000),
        new("supervisor_wide_patience_seconds", SettingType.Seconds, "30", "supervisor", "How long a job that needs more slots than are free on any host waits before a host is kept for it; -1 = for ever.", Min: -1, Max: 86400),
        new("supervisor_default_p_agenda_priority", SettingType.Integer, "1", "supervisor", "Priority of the poster items of a job that names none.", Min: 1, Max: 9999),
        new("supervisor_p_agenda_max", SettingType.Integer, "0", "supervisor", "Most poster items of a job; 0 = any number.", Min: 0),
        new("supervisor_flags", SettingType.Flags, "host_recontact,heartbeat_monitor,running_monitor,retry_busy", "supervisor", "Qube's supervisor flags, by name or as a mask. disable_submit_check accepts jobs without looking whether a host could run them; the others change nothing.",
            Choices: ["host_recontact", "heartbeat_monitor", "running_monitor", "retry_busy", "disable_submit_check", "enforce_password", "stub_optimize", "remove_logs"]),
        new("supervisor_kill_grace_seconds", SettingType.Seconds, "30", "supervisor", "Time between TERM and KILL when something is ended.", Min: 0, Max: 3600),
        new("supervisor_worker_configfile", SettingType.Text, "", "supervisor", "The central file of worker settings (qbwrk.conf); empty = /etc/qbwrk.conf where there is one, and none with a state of its own."),
        new("supervisor_host_policy", SettingType.Choice, "open", "supervisor", "Which hosts may be members, beside what their tokens allow: any (open), or those with a section of their own in the central settings (qbwrk.conf), by name, by address, or by either (restricted).", Choices: ["open", "restricted", "restrictedbyname", "restrictedbyaddress"]),
        new("supervisor_keep_job_days", SettingType.Integer, "0", "supervisor", "Finished jobs that ended so many days ago are removed, with their output; 0 = none is.", Min: 0, Max: 36500),
        new("supervisor_keep_job_count", SettingType.Integer, "0", "supervisor", "Most finished jobs; those that ended first are removed. 0 = any number.", Min: 0),
        new("supervisor_keep_output_days", SettingType.Integer, "0", "supervisor", "What jobs printed is removed when they ended so many days ago; the jobs stay. 0 = it is kept as long as they are.", Min: 0, Max: 36500),
        new("supervisor_keep_output_mb", SettingType.Integer, "0", "supervisor", "Most megabytes of output of all jobs; that of finished jobs which ended first is removed. 0 = any size.", Min: 0),
        new("supervisor_keep_event_days", SettingType.Integer, "0", "supervisor", "History and audit older than so many days is removed; 0 = none is.", Min: 0, Max: 36500),
        new("supervisor_keep_event_count", SettingType.Integer, "0", "supervisor", "Most lines of history and audit; the oldest are removed. 0 = any number.", Min: 0),
        new("supervisor_vouch", SettingType.List, "", "supervisor", "Hosts whose workers may say who calls them; empty = every worker that joined."),
        new("database", SettingType.Choice, "sqlite", "supervisor", "Engine of the store.", Choices: ["sqlite"]),
        new("supervisor_language_flags", SettingType.Flags, "qube,python,post,mail,dependency,auto_wrangling,exec", "supervisor", "Languages whose callbacks run, and whether jobs may depend on others; by name or as Qube's mask (exec is 128).", Choices: ["qube", "perl", "python", "post", "mail", "dependency", "auto_wrangling", "exec"]),
        new("aw_activation_work_count", SettingType.Integer, "5", "supervisor", "Auto-wrangling (flag auto_wrangling of a job) looks at a host that has failed more items of the job than this and completed none.", Min: 0),
        new("aw_job_migrate_max", SettingType.Integer, "3", "supervisor", "How often auto-wrangling moves a job that runs on one host alone, before it blames the job.", Min: 0),
        new("supervisor_universal_callback_path", SettingType.List, "", "supervisor", "Folders of callbacks that every job gets: callbacks.conf with lines `file = trigger`; .qcb holds codes of language qube, .py runs as python, .sh as exec."),
        new("mail_host", SettingType.Text, "", "supervisor", "Mail server; empty = no mail is sent."),
        new("mail_port", SettingType.Integer, "0", "supervisor", "Its port; 0 = 25, with SSL 465, with TLS 587.", Min: 0, Max: 65535),
        new("mail_connection_type", SettingType.Choice, "DEFAULT", "supervisor", "SSL: encrypted from the first byte; TLS: by STARTTLS; DEFAULT: by STARTTLS where the server has it, and always where a password is sent.", Choices: ["DEFAULT", "SSL", "TLS"]),
        new("mail_user", SettingType.Text, "", "supervisor", "Account at the mail server; empty = none is needed."),
        new("mail_password", SettingType.Password, "", "supervisor", "Its password, as `qbhash --account` with the name of mail_user prints it.") { IsSecret = true },
        new("mail_from", SettingType.Text, "qube", "supervisor", "Sender; a name without a domain gets mail_domain."),
        new("mail_domain", SettingType.Text, "", "supervisor", "Appended to names without a domain; empty = localhost."),
        new("mail_administrator", SettingType.Text, "", "supervisor", "Who gets mails about the farm."),
        new("mail_job_status_format", SettingType.Text, "", "supervisor", "File with the text of mails about jobs; empty = the built-in one. First line `Subject: ...`, variables as $JOB_ID."),
        new("mail_subjob_status_format", SettingType.Text, "", "supervisor", "The same, about instances."),
        new("mail_work_status_format", SettingType.Text, "", "supervisor", "The same, about items."),
        new("mail_license_status_format", SettingType.Text, "", "supervisor", "The same, about licences."),
        new("worker_cpus", SettingType.Integer, "0", "worker", "Slots; 0 = one for each core.", Min: 0, Max: 4096),
        new("worker_name", SettingType.Text, "", "worker", "Name of the host record; empty = the host's name.") { IsBootstrap = true },
        new("worker_description", SettingType.Text, "", "worker", "Free text for host lists.", NoEffect: "host lists show no description"),
        new("worker_groups", SettingType.List, "", "worker", "Host groups, comma separated: jobs choose hosts by them (groups, omitgroups), and `[group:NAME]` of qbwrk.conf."),
        new("worker_cluster", SettingType.Cluster, "/", "worker", "The cluster the host is in: jobs of the nearest clusters go first there."),
        new("worker_restrictions", SettingType.Restriction, "", "worker", "Only jobs of these clusters: `/a`, `/a/*` (one level below), `/a/+` (it and everything below), with `||` between; empty = of any."),
        new("worker_heartbeat_interval", SettingType.Seconds, "10", "worker", "Between two signs of life.", Min: 1, Max: 3600),
        new("worker_lookup", SettingType.Choice, "local,supervisor", "worker", "Whose word counts, the later's before the earlier's: the host's own qb.conf (local) or the supervisor's qbwrk.conf; one alone asks nobody else.", Choices: ["local,supervisor", "supervisor,local", "local", "supervisor"]) { IsBootstrap = true },
        new("worker_flags", SettingType.Flags, "remove_logs,load_profile,auto_mount", "worker", "Qube's worker flags, by name or as a mask. auto_remove: when the host is down it is no member of the farm any more, until it comes back. Windows: load_profile loads the profile of an instance's account. The others change nothing.", Choices: ["dedicated", "dynamic", "auto_mount", "remove_logs", "load_profile", "auto_remove"]),
        new("worker_properties", SettingType.List, "", "worker", "Facts about the host, host.x=y, as they show for it."),
        new("worker_resources", SettingType.List, "", "worker", "Countable resources, host.x=N, as they show for the host; jobs reserve slots only."),
        new("worker_disk_low", SettingType.Integer, "256", "worker", "Megabytes left on the disk of the worker's folder below which the host gets nothing.", Min: 0),
        new("worker_readopt_seconds", SettingType.Seconds, "300", "worker", "How long a run goes on without its worker before it ends itself.", Min: 0, Max: 86400),
        new("proxy_execution_mode", SettingType.Choice, "proxy", "worker", "Whose account jobs get in service mode: proxy_account, or the submitting user's.", Choices: ["proxy", "user"]),
        new("proxy_account", SettingType.Text, "quern", "worker", "Account of all jobs in service mode with proxy_execution_mode = proxy; with {slot} in it (render{slot}) each slot has its own, numbered from 0."),
        new("proxy_password", SettingType.Password, "", "worker", "Windows: password of proxy_account, as qbhash prints it; of an account whose name ends in $ (a managed service account) none is needed.") { IsSecret = true },
        new("proxy_logon_type", SettingType.Choice, "batch,interactive", "worker", "Windows: how accounts are logged on, the first kind that the host lets them; network_cleartext also reaches file servers.", Choices: ["batch,interactive", "batch", "interactive", "batch,interactive,network_cleartext", "network_cleartext"]),
        new("worker_host_domain", SettingType.Text, "", "worker", "Windows: domain of accounts that name none; empty = the host's own accounts, then its domain's."),
        new("worker_allow_administrators", SettingType.Choice, "no", "worker", "Windows: whether members of Administrators may run jobs; the built-in Administrator and the system's own accounts never do.", IsPolicy: true, Choices: ["no", "yes"]),
        new("proxy_nice_value", SettingType.Integer, "0", "worker", "Nice value of jobs; Windows: -20 to -7 is HIGH, -6 to -1 ABOVE_NORMAL, 0 NORMAL, 1 to 10 BELOW_NORMAL, 11 and more IDLE.", Min: -20, Max: 19),
        new("worker_drive_map", SettingType.DriveMap, "", "worker", "Windows: shares that each run gets under drive letters, connected as the job's account within its logon: `X:|\\\\server\\share`, a line each."),
        new("worker_desktop_accept", SettingType.Choice, "any", "worker", "Whose jobs a desktop worker takes: anybody's, or its owner's only.", IsPolicy: true, Choices: ["any", "owner"]),
        new("worker_dual_items", SettingType.Choice, "finish", "worker", "In dual mode, what becomes of the items that the service runs when its person logs in: finish = they end first, move = they are ended and go back to the queue.", IsPolicy: true, Choices: ["finish", "move"]),
        new("proxy_location", SettingType.Text, "", "worker", "Path of quern-proxy; empty = beside the worker.") { IsBootstrap = true },
        new("worker_virtual_display", SettingType.Choice, "none", "worker", "Whether each instance in service mode gets a private X display of its own (the package xvfb).", Choices: ["none", "xvfb"]),
        new("worker_virtual_screen", SettingType.Choice, "1920x1080x24", "worker", "Size and depth of that display.", Choices: ["1280x720x24", "1920x1080x24", "2560x1440x24", "3840x2160x24"]),
        new("worker_path_map", SettingType.PathMap, "", "worker", "Ordered translation of paths: \"from\" = \"to\", one a line; see job-environment.md."),
        new("worker_umask", SettingType.Choice, "022", "worker", "Umask of jobs that bring none.", Choices: ["002", "007", "022", "027", "077"]),
        new("worker_temp_folder", SettingType.Text, "/tmp", "worker", "Where each run gets its private temporary folder, TMPDIR; every account must be able to write there."),
        new("worker_login_environment", SettingType.Choice, "no", "worker", "Whether every job gets what its account's login files export; a job asks with flag login_environment.", Choices: ["yes", "no"]),
        new("worker_env_profile", SettingType.Text, "", "worker", "Environment profile of jobs that name none: a name, or the absolute path of a script; empty = none."),
        new("worker_env_profile_path", SettingType.Text, "/etc/quern/profiles", "worker", "Folder of the profiles that are named: NAME is the script NAME.sh in it."),
        new("worker_template_path", SettingType.Text, "", "worker", "Folders of job types, ';' between them, on Unix also ':'; those that come with Quern (types, where the programs are) are always there, after them. None may be writable by others; see job-types.md."),
        new("worker_job_types", SettingType.List, "", "worker", "Job types that this host takes, of those it has; empty = all."),
        new("worker_flight_check_path", SettingType.Text, "", "worker", "Folder of the flight checks that this host asks of every job (instance/pre, instance/post, agenda/pre, agenda/post); empty = flightCheck in qb_directory."),
        new("worker_flight_check_timeout", SettingType.Seconds, "60", "worker", "How long one flight check may take; then it has failed.", Min: 1, Max: 3600),
        new("worker_flight_check_blame_code", SettingType.Integer, "86", "worker", "Exit code by which a flight check blames the host and not the job; 0 = none does.", Min: 0, Max: 255),
        new("worker_flight_check_blame_seconds", SettingType.Seconds, "600", "worker", "How long a job stays away from a host that a flight check of it blamed.", Min: 1, Max: 86400),
        new("worker_output_rules_path", SettingType.Text, "", "worker", "Folders of rules for what jobs print, separated as in PATH, a later one's file in place of an earlier one's; empty = rules in qb_directory, then /etc/quern/rules."),
        new("worker_check_images", SettingType.Choice, "yes", "worker", "Whether pictures that a job's output names have to be there and whole; a job says otherwise with validate_images in its package.", Choices: ["yes", "no"]),
        new("worker_licence_retry_seconds", SettingType.Seconds, "60", "worker", "How long a job stays away from a host where its program got no licence.", Min: 1, Max: 86400),
        new("worker_min_uid", SettingType.Integer, OperatingSystem.IsMacOS() ? "501" : "1000", "worker", "Accounts below are refused (the proxy_account may be one); 501 on macOS.", IsPolicy: true, Min: 1),
        new("worker_allow_users", SettingType.List, "", "worker", "Only these users; empty = any.", IsPolicy: true),
        new("worker_deny_users", SettingType.List, "", "worker", "Never these users.", IsPolicy: true),
        new("worker_allow_groups", SettingType.List, "", "worker", "Only members of these groups; empty = any.", IsPolicy: true),
        new("worker_deny_groups", SettingType.List, "", "worker", "Never members of these groups.", IsPolicy: true),
        new("worker_account_check", SettingType.Choice, "pam", "worker", "Whether PAM is asked if the account may be used.", IsPolicy: true, Choices: ["pam", "none"]),
        new("worker_privileged_groups", SettingType.Choice, "warn", "worker", "What happens to users in groups that are root by a detour.", IsPolicy: true, Choices: ["warn", "deny"]),
        new("worker_allow_setuid", SettingType.Choice, "no", "worker", "Whether jobs may use set-user-id programs such as sudo; no = no_new_privs and no capability to gain.", IsPolicy: true, Choices: ["no", "yes"]),
        new("worker_home_missing", SettingType.Choice, "private", "worker", "An account whose home folder cannot be entered: a private one in /tmp while the instance lasts, or refused.", IsPolicy: true, Choices: ["private", "refuse"]),
        new("worker_honor_nologin", SettingType.Choice, "no", "worker", "Whether nothing starts while /etc/nologin exists.", IsPolicy: true, Choices: ["no", "yes"]),
        new("worker_require_shell", SettingType.Choice, "no", "worker", "Whether submitters need a shell of /etc/shells.", IsPolicy: true, Choices: ["no", "yes"]),
        new("worker_instance_memory_mb", SettingType.Integer, "0", "worker", "Megabytes all processes of an instance may have together, where control groups can limit memory; 0 = no limit.", IsPolicy: true, Min: 0),
        new("worker_instance_processes", SettingType.Integer, "0", "worker", "Processes and threads an instance may have, where control groups can limit them; 0 = no limit.", IsPolicy: true, Min: 0),
        new("worker_containment", SettingType.Choice, "prefer", "worker", "require: an instance is refused where it cannot have a control group; prefer: sessions, ancestry and a marker then hold it together.", IsPolicy: true, Choices: ["prefer", "require"]),
        new("client_priority", SettingType.Integer, "0", "client", "Priority qbsub gives when none is named; 0 = the supervisor's default.", Min: 0, Max: 9999),
        new("client_cluster", SettingType.Text, "", "client", "Cluster qbsub gives when none is named."),
        new("client_restrictions", SettingType.Text, "", "client", "Restriction qbsub gives when none is named."),
        new("client_account", SettingType.Text, "", "client", "Accounting tag qbsub gives when none is named."),
        new("client_job_flags", SettingType.List, "auto_mount", "client", "Flags added to each job."),
    ];

    /// <summary>Those in force and those that are accepted for Qube's sake; what is in force has the word where both name it.</summary>
    public static readonly IReadOnlyList<SettingDefinition> All = [.. InForce.Concat(QubeSettings.NotInForce).DistinctBy(setting => setting.Name)];

    private static readonly Dictionary<string, SettingDefinition> ByName = All.ToDictionary(setting => setting.Name);

    public static SettingDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The sentence for a name that is no setting.</summary>
    internal static string Unknown(string origin, string key)
        => $"{origin}: there is no setting '{SettingDefinition.Quote(key)}'" + (Nearest(key) is { } near ? $"; did you mean '{near}'?" : "; correct it or leave it out");

    /// <summary>The known name nearest to a mistyped one; null when none is near.</summary>
    public static string? Nearest(string name) => NearestOf(name, ByName.Keys);

    /// <summary>The one of <paramref name="names"/> that a mistyped one is nearest to; null when none is near, or when there are too many to look at.</summary>
    internal static string? NearestOf(string name, IEnumerable<string> names)
    {
        if (name.Length > 80)
        {
            return null;
        }

        var best = names.Take(1000).Select(known => (Name: known, Distance: Distance(name, known))).DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        return best.Item2 <= Math.Max(2, name.Length / 4) && best.Item2 * 2 <= name.Length ? best.Item1 : null;
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[b.Length];
    }
}
