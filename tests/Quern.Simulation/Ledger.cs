using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Execution.Runs;

namespace Quern.Simulation;

internal enum Fate { Running, Succeeded, Failed, Stopped, Lost, Forgotten }

/// <summary>One start of a command by a proxy.</summary>
internal sealed class Execution(RunKey run, int item, int attempt, string host)
{
    public RunKey Run => run;
    public int Item => item;
    public int Attempt => attempt;
    public string Host => host;
    public Fate Fate { get; set; }
    public List<string> Output { get; } = [];
}

/// <summary>
/// What really happened on the hosts, beside what the supervisor made durable. Knows what a person would be angry about: work done twice,
/// work counted twice, work lost.
/// </summary>
internal sealed class Ledger(World world)
{
    private readonly Dictionary<(long Job, int Item, int Attempt), Execution> _executions = [];
    private readonly Dictionary<(long Job, int Item), List<Execution>> _ofItem = [];
    private readonly Dictionary<(long Job, int Item), ItemRow> _rows = [];
    private readonly Dictionary<(long Job, int Sub), RunKey> _runs = [];
    private readonly HashSet<RunKey> _closing = [];
    private readonly HashSet<RunKey> _ended = [];
    private readonly HashSet<RunKey> _givenUp = [];
    private readonly HashSet<RunKey> _outputLost = [];
    private readonly HashSet<long> _touched = [];
    private readonly HashSet<long> _retired = [];
    private readonly Dictionary<string, string> _replies = [];

    public int Executions => _executions.Count;

    /// <summary>A person did something to the job: what was done may be done again.</summary>
    public void Touched(long job) => _touched.Add(job);

    /// <summary>Somebody called its items complete, whatever became of their commands.</summary>
    public void Retired(long job) => _retired.Add(job);

    public bool IsTouched(long job) => _touched.Contains(job);

    public bool IsGivenUp(RunKey run) => _givenUp.Contains(run);

    public Execution Started(RunKey run, int item, int attempt, string host)
    {
        var execution = new Execution(run, item, attempt, host);
        if (item >= 0)
        {
            if (!_executions.TryAdd((run.Job, item, attempt), execution))
            {
                throw new LawBroken($"attempt {attempt} of item {item} of job {run.Job} was started twice: {_executions[(run.Job, item, attempt)].Run} and {run}");
            }

            if (!_ofItem.TryGetValue((run.Job, item), out var all))
            {
                _ofItem[(run.Job, item)] = all = [];
            }

            if (!_touched.Contains(run.Job) && all.Find(other => other.Fate == Fate.Succeeded && !_givenUp.Contains(other.Run)) is { } done)
            {
                throw new LawBroken($"item {item} of job {run.Job} ended well in {done.Run} attempt {done.Attempt} and runs again in {run} attempt {attempt}");
            }

            all.Add(execution);
        }

        return execution;
    }

    /// <summary>After each turn: slots, and what never happens.</summary>
    public void Observe(Farm farm, Turn turn)
    {
        foreach (var worker in farm.Workers)
        {
            if (worker.SlotsUsed > worker.Facts.Slots)
            {
                throw new LawBroken($"worker {worker.Id} has {worker.Facts.Slots} slots and {worker.SlotsUsed} are taken");
            }

        }

        if (turn.Rows.Events.Find(row => row.Comment.Contains("no longer has it", StringComparison.Ordinal)) is { } odd)
        {
            throw new LawBroken($"job {odd.Job}.{odd.Sub}: {odd.Comment}, though no host ever loses a journal");
        }
    }

    /// <summary>What became durable. Each completion must be one that happened, and be counted once.</summary>
    public void Committed(Turn turn)
    {
        var batch = turn.Rows;
        NoteGivenUp(turn);
        foreach (var job in batch.RemovedJobs.Concat(batch.ClearedItems))
        {
            foreach (var key in _rows.Keys.Where(key => key.Job == job).ToList())
            {
                _rows.Remove(key);
            }
        }

        foreach (var row in batch.Items)
        {
            var before = _rows.GetValueOrDefault((row.Job, row.Item));
            _rows[(row.Job, row.Item)] = row;
            if ((ItemState)row.Status != ItemState.Complete || before?.Status == row.Status || _retired.Contains(row.Job))
            {
                continue;
            }

            if (!_executions.TryGetValue((row.Job, row.Item, row.Attempts), out var execution) || execution.Fate != Fate.Succeeded)
            {
                throw new LawBroken($"item {row.Item} of job {row.Job} is counted complete in attempt {row.Attempts}, which {(execution is null ? "never started" : $"is {execution.Fate}")}");
            }
        }
    }

    /// <summary>A run is given up when it counts as lost, or when the next one begins and its end was not heard.</summary>
    /// <summary>Ended at once to make room: what it ended and had not said by then is done again.</summary>
    private static bool IsPreempted(InstanceRow row) => (RunPhase)row.Phase == RunPhase.Stopping && row.Reason.StartsWith("preempted", StringComparison.Ordinal);

    private void NoteGivenUp(Turn turn)
    {
        _ended.UnionWith(turn.EndedRuns.Select(run => new RunKey(run.Instance.Job.Value, run.Instance.Sub, run.Run)));
        foreach (var row in turn.Rows.Instances)
        {
            var run = new RunKey(row.Job, row.Sub, row.Run);
            var before = _runs.GetValueOrDefault((row.Job, row.Sub), run);
            _runs[(row.Job, row.Sub)] = run;
            if ((RunPhase)row.Phase == RunPhase.Lost || IsPreempted(row))
            {
                _givenUp.Add(run);
            }

            // A host was lost with the last output of an ended run, and the instance went elsewhere: that output is gone, its ends are counted.
            if (before != run && (!_ended.Contains(before) || _closing.Contains(before)))
            {
                (_ended.Contains(before) ? _outputLost : _givenUp).Add(before);
            }

            _ = (RunPhase)row.Phase == RunPhase.Closing && row.OutputPosition < row.Position ? _closing.Add(run) : _closing.Remove(run);
        }
    }

    /// <summary>A submission was answered; every answer to it must be the same.</summary>
    public void Answered(string request, string jobs)
    {
        if (!_replies.TryAdd(request, jobs) && _replies[request] != jobs)
        {
            throw new LawBroken($"submission {request} was answered with jobs {_replies[request]} and with {jobs}");
        }
    }

    /// <summary>Everything is over: a job nobody touched did each thing exactly once, and its output is whole.</summary>
    public void CheckEnd(Farm farm, SimOutputLog log)
    {
        foreach (var job in farm.Jobs.Where(job => job.Items is not null))
        {
            for (var index = 0; index < job.Items!.Count; index++)
            {
                CheckItem(job, index, log);
            }
        }

        world.Trace($"{_executions.Count} executions, {_givenUp.Count} runs given up, {_touched.Count} jobs touched");
    }

    private void CheckItem(Job job, int index, SimOutputLog log)
    {
        var item = job.Items![index];
        var all = _ofItem.GetValueOrDefault((job.Id.Value, index), []);
        if (item.State == ItemState.Complete && !_retired.Contains(job.Id.Value))
        {
            var counted = all.Find(execution => execution.Attempt == item.Attempts);
            if (counted is null || counted.Fate != Fate.Succeeded)
            {
                throw new LawBroken($"item {index} of job {job.Id} is complete in attempt {item.Attempts}, which {(counted is null ? "never started" : $"is {counted.Fate}")}");
            }

            if (!_givenUp.Contains(counted.Run) && !_outputLost.Contains(counted.Run) && !_touched.Contains(job.Id.Value))
            {
                log.CheckWhole(counted);
            }
        }

        if (_touched.Contains(job.Id.Value))
        {
            return;
        }

        var failures = all.Count(execution => execution.Fate == Fate.Failed && !_givenUp.Contains(execution.Run));
        var most = Math.Max(0, job.Spec.RetryWork) + 1;
        if (failures > most || item.Retries > Math.Max(0, job.Spec.RetryWork))
        {
            throw new LawBroken($"item {index} of job {job.Id} failed {failures} times and was retried {item.Retries} times; {job.Spec.RetryWork} retries are allowed");
        }

        if (item.State == ItemState.Failed && failures == 0 && !all.Exists(execution => execution.Fate == Fate.Failed))
        {
            throw new LawBroken($"item {index} of job {job.Id} counts as failed and no command failed");
        }
    }
}
