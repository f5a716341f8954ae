using Quern.Core;
using Quern.Core.Actions;
using Quern.Core.Agendas;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Simulation;

/// <summary>People: they submit until they are answered, and do things to jobs they have been told of.</summary>
/// <param name="grows">Wide instances take what gets free while they run.</param>
internal sealed class SimClient(World world, SimSupervisor supervisor, Ledger ledger, bool grows)
{
    private static readonly Caller Ann = new("ann", "desk1", true);
    private readonly List<JobId> _jobs = [];
    private readonly HashSet<JobId> _leftAlone = [];
    private int _requests;
    private int _unanswered;

    public bool IsAnswered => _unanswered == 0;

    public void Submit()
    {
        var isLeftAlone = world.Dice.Chance(60);
        var specs = Enumerable.Range(0, world.Dice.Between(1, 2)).Select(_ => Spec()).ToList();
        _unanswered++;
        var answered = false;
        Send(new Submission($"request-{++_requests}", Ann, specs), result =>
        {
            if (answered)
            {
                return;
            }

            answered = true;
            _unanswered--;
            _jobs.AddRange(result.Ids);
            if (isLeftAlone)
            {
                _leftAlone.UnionWith(result.Ids);
            }
        }, () => !answered);
    }

    public void Act()
    {
        var open = _jobs.Where(job => !_leftAlone.Contains(job)).ToList();
        if (open.Count == 0)
        {
            return;
        }

        var job = world.Dice.Pick(open);
        var verb = world.Dice.Pick([Verb.Kill, Verb.Retry, Verb.Retry, Verb.Block, Verb.Unblock, Verb.Unblock, Verb.Suspend, Verb.Resume, Verb.Resume, Verb.Interrupt, Verb.Migrate, Verb.Preempt, Verb.Preempt, Verb.Retire, Verb.Requeue, Verb.Fail, Verb.Shove, Verb.Top, Verb.Bottom, Verb.Remove, Verb.Modify, Verb.Modify]);
        if (verb == Verb.Remove && world.Dice.Chance(70))
        {
            verb = Verb.Retry;
        }

        var target = world.Dice.Between(1, 3) switch
        {
            1 when !verb.IsForWholeJobs() => new Target(job, Sub: world.Dice.Between(0, 3)),
            2 when !verb.IsForWholeJobs() => new Target(job, Items: world.Dice.Chance(50) ? $"{world.Dice.Between(1, 20)}" : $"{world.Dice.Between(1, 5)}-{world.Dice.Between(6, 20)}"),
            _ => new Target(job),
        };
        Send(new FarmAction(verb, Ann, [target], [], false, false) { LetsFinish = verb == Verb.Block && world.Dice.Chance(50), Changes = verb == Verb.Modify ? Changes() : null });
    }

    private JobChanges Changes()
    {
        string[] names = ["priority", "cpus", "reservations", "requirements", "retrywork"];
        var slots = world.Dice.Between(1, 2);
        var values = new JobSpec
        {
            Prototype = "", User = "", Priority = world.Dice.Pick([100, 500, 9999]), Cpus = world.Dice.Between(1, 5), Processors = slots, Reservations = $"host.processors={slots}",
            Requirements = world.Dice.Pick(["", "host.processors > 0", "job.priority > 0"]), RetryWork = world.Dice.Between(-1, 3),
        };
        return new JobChanges(values, [.. names.Where(_ => world.Dice.Chance(50)).Select(name => JobAttribute.Find(name)!)]);
    }

    /// <summary>What still waits for a person is let go.</summary>
    public void UnblockAll()
    {
        foreach (var job in supervisor.Farm?.Jobs.Where(job => job.Status == Status.Blocked).Select(job => job.Id).ToList() ?? [])
        {
            Send(new FarmAction(Verb.Unblock, Ann, [new Target(job)], [], false, false));
        }

        // Every instance was retired or ended by name, and items wait.
        foreach (var job in supervisor.Farm?.Jobs.Where(job => !job.Status.IsDone() && job.InstanceList.All(instance => instance.Status.IsDone())).Select(job => job.Id).ToList() ?? [])
        {
            Send(new FarmAction(Verb.Retry, Ann, [new Target(job, Sub: 0)], [], false, false));
        }

        // An instance may stand still while its job as a whole does not.
        foreach (var job in supervisor.Farm?.Jobs.Where(job => job.Hold == Hold.Suspended || job.CountInstances(Status.Suspended) > 0).Select(job => job.Id).ToList() ?? [])
        {
            Send(new FarmAction(Verb.Resume, Ann, [new Target(job)], [], false, false));
        }
    }

    private void Send(FarmAction action) => world.After(1, 20, () => supervisor.Ask(
        (farm, now) =>
        {
            foreach (var target in action.Targets.Where(_ => action.Verb is not (Verb.Unblock or Verb.Suspend or Verb.Resume or Verb.Shove or Verb.Top or Verb.Bottom)))
            {
                ledger.Touched(target.Job.Value);
                if (action.Verb == Verb.Retire)
                {
                    ledger.Retired(target.Job.Value);
                }
            }

            var result = farm.Act(action, now);
            world.Trace($"{action.Verb} {action.Targets[0]}: {result.Affected.Count} affected {string.Join("; ", result.Refused)}");
        },
        () => { }));

    /// <summary>Sends until an answer comes, sometimes twice at once.</summary>
    private void Send(Submission submission, Action<SubmitResult> answer, Func<bool> isWaiting)
    {
        for (var times = world.IsFaulty && world.Dice.Chance(20) ? 2 : 1; times > 0; times--)
        {
            world.After(1, 50, () =>
            {
                SubmitResult? result = null;
                supervisor.Ask((farm, now) => result = farm.Submit(submission, now), () =>
                {
                    if (result!.Refusal is not null)
                    {
                        throw new LawBroken($"{submission.RequestId} was refused: {result.Refusal}");
                    }

                    ledger.Answered(submission.RequestId, string.Join(",", result.Ids));
                    if (!world.IsFaulty || world.Dice.Chance(80))
                    {
                        world.After(1, 20, () => answer(result));
                    }
                });
            });
        }

        world.After(2000, 4000, () =>
        {
            if (isWaiting())
            {
                Send(submission, answer, isWaiting);
            }
        });
    }

    private JobSpec Spec()
    {
        var dice = world.Dice;
        var work = dice.Pick([20, 200, 1500, 4000]);
        var fails = dice.Pick([0, 0, 5, 40]);
        var hasAgenda = !dice.Chance(15);
        var range = hasAgenda ? $"1-{dice.Between(1, 40)}" : "";
        var spec = new JobSpec
        {
            Name = $"job of {range}", Prototype = hasAgenda ? "cmdrange" : "cmdline", User = "ann", Range = range,
            Package = new Dictionary<string, string> { ["cmdline"] = $"work {work} {fails}" },
            Agenda = hasAgenda ? Agenda.Parse(range, AgendaSplit.Frames, 1, dice.Pick([AgendaOrder.Ascend, AgendaOrder.Binary]), 1000).Agenda!.Save() : "",
            Priority = dice.Pick([100, 9999]), Cpus = dice.Between(1, 4), Processors = dice.Chance(20) ? 2 : 1,
            RetryWork = dice.Between(-1, 3), RetryWorkDelaySeconds = dice.Chance(25) ? 2 : 0, RetrySubjob = dice.Between(-1, 2),
            StartsBlocked = dice.Chance(10), Dependency = Dependency(hasAgenda), Cluster = dice.Pick(["/", "/a", "/b", "/a/c"]),
        };
        if (spec.Processors == 1 && dice.Chance(25))
        {
            // Every host has two slots.
            spec = spec with { Reservations = dice.Pick(["host.processors=1,global.seats=1", "host.processors=1,global_host.node=1", "host.processors=2*", "host.processors=1+"]) };
        }

        return grows && spec.Processors == 2 ? spec with { Reservations = "host.processors=1-3" } : spec;
    }

    private string Dependency(bool hasAgenda)
    {
        var known = supervisor.Farm?.Jobs.Where(job => _jobs.Contains(job.Id)).ToList() ?? [];
        if (known.Count == 0 || !world.Dice.Chance(30))
        {
            return "";
        }

        // Only jobs that nobody removes: a submission that waits for its answer must not become wrong.
        var targets = known.Where(job => _leftAlone.Contains(job.Id)).ToList();
        if (targets.Count == 0)
        {
            return "";
        }

        var target = world.Dice.Pick(targets);
        return world.Dice.Between(1, 3) switch
        {
            1 => $"link-complete-job-{target.Id}",
            2 when hasAgenda && target.HasAgenda => $"link-complete-work-{target.Id}",
            _ => $"link-done-job-{target.Id}",
        };
    }
}
