namespace Quern.Execution.Commands;

/// <summary>What the farm's variables mean, for <c>quern env show</c>.</summary>
internal static class FarmVariables
{
    /// <summary>Of an item, set beside its frame tokens; of a run without agenda it is the number of the run.</summary>
    internal const string Attempt = "QUERN_ATTEMPT";

    internal const string Slots = "QB_JOBSLOTS";
    internal const string Allocations = "QB_ALLOCATIONS";

    internal static string Why(string name) => name switch
    {
        "QBJOBID" => "id of the job",
        "QBSUBID" => "number of the instance",
        "QBPGRPID" => "process group of the job",
        Slots => "slots the instance was given",
        Allocations => "what the instance was given",
        "QBDIR" or "QB_DIR" => "where the programs are (qb_directory)",
        "QB_DOMAIN" => "name of the farm (qb_domain)",
        "QB_SUPERVISOR" => "the supervisor of this worker",
        "QUERN_SUBMITTER" => "who submitted the job",
        "QUERN_JOB_NAME" => "name of the job",
        "QUERN_RUN_NUMBER" => "how often the instance was started",
        "QUERN_WORKER" => "name of this worker",
        "QUERN_STATE" => "state folder of this worker, for commands that the job calls",
        _ => "the farm",
    };
}
