using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Core.Tests.Farms;

namespace Quern.Core.Tests.Dispatch;

/// <summary>A farm whose items last as long as their job says, on the harness's clock.</summary>
internal sealed class TimedFarm(FarmOptions options)
{
    private readonly Dictionary<(RunId Run, int Item, int Attempt), long> ends = [];

    public FarmHarness Farm { get; } = new(options);

    /// <summary>How long an item of the job lasts, ms.</summary>
    public Dictionary<JobId, Func<int, long>> Lasts { get; } = [];

    /// <summary>Goes on from one end of an item to the next until the time has passed; after each step <paramref name="look"/> is called with the ms that pass until the next.</summary>
    public void Run(long forMs, Action<long>? look = null)
    {
        var until = Farm.Now.Monotonic + forMs;
        Move();
        while (Farm.Now.Monotonic < until)
        {
            var next = Math.Min(until, ends.Count == 0 ? until : ends.Values.Min());
            next = Math.Min(next, Math.Max(Farm.Now.Monotonic + 1, Farm.Farm.NextWake ?? until));
            look?.Invoke(next - Farm.Now.Monotonic);
            Farm.Advance(next - Farm.Now.Monotonic);
            Move();
        }
    }

    /// <summary>Whatever is due ends, whatever can begin begins.</summary>
    private void Move()
    {
        for (var isMoved = true; isMoved;)
        {
            isMoved = false;
            foreach (var worker in Farm.Workers.Values)
            {
                foreach (var run in worker.Runs.Where(run => !run.IsEnded).ToList())
                {
                    isMoved |= Move(worker, run);
                }

                worker.Report();
            }
        }
    }

    private bool Move(FakeWorker worker, FakeRun run)
    {
        if (run.Current is { } item)
        {
            if (ends.TryGetValue((run.Id, item.Item, item.Attempt), out var end) && end > Farm.Now.Monotonic)
            {
                return false;
            }

            ends.Remove((run.Id, item.Item, item.Attempt));
            worker.StepRun(run, 0);
            return true;
        }

        worker.StepRun(run, 0);
        if (run.Current is { } begun)
        {
            ends[(run.Id, begun.Item, begun.Attempt)] = Farm.Now.Monotonic + Lasts[run.Id.Instance.Job](begun.Item);
            return true;
        }

        return run.IsEnded;
    }
}
