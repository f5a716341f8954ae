using Quern.Core.Actions;

namespace Quern.Core.Permissions;

public static class VerbPermissions
{
    /// <summary>What it takes to do <paramref name="verb"/> to a job.</summary>
    public static Permission Of(Verb verb) => verb switch
    {
        Verb.Kill => Permission.Kill,
        Verb.Retry => Permission.Retry,
        Verb.Block => Permission.Block,
        Verb.Unblock => Permission.Unblock,
        Verb.Suspend => Permission.Suspend,
        Verb.Resume => Permission.Resume,
        Verb.Interrupt => Permission.Interrupt,
        Verb.Migrate => Permission.Migrate,
        Verb.Preempt => Permission.Preempt,
        Verb.Retire => Permission.Retire,
        Verb.Requeue => Permission.Requeue,
        Verb.Fail => Permission.Fail,
        Verb.Shove => Permission.Shove,
        Verb.Top or Verb.Bottom => Permission.Bump,
        Verb.Remove => Permission.Remove,
        Verb.Modify => Permission.Modify,
    };
}
