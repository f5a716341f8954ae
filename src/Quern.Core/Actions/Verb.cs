namespace Quern.Core.Actions;

/// <summary>What people and callbacks do to jobs, instances and items; what each means for what state is <see cref="TransitionTable"/>.</summary>
public enum Verb { Kill, Retry, Block, Unblock, Suspend, Resume, Interrupt, Migrate, Preempt, Retire, Requeue, Fail, Shove, Top, Bottom, Remove, Modify }

public static class Verbs
{
    /// <summary>Qube's word, lower case.</summary>
    public static string Word(this Verb verb) => verb.ToString().ToLowerInvariant();

    /// <summary>The verb a word names, <c>complete</c> being another word for retire; null for any other word.</summary>
    public static Verb? FromWord(string word) => word switch
    {
        "kill" => Verb.Kill,
        "retry" => Verb.Retry,
        "block" => Verb.Block,
        "unblock" => Verb.Unblock,
        "suspend" => Verb.Suspend,
        "resume" => Verb.Resume,
        "interrupt" => Verb.Interrupt,
        "migrate" => Verb.Migrate,
        "preempt" => Verb.Preempt,
        "retire" or "complete" => Verb.Retire,
        "requeue" => Verb.Requeue,
        "fail" => Verb.Fail,
        "shove" => Verb.Shove,
        "top" => Verb.Top,
        "bottom" => Verb.Bottom,
        "remove" => Verb.Remove,
        "modify" => Verb.Modify,
        _ => null,
    };

    /// <summary>As history says it.</summary>
    internal static string Past(this Verb verb) => verb switch
    {
        Verb.Kill => "killed",
        Verb.Retry => "retried",
        Verb.Block => "blocked",
        Verb.Unblock => "unblocked",
        Verb.Suspend => "suspended",
        Verb.Resume => "resumed",
        Verb.Interrupt => "interrupted",
        Verb.Migrate => "migrated",
        Verb.Preempt => "preempted",
        Verb.Retire => "retired",
        Verb.Requeue => "requeued",
        Verb.Fail => "failed",
        Verb.Shove => "shoved",
        Verb.Top => "moved to the top of its priority",
        Verb.Bottom => "moved to the bottom of its priority",
        Verb.Remove => "removed",
        Verb.Modify => "modified",
    };

    /// <summary>It is done to whole jobs and to nothing less.</summary>
    public static bool IsForWholeJobs(this Verb verb) => verb is Verb.Shove or Verb.Top or Verb.Bottom or Verb.Remove or Verb.Modify;
}
