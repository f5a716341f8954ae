namespace Quern.Core;

/// <summary>
/// States of jobs, instances and items with Qube's numbers. Bit 0x100 = active; without it the state is terminal.
/// Source: PipelineFX/docs, developers guide (reference/qube-jobs.md 4.1).
/// </summary>
public enum Status
{
    Complete = 16,
    Failed = 32,
    Killed = 48,
    Dying = 261,
    Exiting = 262,
    Registering = 265,
    Blocked = 272,
    Waiting = 288,
    Suspended = 304,
    Pending = 320,
    BadLogin = 325,
    Running = 336,
}

public static class Statuses
{
    /// <summary>Complete, failed or killed.</summary>
    public static bool IsDone(this Status status) => ((int)status & 0x100) == 0;

    /// <summary>Qube's word: lower case, <c>badlogin</c> in one.</summary>
    public static string Word(this Status status) => status switch
    {
        Status.Complete => "complete",
        Status.Failed => "failed",
        Status.Killed => "killed",
        Status.Dying => "dying",
        Status.Exiting => "exiting",
        Status.Registering => "registering",
        Status.Blocked => "blocked",
        Status.Waiting => "waiting",
        Status.Suspended => "suspended",
        Status.Pending => "pending",
        Status.BadLogin => "badlogin",
        Status.Running => "running",
    };

    /// <summary>The state a word names; null for any other word. <c>done</c> and <c>active</c> are groups, not states.</summary>
    public static Status? FromWord(string word) => word switch
    {
        "complete" => Status.Complete,
        "failed" => Status.Failed,
        "killed" => Status.Killed,
        "dying" => Status.Dying,
        "exiting" => Status.Exiting,
        "registering" => Status.Registering,
        "blocked" => Status.Blocked,
        "waiting" => Status.Waiting,
        "suspended" => Status.Suspended,
        "pending" => Status.Pending,
        "badlogin" => Status.BadLogin,
        "running" => Status.Running,
        _ => null,
    };
}
