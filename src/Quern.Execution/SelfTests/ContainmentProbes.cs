using System.Globalization;
using Quern.Execution.Containment;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.SelfTests;

/// <summary>That every process of a run is found and ended, and that none can get at the proxy or out of its group.</summary>
internal static class ContainmentProbes
{
    private const string MountGroups = "mount a control group v2 hierarchy the worker can write (mount -t cgroup2 none /sys/fs/cgroup, or Delegate=yes in the unit)";
    private const string Reinstall = "install quern-worker and quern-proxy anew, of the same version";

    /// <summary>Leaves its session twice, drops its environment, ignores TERM and hang-ups.</summary>
    private const string Escape = "trap '' TERM HUP; (env -i setsid sh -c 'trap \"\" TERM HUP; (setsid sleep MARK) & sleep MARK' &) ; nohup setsid sleep MARK >/dev/null 2>&1 & ";

    internal static IReadOnlyList<Probe> All { get; } =
    [
        new(47, "a tree that hides (setsid, double fork, empty environment, TERM ignored) is ended with its run", MountGroups, false, EscapeAsync),
        new(50, "a job cannot leave its control group", MountGroups, true, bench => GroupAsync(bench, "cgroup.own", "cgroup.parent")),
        new(51, "a job cannot change its control group", MountGroups, true, bench => GroupAsync(bench, "cgroup.kill", "cgroup.freeze", "cgroup.mkdir")),
        new(52, "a frozen tree can be ended", MountGroups, true, FrozenAsync),
        new(53, "what a command leaves running when it ends is ended and counted", Reinstall, false, LeftoversAsync),
        new(54, "ending is TERM, the grace, then KILL, and each step is in the history", Reinstall, false, GraceAsync),
        new(55, "a run outlives its worker and is taken back", "see that the knock socket's folder can be reached by every account", true, ReadoptedAsync),
        new(56, "a run whose proxy is killed by its own job fails at once and leaves nothing", MountGroups, false, ProxyKilledAsync),
        new(57, "a job can neither trace its proxy nor read its memory, environment or descriptors", Reinstall, false, ProxyClosedAsync),
        new(64, "output without end of line is kept whole", "free the disk of the worker's state folder", false, OutputAsync),
    ];

    private static async Task<Finding> EscapeAsync(ProbeBench bench)
    {
        var mark = ProbeBench.NewMark();
        var run = bench.Begin(bench.Launch(Escape.Replace("MARK", mark, StringComparison.Ordinal) + $"sleep {mark}") with { KillGraceSeconds = 0 });
        await bench.UntilAsync(() => run.End is not null || ProbeBench.Alive("sleep\0" + mark).Count >= 4, "four processes of the tree run").ConfigureAwait(false);
        bench.Host.Order(run.Key, new KillRun("selftest", WorkerStopping: false));
        await bench.UntilEndedAsync(run).ConfigureAwait(false);
        var left = ProbeBench.Alive(mark);
        return Finding.Expect(left.Count == 0, "still alive: " + string.Join(' ', left));
    }

    private static async Task<Finding> GroupAsync(ProbeBench bench, params string[] tries)
    {
        if (bench.Host.CgroupRoot is null)
        {
            return Finding.NotPossible("runs have no control group here");
        }

        var facts = await bench.FactsAsync().ConfigureAwait(false);
        string[] refused = [Errno.EACCES.ToString(CultureInfo.InvariantCulture), Errno.EPERM.ToString(CultureInfo.InvariantCulture)];
        return Finding.Expect(tries.All(name => refused.Contains(facts[name])), "not refused: " + facts.Of(tries));
    }

    private static async Task<Finding> FrozenAsync(ProbeBench bench)
    {
        if (bench.Host.CgroupRoot is null)
        {
            return Finding.NotPossible("runs have no control group here");
        }

        var mark = ProbeBench.NewMark();
        var run = bench.Begin(bench.Launch($"(setsid sleep {mark} &); exec sleep {mark}"));
        await bench.UntilAsync(() => run.End is not null || ProbeBench.Alive("sleep\0" + mark).Count >= 2, "the tree runs").ConfigureAwait(false);
        bench.Host.Order(run.Key, new SuspendRun());
        await bench.UntilAsync(() => bench.Host.Find(run.Key) is null or { IsSuspended: true } or { Ended: true }, "the tree stands still").ConfigureAwait(false);
        bench.Host.Forget(run.Key);
        await bench.UntilAsync(() => ProbeBench.Alive(mark).Count == 0, "the frozen tree is gone").ConfigureAwait(false);
        return Finding.Holds;
    }

    private static async Task<Finding> LeftoversAsync(ProbeBench bench)
    {
        var mark = ProbeBench.NewMark();
        var run = await bench.RunAsync($"(setsid sleep {mark} &); (setsid sleep {mark} &); until [ $(pgrep -fc 'sleep {mark}$') -ge 2 ]; do sleep 0.02; done; exit 3").ConfigureAwait(false);
        var notes = run.Bodies<RunNote>().Select(note => note.Text).ToList();
        return ProbeBench.Alive("sleep\0" + mark) is { Count: > 0 } left
            ? Finding.Fails("still alive: " + string.Join(' ', left))
            : Finding.Expect(run.End is { Cause: RunEndCause.Finished, ExitCode: 3 } && notes.Exists(note => note.Contains("2 processes left behind", StringComparison.Ordinal)), $"{run.End}; history: {string.Join("; ", notes)}");
    }

    private static async Task<Finding> GraceAsync(ProbeBench bench)
    {
        var mark = ProbeBench.NewMark();
        var run = bench.Begin(bench.Launch($"trap 'echo saved' TERM; (trap '' TERM; exec setsid sleep {mark}) & echo on; while :; do sleep 0.05; done"));
        await bench.UntilAsync(() => run.End is not null || run.Text.Contains("on", StringComparison.Ordinal), "the trap is set").ConfigureAwait(false);
        bench.Host.Order(run.Key, new KillRun("selftest", WorkerStopping: false));
        await bench.UntilEndedAsync(run).ConfigureAwait(false);
        var notes = string.Join("; ", run.Bodies<RunNote>().Select(note => note.Text));
        var at = new[] { "TERM to", "KILL to", "ended: no process" }.Select(step => notes.IndexOf(step, StringComparison.Ordinal)).ToList();
        return Finding.Expect(
            run.Text.Contains("saved", StringComparison.Ordinal) && at.TrueForAll(position => position >= 0) && at.SequenceEqual(at.Order()) && ProbeBench.Alive(mark).Count == 0,
            $"output '{run.Text.ReplaceLineEndings(" ")}'; history: {notes}");
    }

    private static async Task<Finding> ReadoptedAsync(ProbeBench bench)
    {
        var run = bench.Begin(bench.Launch("echo one; while [ ! -e \"$GO\" ]; do sleep 0.05; done; echo two") with { Environment = new Dictionary<string, string> { ["GO"] = bench.Folder + "-go" } });
        await bench.UntilAsync(() => run.End is not null || run.Text.Length > 0, "it runs").ConfigureAwait(false);
        await bench.RestartAsync().ConfigureAwait(false);
        var go = bench.Folder + "-go";
        try
        {
            await File.WriteAllTextAsync(go, "").ConfigureAwait(false);
            await bench.UntilEndedAsync(run).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(go);
        }

        return Finding.Expect(run.Text == "one\ntwo\n" && run.End!.Cause == RunEndCause.Finished, $"output '{run.Text.ReplaceLineEndings(" ")}', {run.End}");
    }

    private static async Task<Finding> ProxyKilledAsync(ProbeBench bench)
    {
        var mark = ProbeBench.NewMark();
        var run = await bench.RunAsync($"(setsid sleep {mark} &); kill -9 $PPID; exec sleep {mark}").ConfigureAwait(false);
        var left = ProbeBench.Alive("sleep\0" + mark);
        return Finding.Expect(run.End!.Cause == RunEndCause.ProxyLost && left.Count == 0, $"{run.End}; alive: {string.Join(' ', left)}");
    }

    private static async Task<Finding> ProxyClosedAsync(ProbeBench bench)
    {
        var facts = await bench.FactsAsync().ConfigureAwait(false);
        string[] refused = [Errno.EACCES.ToString(CultureInfo.InvariantCulture), Errno.EPERM.ToString(CultureInfo.InvariantCulture)];
        string[] tries = ["proxy.environ", "proxy.mem", "proxy.fd", "proxy.ptrace"];
        return Finding.Expect(tries.All(name => refused.Contains(facts[name])), "not refused: " + facts.Of(tries));
    }

    private static async Task<Finding> OutputAsync(ProbeBench bench)
    {
        const int bytes = 8_000_000;
        var run = await bench.RunAsync($"head -c {bytes} /dev/zero").ConfigureAwait(false);
        var got = run.Bodies<RunOutput>().Where(output => !output.IsError).Sum(output => (long)output.Data.Length);
        return Finding.Expect(got == bytes, $"{got} of {bytes} bytes arrived");
    }
}
