using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Actions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Permissions;
using Quern.Protocol.Api;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Api;

/// <summary>POST: actions on jobs, instances and items. Many targets are asked for in slices, so that a turn stays short.</summary>
internal sealed class ActionEndpoint(IFarmLoop loop, ApiOptions options)
{
    private const int MostTargets = 100_000;
    private const int TargetsInOneTurn = 200;
    private const string GroupPrefix = "pgrp:";

    public async Task ActAsync(HttpContext context)
    {
        var caller = ApiGate.CallerOf(context);
        var request = await ApiGate.ReadAsync(context, ApiJson.Default.ActionRequest).ConfigureAwait(false);
        var warnings = new List<string>();
        var action = Read(request, caller) with { Changes = ChangesReader.Read(request, caller, options, warnings) };
        var filter = request.Filter is null ? null : JobQuery.Read(request.Filter);
        var words = request.Targets.Select(Selector.Read).ToList();
        var chosen = await loop.Ask((farm, _) => Choose(farm, words, filter, request.Filter?.User is null, action), context.RequestAborted).ConfigureAwait(false);
        var affected = new List<string>();
        var refused = new List<string>();
        foreach (var slice in Slices(chosen))
        {
            var part = action with { Targets = [.. slice.Select(one => one.Target)], IsChosen = slice[0].IsFound };
            var result = await loop.Ask((farm, now) => farm.Act(part, now), context.RequestAborted).ConfigureAwait(false);
            affected.AddRange(result.Affected);
            refused.AddRange(result.Refused);
        }

        await ApiGate.WriteAsync(context, new ActionReply { Affected = affected, Refused = refused, Warnings = warnings.Count == 0 ? null : warnings }, ApiJson.Default.ActionReply).ConfigureAwait(false);
    }

    private static FarmAction Read(ActionRequest request, Caller caller)
    {
        if (request.Targets is not { Count: > 0 and <= MostTargets })
        {
            throw ApiRefusal.Bad($"{request.Action} is refused: it names {request.Targets?.Count ?? 0} ids, 1 to {MostTargets} are allowed; name what it is for, 0 means all your jobs");
        }

        if (request.InstancesOnly && request.ItemsOnly)
        {
            throw ApiRefusal.Bad($"{request.Action} is refused: instances only and items only exclude each other; give one of them or none for both");
        }

        var verb = Verbs.FromWord(request.Action ?? "") ?? throw ApiRefusal.Bad(
            $"action '{TargetText.Quote(request.Action ?? "")}' is refused: it is not known; use {string.Join(", ", Enum.GetValues<Verb>().Select(known => known.Word()))}");
        if (request.Finish && verb != Verb.Block)
        {
            throw ApiRefusal.Bad($"{request.Action} is refused: finish belongs to block; use preempt or retire to let the current item end");
        }

        return new FarmAction(verb, caller, [], ReadStatuses(request.Statuses), request.InstancesOnly, request.ItemsOnly)
        {
            InstanceStatuses = ReadStatuses(request.InstanceStatuses), ItemStatuses = ReadStatuses(request.ItemStatuses), LetsFinish = request.Finish,
        };
    }

    private static List<Status> ReadStatuses(IReadOnlyList<string>? words) => [.. (words ?? []).SelectMany(ReadStatus).Distinct()];

    private static IEnumerable<Status> ReadStatus(string? word) => word switch
    {
        "done" => [Status.Complete, Status.Failed, Status.Killed],
        "active" => [Status.Pending, Status.Running, Status.Blocked, Status.BadLogin, Status.Suspended],
        not null when Statuses.FromWord(word) is { } status => [status],
        _ => throw ApiRefusal.Bad($"status '{TargetText.Quote(word ?? "")}' is refused: it is not known; use pending, running, suspended, blocked, badlogin, complete, failed, killed, done or active"),
    };

    /// <summary>
    /// Targets that pass the filter; a process group becomes all of its jobs, job 0 the caller's. With a user in the filter, job 0 becomes that user's jobs, or everybody's,
    /// as far as the caller may do it to them: administrators, who has sudo_admin, and fellow members of a group.
    /// </summary>
    private static List<Choice> Choose(Farm farm, List<Selector> words, JobQuery? filter, bool ownOnly, FarmAction action)
    {
        var chosen = new List<Choice>();
        var known = new Dictionary<string, bool>();

        // Without a policy of the site the answer is the same for all jobs of an owner.
        bool MayDo(Job job) => farm.JobPolicy is not null ? farm.MayDo(action.Caller, VerbPermissions.Of(action.Verb), job) is null
            : known.TryGetValue(job.Spec.User, out var may) ? may : known[job.Spec.User] = farm.MayDo(action.Caller, VerbPermissions.Of(action.Verb), job) is null;
        foreach (var (target, group) in words)
        {
            if (group is not null)
            {
                var members = farm.Jobs.Where(job => job.Pgrp == group).ToList();

                // A group that is not there goes on to its refusal, by the name of its first job.
                chosen.AddRange(members.Count == 0
                    ? [new Choice(new Target(new JobId(group.Value)), false)]
                    : members.Where(job => filter?.Passes(job) ?? true).Select(job => new Choice(new Target(job.Id), true)));
            }
            else if (target.Job.Value != 0)
            {
                // A job that is not there goes on to its refusal.
                if (filter is null || farm.FindJob(target.Job) is not { } job || filter.Passes(job))
                {
                    chosen.Add(new Choice(target, false));
                }
            }
            else
            {
                chosen.AddRange(farm.Jobs
                    .Where(job => (filter?.Passes(job) ?? true) && (job.Spec.User == action.Caller.User || (!ownOnly && MayDo(job))))
                    .Select(job => new Choice(target with { Job = job.Id }, true)));
            }
        }

        return chosen;
    }

    private static IEnumerable<List<Choice>> Slices(List<Choice> chosen)
    {
        for (var from = 0; from < chosen.Count;)
        {
            var to = from;
            while (to < chosen.Count && to - from < TargetsInOneTurn && chosen[to].IsFound == chosen[from].IsFound)
            {
                to++;
            }

            yield return chosen.GetRange(from, to - from);
            from = to;
        }
    }

    /// <param name="IsFound">By the farm: nobody named it.</param>
    private readonly record struct Choice(Target Target, bool IsFound);

    /// <summary>An id as it was written, or a whole process group.</summary>
    private readonly record struct Selector(Target Target, long? Group)
    {
        public static Selector Read(string? text) => text is not null && text.StartsWith(GroupPrefix, StringComparison.Ordinal)
            ? new Selector(new Target(default), TargetText.Parse(text[GroupPrefix.Length..]) is { Sub: null, Items: null } group
                ? group.Job.Value
                : throw ApiRefusal.Bad($"id '{TargetText.Quote(text)}' is refused: a process group is named by its number alone, such as pgrp:12"))
            : new Selector(TargetText.Parse(text), null);
    }
}
