using System.Text;
using Quern.Protocol.Api;

namespace Quern.Cli.Demo;

/// <summary>
/// Shows the jobs as they go: a bar each, redrawn in place, on a terminal; a line for each change elsewhere. Not thread-safe.
/// </summary>
internal sealed class DemoProgress(TextWriter writer, bool isTerminal, TimeProvider clock)
{
    private const int BarCells = 28;

    private readonly Dictionary<long, JobView> _jobs = [];
    private readonly Dictionary<long, string> _said = [];
    private int _drawn;

    public void Update(JobView job)
    {
        _jobs[job.Id] = job;
        if (!isTerminal)
        {
            string line = Line(job);
            if (_said.TryGetValue(job.Id, out string? last) && last == line)
            {
                return;
            }
            _said[job.Id] = line;
            writer.WriteLine(line);
            writer.Flush();
        }
    }

    /// <summary>Draws the bars again; call after updates and once a second for the time left.</summary>
    public void Draw()
    {
        if (!isTerminal || _jobs.Count == 0)
        {
            return;
        }
        var text = new StringBuilder();
        if (_drawn > 0)
        {
            text.Append($"\e[{_drawn}A");
        }
        foreach (var job in _jobs.Values.OrderBy(job => job.Id))
        {
            text.Append('\r').Append(Bar(job)).Append("\e[K\n");
        }
        _drawn = _jobs.Count;
        writer.Write(text);
        writer.Flush();
    }

    // In a pipe time left would change every line: only what happened is said.
    private static string Line(JobView job)
    {
        var (total, done, running, failed) = Counts(job);
        var text = new StringBuilder($"{job.Id} {job.Name}: {job.Status}");
        if (total > 1)
        {
            text.Append($", {done}/{total} done, {running} running").Append(failed > 0 ? $", {failed} failed" : "");
        }
        return text.Append(Waits(job)).ToString();
    }

    private string Bar(JobView job)
    {
        var (total, done, running, failed) = Counts(job);
        int filled = BarCells * done / total;
        int broken = failed == 0 ? 0 : Math.Max(1, BarCells * failed / total);
        int moving = Math.Min(BarCells - Math.Min(BarCells, filled + broken), running == 0 ? 0 : Math.Max(1, BarCells * running / total));
        int empty = Math.Max(0, BarCells - filled - broken - moving);
        string bar = $"\e[32m{new string('█', filled)}\e[31m{new string('█', Math.Min(broken, BarCells - filled))}\e[33m{new string('▒', moving)}\e[90m{new string('░', empty)}\e[0m";
        return $"{job.Id,4} {job.Name,-20} {bar} {$"{done}/{total}",9} {State(job, running, failed)}";
    }

    private string State(JobView job, int running, int failed)
    {
        string failures = failed > 0 ? $", {failed} failed" : "";
        return job.Status switch
        {
            "running" => $"{running} running{failures}{TimeLeft(job)}",
            "complete" => $"complete in {Seconds(job.Timecomplete - job.Timestart)}",
            _ => $"{job.Status}{failures}{Waits(job)}",
        };
    }

    private static string Waits(JobView job) =>
        job.Status is "pending" or "waiting" or "blocked" or "badlogin" && job.Reason is { Length: > 0 } and not "none" ? $" ({job.Reason})" : "";

    private string TimeLeft(JobView job)
    {
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var (total, done, _, _) = Counts(job);
        long left = job.Eta > 0 ? job.Eta - now : done > 0 && job.Timestart > 0 ? (now - job.Timestart) * (total - done) / done : -1;
        return left > 0 ? $", {Seconds(left)} left" : "";
    }

    private static (int Total, int Done, int Running, int Failed) Counts(JobView job)
    {
        var tally = job.Todo > 0 ? job.Todotally : job.Cpustally;
        return (Math.Max(1, job.Todo > 0 ? job.Todo : job.Cpus), tally.Complete, tally.Running, tally.Failed + tally.Killed);
    }

    public static string Seconds(long milliseconds) => milliseconds switch
    {
        < 0 => "-",
        < 60_000 => $"{milliseconds / 1000.0:0.0} s",
        _ => $"{milliseconds / 60_000} min {milliseconds / 1000 % 60} s",
    };
}
