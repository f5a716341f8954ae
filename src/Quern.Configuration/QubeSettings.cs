using static Quern.Configuration.SettingType;

namespace Quern.Configuration;

/// <summary>
/// Qube's settings that a file may hold and that change nothing here, each with the reason. They are checked like any other, so that a file is either right
/// or refused. Source: PipelineFX/docs: parameter pages (reference, worker 3.6). A table; longer than a file should be for that reason.
/// </summary>
internal static class QubeSettings
{
    private const string Worker = "worker";
    private const string Supervisor = "supervisor";
    private const string Client = "client";

    private const string NoListening = "a worker listens on nothing; it calls the supervisor's one port";
    private const string NoThreads = "the runtime sizes its own pools";
    private const string NoDatabase = "the store is SQLite in the supervisor's state folder";
    private const string NoLogFile = "programs log to their standard error, which the service manager keeps";
    private const string NoJobFiles = "output is kept by the supervisor in its state folder; read it with qbout and qberr";
    private const string NoPidFile = "the ready file in the state's run folder holds the pid";
    private const string NoDrives = "a job brings no drives along; worker_drive_map gives a host its own";
    private const string NoLicence = "there are no licences";

    public static readonly IReadOnlyList<SettingDefinition> NotInForce =
    [
        new("worker_address", Text, "", Worker, "Address to listen on.", NoEffect: NoListening) { IsBootstrap = true },
        new("worker_boot_delay", Seconds, "0", Worker, "Wait at start.", Min: 0, NoEffect: "a worker tries again until it reaches the supervisor") { IsBootstrap = true },
        new("worker_boot_diagnostics_retries", Integer, "1", Worker, "Retries of the checks at start.", Min: 0, NoEffect: "a host that fails a check is in panic from the first heartbeat, and well again at the first that finds it mended"),
        new("worker_boot_diagnostics_retry_interval", Seconds, "30", Worker, "Between two of them.", Min: 0, NoEffect: "a host that fails a check is in panic from the first heartbeat, and well again at the first that finds it mended"),
        new("worker_check_interval", Seconds, "120", Worker, "Between two looks at the processes of jobs.", Min: 0, NoEffect: "the kernel tells when a process ends; nothing is polled"),
        new("worker_idle_threads", Integer, "4", Worker, "Threads kept ready.", Min: 0, NoEffect: NoThreads),
        new("worker_job_start_delay", Seconds, "0", Worker, "Between two launches.", Min: 0, NoEffect: "the supervisor paces what a worker starts"),
        new("worker_journal_location", Text, "", Worker, "Journal of running work.", NoEffect: "each run has its own journal in the worker's state folder") { IsBootstrap = true },
        new("worker_log_timeout", Seconds, "10", Worker, "Between two sendings of output.", Min: 0, NoEffect: "output is sent as it comes"),
        new("worker_logfile", Text, "/var/log/workerlog", Worker, "The worker's own log.", NoEffect: NoLogFile),
        new("worker_logmode", Choice, "remote", Worker, "How output reaches the supervisor.", Choices: ["remote", "mounted"], NoEffect: NoJobFiles),
        new("worker_logpath", Text, "/var/spool/qube", Worker, "Root of job output.", NoEffect: NoJobFiles),
        new("worker_max_clients", Integer, "256", Worker, "Messages of a thread before it is renewed.", Min: 0, NoEffect: NoThreads),
        new("worker_max_threads", Integer, "8", Worker, "Most threads.", Min: 0, NoEffect: NoThreads) { IsBootstrap = true },
        new("worker_pidfile", Text, "/var/run/worker.pid", Worker, "File of the process id.", NoEffect: NoPidFile) { IsBootstrap = true },
        new("worker_port", Integer, "50011", Worker, "Port of the worker.", Min: 0, Max: 65535, NoEffect: NoListening) { IsBootstrap = true },
        new("worker_post_interval", Seconds, "43200", Worker, "Between two full reports.", Min: 0, NoEffect: "a worker reports itself whole at each connection and on each change"),

        new("client_drive_map", DriveMap, "", Client, "Drives to send with each job.", NoEffect: NoDrives),
        new("client_host_domain", Text, "", Client, "Windows domain of the caller.", NoEffect: "accounts have no domain on this system"),
        new("client_logpath", Text, "", Client, "Reads job output from this share.", NoEffect: NoJobFiles),

        new("database_host", Text, "", Supervisor, "Host of the database.", NoEffect: NoDatabase),
        new("database_password", Text, "", Supervisor, "Password of the database.", NoEffect: NoDatabase) { IsSecret = true },
        new("database_port", Integer, "50055", Supervisor, "Port of the database.", Min: 0, Max: 65535, NoEffect: NoDatabase),
        new("database_user", Text, "qube", Supervisor, "Account of the database.", NoEffect: NoDatabase),
        new("supervisor_heartbeat_interval", Seconds, "360", Supervisor, "Silence after which a worker is asked.", Min: 0, NoEffect: "hosts are watched by their connection; see supervisor_worker_lost_seconds"),
        new("supervisor_heartbeat_timeout", Seconds, "720", Supervisor, "Silence after which a worker is down.", Min: 0, NoEffect: "hosts are watched by their connection; see supervisor_worker_lost_seconds"),
        new("supervisor_id", Integer, "0", Supervisor, "Which supervisor of the domain.", Min: 0, Max: 3, NoEffect: "a farm has one supervisor"),
        new("supervisor_idle_threads", Integer, "50", Supervisor, "Threads kept ready.", Min: 0, NoEffect: NoThreads),
        new("supervisor_logfile", Text, "/var/log/supelog", Supervisor, "The supervisor's own log.", NoEffect: NoLogFile),
        new("supervisor_logpath", Text, "/var/spool/qube", Supervisor, "Root of job output.", NoEffect: NoJobFiles),
        new("supervisor_manifest", Text, "/var/spool/qube/manifestlog", Supervisor, "One log of all job events.", NoEffect: "events are rows of the store; see qbhist"),
        new("supervisor_manifest_flags", Flags, "job,subjob,work", Supervisor, "What the manifest holds.", Choices: ["job", "subjob", "work"], NoEffect: "events are rows of the store; see qbhist"),
        new("supervisor_max_clients", Integer, "32", Supervisor, "Transactions of a thread before it is renewed.", Min: 0, NoEffect: NoThreads),
        new("supervisor_max_metered_licenses", Integer, "0", Supervisor, "Metered licences.", NoEffect: NoLicence),
        new("supervisor_max_postboard_retry", Integer, "8", Supervisor, "Tries to reach a subscriber.", Min: 0, NoEffect: "subscribers read the live feed"),
        new("supervisor_max_threads", Integer, "128", Supervisor, "Most threads.", Min: 0, NoEffect: NoThreads),
        new("supervisor_max_worker_requeue", Integer, "8", Supervisor, "Tries to give work to a busy worker.", Min: 0, NoEffect: "the supervisor knows the free slots of each worker"),
        new("supervisor_max_worker_retry", Integer, "64", Supervisor, "Tries to reach a host that is down.", Min: 0, NoEffect: NoListening),
        new("supervisor_partner_licensing_host", Text, "", Supervisor, "Licence server.", NoEffect: NoLicence),
        new("supervisor_partner_licensing_port", Integer, "0", Supervisor, "Its port.", NoEffect: NoLicence),
        new("supervisor_pidfile", Text, "/var/run/Supervisor.pid", Supervisor, "File of the process id.", NoEffect: NoPidFile),
        new("supervisor_reserve_timeout", Seconds, "600", Supervisor, "How long a host waits for an instance that does not start.", Min: 0, NoEffect: "a start is answered at once or the connection is lost"),
        new("supervisor_tmp_path", Text, "/tmp", Supervisor, "Folder for temporary files.", NoEffect: "temporary files are in the state folder"),
        new("supervisor_verbosity", Text, "", Supervisor, "Topics of the log.", NoEffect: "the log holds what an operator needs"),
    ];
}
