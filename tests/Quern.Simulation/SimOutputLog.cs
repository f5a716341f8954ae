using System.Text;
using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;

namespace Quern.Simulation;

/// <summary>The supervisor's output files: appended at once, synced later, cut back after a crash, as the real log is.</summary>
internal sealed class SimOutputLog(World world, Action<RunId, long, long> durable)
{
    private readonly Dictionary<RunId, List<OutputChunk>> _files = [];
    private readonly Dictionary<RunId, int> _synced = [];
    private readonly List<RunId> _dirty = [];
    private int _incarnation;

    public void Append(Turn turn)
    {
        foreach (var chunk in turn.Output)
        {
            if (!_files.TryGetValue(chunk.Run, out var file))
            {
                _files[chunk.Run] = file = [];
            }

            // The memory belongs to a message that is gone soon.
            file.Add(chunk with { Data = chunk.Data.ToArray() });
            if (!_dirty.Contains(chunk.Run))
            {
                _dirty.Add(chunk.Run);
            }
        }

        if (turn.Output.Count > 0 && _dirty.Count > 0)
        {
            var incarnation = _incarnation;
            world.After(1, world.IsFaulty ? 1000 : 100, () =>
            {
                if (incarnation == _incarnation)
                {
                    Sync();
                }
            });
        }
    }

    /// <summary>The jobs are gone for good, durably: so is what they wrote.</summary>
    public void Remove(IReadOnlyList<JobId> jobs)
    {
        foreach (var job in jobs)
        {
            foreach (var run in _files.Keys.Where(run => run.Instance.Job == job).ToList())
            {
                _files.Remove(run);
                _dirty.Remove(run);
            }
        }
    }

    /// <summary>What was not synced may be there, or in part, or not.</summary>
    public void Crash()
    {
        _incarnation++;
        foreach (var run in _dirty)
        {
            var file = _files[run];
            var kept = world.Dice.Between(_synced.GetValueOrDefault(run), file.Count);
            world.Trace($"output of {run}: {file.Count - kept} pieces of {file.Count} are lost");
            file.RemoveRange(kept, file.Count - kept);
        }

        _dirty.Clear();
    }

    public void CutBack(Farm farm)
    {
        foreach (var instance in farm.Jobs.SelectMany(job => job.InstanceList))
        {
            if (instance.Phase == RunPhase.Idle || !_files.TryGetValue(instance.RunId, out var file))
            {
                continue;
            }

            long bytes = 0;
            var kept = 0;
            while (kept < file.Count && bytes + file[kept].Data.Length <= instance.OutputBytes)
            {
                bytes += file[kept++].Data.Length;
            }

            world.Trace($"output of {instance.RunId} is cut back to {kept} pieces of {file.Count}, {instance.OutputBytes} bytes");
            if (bytes != instance.OutputBytes)
            {
                throw new LawBroken($"{instance.RunId}: {instance.OutputBytes} bytes of output were said to be durable and {bytes} are there");
            }

            file.RemoveRange(kept, file.Count - kept);
            _synced[instance.RunId] = kept;
        }
    }

    /// <summary>The command's output is there once, whole and in order.</summary>
    public void CheckWhole(Execution execution)
    {
        var run = new RunId(new InstanceId(new JobId(execution.Run.Job), execution.Run.Sub), execution.Run.Run);
        var there = string.Concat(_files.GetValueOrDefault(run, [])
            .Where(chunk => chunk.Item == execution.Item && chunk.Attempt == execution.Attempt)
            .Select(chunk => Encoding.UTF8.GetString(chunk.Data.Span)));
        var said = string.Concat(execution.Output);
        if (there != said)
        {
            throw new LawBroken($"{execution.Run} item {execution.Item}: the command wrote \"{said}\" and the log has \"{there}\"");
        }
    }

    private void Sync()
    {
        foreach (var run in _dirty.ToList())
        {
            var file = _files[run];
            _synced[run] = file.Count;
            world.Trace($"output of {run} is synced: {file.Count} pieces, {file.Sum(chunk => (long)chunk.Data.Length)} bytes");
            durable(run, file.Max(chunk => chunk.Position), file.Sum(chunk => (long)chunk.Data.Length));
        }

        _dirty.Clear();
    }
}
