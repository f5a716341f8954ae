using Quern.Core.Actions;
using Quern.Core.Jobs;
using Quern.Core.Triggers;

namespace Quern.Core.Farms;

/// <summary>
/// What callbacks do. A callback runs in the turn that made its trigger true, and is counted in that turn's rows: exactly once. Codes of language
/// <c>qube</c> act there and then, by the same functions and with the rights of the callback's owner as if the owner had asked; what else it causes
/// is a job of its own (python, exec), an entry of the outbox (mail), or a line of the live feed (post).
/// </summary>
public sealed partial class Farm
{
    private int rounds;

    private void HearCallback(Callback callback, int happened, in Happening happening, Now now)
    {
        if (callback.IsSpent)
        {
            return;
        }

        var before = callback.Ready;
        callback.Ready |= 1UL << happened;
        if (callback.Trigger.Holds(callback.Ready))
        {
            callback.Ready = 0;
            callback.Count++;
            callback.LastUpdateMs = now.Unix;
            Run(callback, happening, now);
        }
        else if (callback.Ready == before)
        {
            return;
        }

        MarkDirty(callback);
    }

    private void MarkDirty(Callback callback)
    {
        if (callback.Job is { } job)
        {
            MarkDirty(job);
        }
        else if (globalCallbacks.ContainsKey(callback.Id))
        {
            KeepGlobal(callback);
        }
    }

    private void Run(Callback callback, in Happening happening, Now now)
    {
        var language = callback.Spec.Language;
        if ((options.Languages & language) == 0)
        {
            Note(callback, happening, $"not run: callbacks of language {CallbackLanguage.Word(language)} are switched off (supervisor_language_flags)", now);
            return;
        }

        if (rounds > MostRounds)
        {
            Note(callback, happening, "not run: callbacks go round in a circle, each causing the next; give one of them a maximum", now);
            return;
        }

        switch (language)
        {
            case CallbackLanguages.Qube:
                foreach (var code in callback.Codes)
                {
                    Do(callback, code, happening, now);
                }

                break;
            case CallbackLanguages.Mail:
                Mail(callback, happening.Type switch { EventType.Work => "work", EventType.Subjob => "subjob", _ => "job" }, callback.Spec.Code.Trim(), happening, now);
                break;
            case CallbackLanguages.Post:
                turn.Posts.Add(new CallbackPost(callback.ToString(), callback.User, AboutOf(callback, happening)?.Id.Value ?? 0, happening.ToString(), callback.Spec.Code));
                Note(callback, happening, "told to the live feed", now);
                break;
            case CallbackLanguages.Python or CallbackLanguages.Exec:
                StartJob(callback, happening, now);
                break;
            default:
                Note(callback, happening, $"not run: there are no callbacks of language {CallbackLanguage.Word(language)}", now);
                break;
        }
    }

    /// <summary>The job that a callback's <c>self</c> means: its own, or for a global one that of the event.</summary>
    private static Job? AboutOf(Callback callback, in Happening happening) => callback.Job ?? happening.Job;

    private void Do(Callback callback, QubeCode code, in Happening happening, Now now)
    {
        if (code.Target == CodeTarget.Mail)
        {
            var kind = code.Word switch { "subjob-status" => "subjob", "license-status" => "license", _ => "job" };
            Mail(callback, kind, "", happening, now);
            return;
        }

        if (AboutOf(callback, happening) is not { IsRemoved: false } job)
        {
            Note(callback, happening, $"{code.Word} not done: the event is about no job that is there", now);
            return;
        }

        if (TargetOf(code, job, happening) is not { } target)
        {
            Note(callback, happening, $"{code.Word} not done: {(code.Target == CodeTarget.Work ? "the event was about no item" : "no instance is blocked")}", now);
            return;
        }

        var verb = Verbs.FromWord(code.Word)!.Value;
        var caller = new Caller(callback.User, callback.ToString(), callback.IsAdministrators);
        var result = Act(new FarmAction(verb, caller, [target], [], code.Target is CodeTarget.Subjob or CodeTarget.SingleSubjob, code.Target == CodeTarget.Work), now);
        foreach (var refusal in result.Refused)
        {
            Note(callback, happening, refusal, now);
        }

        if (verb == Verb.Unblock && code.Target == CodeTarget.Work && result.Refused.Count == 0 && job.Hold is Hold.User or Hold.Dependency)
        {
            // An item that may run is of no use in a job that may not.
            Release(job);
        }
    }

    private static Target? TargetOf(QubeCode code, Job job, in Happening happening)
    {
        switch (code.Target)
        {
            case CodeTarget.Job:
                return new Target(job.Id);
            case CodeTarget.Work:
                return happening.ItemName is { Length: > 0 } name ? new Target(job.Id, Items: name) : null;
            default:
                if (happening.Type == EventType.Subjob && happening.Sub < job.Instances.Length)
                {
                    return new Target(job.Id, happening.Sub);
                }

                var blocked = code.Target == CodeTarget.Subjob ? null : Array.Find(job.Instances, instance => instance.Status == Status.Blocked);
                return code.Target == CodeTarget.Subjob ? new Target(job.Id) : blocked is null ? null : new Target(job.Id, blocked.Sub);
        }
    }

    /// <summary>A line of the job's history, in the callback's name.</summary>
    private void Note(Callback callback, in Happening happening, string comment, Now now)
    {
        var caller = new Caller(callback.User, callback.ToString(), false);
        var text = $"callback on {(happening.Type == EventType.Work ? happening.Name + "-work" : happening.ToString())}: {comment}";
        if (happening.Item >= 0 && AboutOf(callback, happening) is { } job && happening.Job == job)
        {
            turn.AddItemEvent(job, -1, happening.Item, caller, text, now, EventComponent.Callback);
            return;
        }

        Told(EventComponent.Callback, AboutOf(callback, happening)?.Id.Value ?? 0, callback.User, callback.ToString(), text, now);
    }

    private void Told(EventComponent component, long job, string user, string from, string text, Now now)
        => turn.Events.Add(new EventRow(0, now.Unix, job, -1, "", user, from, text, component));
}
