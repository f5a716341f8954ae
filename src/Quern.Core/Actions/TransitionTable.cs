using Quern.Core.Jobs;

namespace Quern.Core.Actions;

/// <summary>What happens to the run of an instance that is acted on.</summary>
public enum Ending
{
    /// <summary>There is none, or it goes on.</summary>
    None,

    /// <summary>TERM, grace, KILL; the item it ran goes back to the list.</summary>
    AtOnce,

    /// <summary>It finishes the item it runs; what it had not started goes back. Without an agenda: preempt ends it at once, retire lets it finish.</summary>
    AfterItem,

    /// <summary>Its processes stand still.</summary>
    StandStill,

    /// <summary>Its processes go on.</summary>
    GoOn,
}

/// <param name="Hold">What holds the whole job afterwards; null = as before.</param>
/// <param name="OnlyFailed">Of its parts only the failed and killed ones are meant.</param>
/// <param name="AdministratorsOnly">Others are refused.</param>
public readonly record struct JobOutcome(Hold? Hold = null, bool OnlyFailed = false, bool AdministratorsOnly = false);

/// <param name="Next">The state it has afterwards; with <see cref="Ending.AfterItem"/> when its run has ended.</param>
/// <param name="NamedOnly">Only where the instance, or its state, is named: an action on the whole job passes it over.</param>
public readonly record struct InstanceOutcome(Status Next, Ending Ending = Ending.None, bool NamedOnly = false);

/// <param name="Next">The state it has afterwards. What runs is stopped, what was handed out is recalled.</param>
/// <param name="NamedOnly">Only where the item, or its state, is named.</param>
/// <param name="ByInstance">The instance that runs it is acted on.</param>
public readonly record struct ItemOutcome(ItemState Next, bool NamedOnly = false, bool ByInstance = false);

/// <summary>
/// Who may leave which state by which verb, and how. Nothing else decides it: where a pair has no arm the verb does not apply and nothing changes.
/// Jobs' rows say which jobs a verb is for; their parts follow their own rows. One line an arm.
/// Source: PipelineFX/docs, users guide, job states and actions (reference, jobs 4.3).
/// </summary>
public static class TransitionTable
{
    public static JobOutcome? OfJob(Verb verb, Status from) => (verb, from) switch
    {
        (Verb.Kill or Verb.Fail, _) when !from.IsDone() => new(),
        (Verb.Block, _) when !from.IsDone() => new(Hold.User),
        (Verb.Unblock, _) when !from.IsDone() => new(Hold.None),
        (Verb.Suspend, Status.Running) => new(Hold.Suspended),
        (Verb.Resume, Status.Suspended or Status.Running or Status.Blocked) => new(Hold.None),
        (Verb.Interrupt or Verb.Migrate or Verb.Preempt, Status.Running) => new(),
        (Verb.Retire, Status.Pending or Status.BadLogin or Status.Running or Status.Blocked) => new(Hold.Retired),
        (Verb.Retry, _) => from.IsDone() ? new(Hold.None) : new(OnlyFailed: true),
        (Verb.Requeue, _) => from.IsDone() ? new(Hold.User) : new(OnlyFailed: true),
        (Verb.Shove, Status.Pending or Status.BadLogin or Status.Running) => new(),
        (Verb.Top or Verb.Bottom or Verb.Modify, _) when !from.IsDone() => new(),
        (Verb.Remove, _) => new(AdministratorsOnly: !from.IsDone()),
        _ => null,
    };

    /// <param name="letsFinish">Of block: the current item is finished.</param>
    /// <param name="leaving">What it is to become after the item it runs.</param>
    public static InstanceOutcome? OfInstance(Verb verb, Status from, bool letsFinish = false, Status? leaving = null) => (verb, from) switch
    {
        (Verb.Kill, Status.Pending or Status.BadLogin or Status.Blocked) => new(Status.Killed),
        (Verb.Kill, Status.Running or Status.Suspended) => new(Status.Killed, Ending.AtOnce),
        (Verb.Fail, Status.Pending or Status.BadLogin or Status.Blocked) => new(Status.Failed),
        (Verb.Fail, Status.Running or Status.Suspended) => new(Status.Failed, Ending.AtOnce),
        (Verb.Block, Status.Pending or Status.BadLogin) => new(Status.Blocked),
        (Verb.Block, Status.Running) when letsFinish => new(Status.Blocked, Ending.AfterItem),
        (Verb.Block, Status.Running or Status.Suspended) when !letsFinish => new(Status.Blocked, Ending.AtOnce),
        (Verb.Unblock, Status.Blocked) => new(Status.Pending),
        (Verb.Unblock, Status.Running) when leaving == Status.Blocked => new(Status.Pending, Ending.AfterItem),
        (Verb.Suspend, Status.Running) => new(Status.Suspended, Ending.StandStill),
        (Verb.Resume, Status.Suspended) => new(Status.Running, Ending.GoOn),
        (Verb.Interrupt or Verb.Migrate, Status.Running) => new(Status.Pending, Ending.AtOnce),
        (Verb.Preempt, Status.Running) => new(Status.Pending, Ending.AfterItem),
        (Verb.Retire, Status.Pending or Status.BadLogin or Status.Blocked) => new(Status.Complete),
        (Verb.Retire, Status.Running) => new(Status.Complete, Ending.AfterItem),
        (Verb.Retry, Status.Complete or Status.Failed or Status.Killed) => new(Status.Pending),
        (Verb.Retry, Status.Pending or Status.BadLogin or Status.Blocked) => new(Status.Pending, NamedOnly: true),
        (Verb.Retry, Status.Running or Status.Suspended) => new(Status.Pending, Ending.AtOnce, NamedOnly: true),
        (Verb.Requeue, Status.Complete or Status.Failed or Status.Killed) => new(Status.Blocked),
        (Verb.Requeue, Status.Pending or Status.BadLogin) => new(Status.Blocked, NamedOnly: true),
        _ => null,
    };

    /// <param name="letsFinish">Of block: the item that runs is finished.</param>
    public static ItemOutcome? OfItem(Verb verb, ItemState from, bool letsFinish = false) => (verb, from) switch
    {
        (Verb.Kill, ItemState.Pending or ItemState.Leased or ItemState.Running or ItemState.Blocked) => new(ItemState.Killed),
        (Verb.Fail, ItemState.Pending or ItemState.Leased or ItemState.Running or ItemState.Blocked) => new(ItemState.Failed),
        (Verb.Block, ItemState.Pending) => new(ItemState.Blocked),
        (Verb.Block, ItemState.Leased) => new(ItemState.Blocked, NamedOnly: letsFinish),
        (Verb.Block, ItemState.Running) when !letsFinish => new(ItemState.Blocked),
        (Verb.Unblock, ItemState.Blocked) => new(ItemState.Pending),
        (Verb.Interrupt, ItemState.Running) => new(ItemState.Pending),
        (Verb.Migrate or Verb.Preempt, ItemState.Running) => new(ItemState.Pending, ByInstance: true),
        (Verb.Retire, ItemState.Pending or ItemState.Blocked) => new(ItemState.Complete),
        (Verb.Retire, ItemState.Leased or ItemState.Running) => new(ItemState.Complete, NamedOnly: true),
        (Verb.Retry, ItemState.Complete or ItemState.Failed or ItemState.Killed) => new(ItemState.Pending),
        (Verb.Requeue, ItemState.Complete or ItemState.Failed or ItemState.Killed) => new(ItemState.Blocked),
        (Verb.Requeue, ItemState.Pending or ItemState.Leased) => new(ItemState.Blocked, NamedOnly: true),
        _ => null,
    };

    /// <summary>States of a kind that the verb applies to, for people: <c>running or suspended</c>; empty = none.</summary>
    internal static string Applies(Func<Status, bool> applies)
    {
        Status[] all = [Status.Pending, Status.BadLogin, Status.Blocked, Status.Running, Status.Suspended, Status.Complete, Status.Failed, Status.Killed];
        var words = all.Where(applies).Select(status => status.Word()).ToList();
        return words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.Take(words.Count - 1))} or {words[^1]}";
    }
}
