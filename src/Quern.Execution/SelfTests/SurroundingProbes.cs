using System.Globalization;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.SelfTests;

/// <summary>What a job gets and sees: environment, descriptors, terminal, signals, limits, directory, programs.</summary>
internal static class SurroundingProbes
{
    private const string Reinstall = "install quern-worker and quern-proxy anew, of the same version";
    private static readonly string[] OfAccountAndShell = ["HOME", "USER", "LOGNAME", "SHELL", "PATH", "TMPDIR", "LANG", "PWD", "OLDPWD", "SHLVL", "_"];

    internal static IReadOnlyList<Probe> All { get; } =
    [
        new(35, "variables of a job never reach a privileged process", Reinstall, false, InjectionAsync),
        new(36, "the environment of a job is the account's, the job's and the farm's, and nothing of the worker's", Reinstall, false, EnvironmentAsync),
        new(37, "variables that cannot be are refused", Reinstall, false, BadVariablesAsync),
        new(38, "a job has its three descriptors and no other", Reinstall, false, DescriptorsAsync),
        new(40, "a job has a session of its own and no terminal", Reinstall, false, TerminalAsync),
        new(41, "a job ignores and blocks no signal", Reinstall, false, SignalsAsync),
        new(42, "a job may open 1024 files and dumps no core", "raise the worker's own limit of open files (LimitNOFILE) to 1024 or more", false, LimitsAsync),
        new(43, "a job has the nice value and the out-of-memory score that were set", "let the worker run with full root (CAP_SYS_RESOURCE, CAP_SYS_NICE)", true, ScoresAsync),
        new(44, "a directory that only root can enter is not entered for a job", Reinstall, true, DirectoryAsync),
        new(45, "a program that only root can run is not run for a job", Reinstall, true, ProgramAsync),
        new(46, "programs are looked for on the job's PATH alone", Reinstall, false, PathAsync),
    ];

    private static async Task<Finding> InjectionAsync(ProbeBench bench)
    {
        var launch = bench.Launch("echo $$; read never </dev/zero & sleep 600") with
        {
            Environment = new Dictionary<string, string>
            {
                ["LD_PRELOAD"] = "/quern-selftest.so", ["LD_AUDIT"] = "/quern-selftest.so", ["DOTNET_STARTUP_HOOKS"] = "/quern-selftest.dll", ["DOTNET_DbgEnableMiniDump"] = "1",
                ["CORECLR_ENABLE_PROFILING"] = "1", ["BASH_ENV"] = "/quern-selftest", ["PATH"] = "/quern-selftest:/usr/bin:/bin",
            },
        };
        var run = bench.Begin(launch);
        await bench.UntilAsync(() => run.Bodies<RunReady>().Any() || run.End is not null, "the proxy is ready").ConfigureAwait(false);
        if (run.Bodies<RunReady>().FirstOrDefault() is not { } ready)
        {
            return Finding.Fails($"the run did not start: {run.End?.Text}");
        }

        // What the proxy was started with; root may read it, and in desktop mode nobody else can.
        var found = bench.Options.IsDesktop ? "" : await File.ReadAllTextAsync($"/proc/{ready.Pid}/environ").ConfigureAwait(false);
        bench.Host.Order(run.Key, new KillRun("selftest", WorkerStopping: false));
        await bench.UntilEndedAsync(run).ConfigureAwait(false);
        return Finding.Expect(found.Length == 0, $"quern-proxy was started with: {found.Replace('\0', ' ')}");
    }

    private static async Task<Finding> EnvironmentAsync(ProbeBench bench)
    {
        var facts = await bench.FactsAsync(launch => launch with { Environment = new Dictionary<string, string> { ["JOB_OWN"] = "a b" } }).ConfigureAwait(false);
        var variables = facts.Below("env.").ToDictionary(StringComparer.Ordinal);
        var foreign = variables.Keys.Where(name => name != "JOB_OWN" && !OfAccountAndShell.Contains(name) && !name.StartsWith("QB", StringComparison.Ordinal) && !name.StartsWith("QUERN_", StringComparison.Ordinal)).ToList();
        var account = bench.Account;
        return foreign.Count > 0
            ? Finding.Fails("not the job's, the account's or the farm's: " + string.Join(' ', foreign))
            : Finding.Expect(
                variables.GetValueOrDefault("USER") == account.Name && variables.GetValueOrDefault("LOGNAME") == account.Name && variables.GetValueOrDefault("JOB_OWN") == "a b" && variables.GetValueOrDefault("HOME") != "/root",
                facts.Of("env.USER", "env.LOGNAME", "env.HOME", "env.JOB_OWN"));
    }

    private static async Task<Finding> BadVariablesAsync(ProbeBench bench)
    {
        Dictionary<string, string>[] bad =
        [
            new() { ["A=B"] = "" }, new() { [""] = "x" }, new() { ["A\0B"] = "" }, new() { ["A"] = "x\0y" },
            new() { ["LONG"] = new string('x', 3 * 1024 * 1024) }, Enumerable.Range(0, 100_001).ToDictionary(number => $"V{number}", _ => ""),
        ];
        foreach (var environment in bad)
        {
            var run = await bench.RunAsync(bench.Launch("echo started") with { Environment = environment }).ConfigureAwait(false);
            if (run.End?.Cause != RunEndCause.Refused || run.End.Text.Length == 0)
            {
                return Finding.Fails($"an environment of {environment.Count} variables, the first '{environment.Keys.First().Replace('\0', '?')}', was not refused: {run.End}");
            }
        }

        return Finding.Holds;
    }

    private static async Task<Finding> DescriptorsAsync(ProbeBench bench)
    {
        // Something to inherit by mistake: open, and not closed by an exec.
        var leaked = LibC.open("/dev/null", LibC.O_RDONLY, 0);
        var run = await bench.RunAsync("set --; n=0; while [ $n -lt 100 ]; do set -- \"$@\" /proc/$$/fd/$n; n=$((n+1)); done; readlink \"$@\"; true").ConfigureAwait(false);
        _ = LibC.close(leaked);
        return Finding.Expect(
            run.Text.Split('\n') is ["/dev/null", var output, var error, ""] && output.StartsWith("pipe:", StringComparison.Ordinal) && error.StartsWith("pipe:", StringComparison.Ordinal),
            $"open were, from 0 on: {run.Text}");
    }

    private static async Task<Finding> TerminalAsync(ProbeBench bench)
    {
        const int noSuchDevice = 6;
        var facts = await bench.FactsAsync().ConfigureAwait(false);
        return Finding.Expect(facts["tty"] == noSuchDevice.ToString(CultureInfo.InvariantCulture) && facts["sid"] == facts["pid"], "opening /dev/tty and the session said: " + facts.Of("tty", "sid", "pid"));
    }

    private static async Task<Finding> SignalsAsync(ProbeBench bench)
    {
        var run = await bench.RunAsync("grep -E '^Sig(Blk|Ign):' /proc/self/status").ConfigureAwait(false);
        const string none = "0000000000000000";
        return Finding.Expect(run.Text == $"SigBlk:\t{none}\nSigIgn:\t{none}\n", run.Text + run.Errors);
    }

    private static async Task<Finding> LimitsAsync(ProbeBench bench)
    {
        var facts = await bench.FactsAsync().ConfigureAwait(false);
        return Finding.Expect(facts["nofile"] == "1024" && facts["core"] == "0", facts.Of("nofile", "core"));
    }

    private static async Task<Finding> ScoresAsync(ProbeBench bench)
    {
        var facts = await bench.FactsAsync(launch => launch with { NiceValue = 5 }).ConfigureAwait(false);
        return Finding.Expect(facts["nice"] == "5" && facts["oom"] == "0", "asked for nice=5 oom=0, got " + facts.Of("nice", "oom"));
    }

    private static async Task<Finding> DirectoryAsync(ProbeBench bench)
    {
        var run = await bench.RunAsync(bench.Launch("pwd") with { WorkingDirectory = bench.Folder }).ConfigureAwait(false);
        return Finding.Expect(!run.Text.Contains(bench.Folder, StringComparison.Ordinal), $"the job ran in '{run.Text.Trim()}', which is root's alone");
    }

    private static async Task<Finding> ProgramAsync(ProbeBench bench)
    {
        const int cannotExecute = 126;
        var folder = Directory.CreateTempSubdirectory("quern-selftest-").FullName;
        try
        {
            var program = Path.Combine(folder, "program");
            await File.WriteAllTextAsync(program, "#!/bin/sh\necho started\n").ConfigureAwait(false);
            _ = LibC.chmod(program, 0x1C0);
            _ = LibC.chmod(folder, 0x1ED);
            var run = await bench.RunAsync(program).ConfigureAwait(false);
            return Finding.Expect(run.End?.ExitCode == cannotExecute && run.Text.Length == 0, $"exit code {run.End?.ExitCode}, output '{run.Text.Trim()}'");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Finding> PathAsync(ProbeBench bench)
    {
        const int notFound = 127;
        var run = await bench.RunAsync(bench.Launch("ls") with { Environment = new Dictionary<string, string> { ["PATH"] = "/quern-selftest" } }).ConfigureAwait(false);
        return Finding.Expect(run.End?.ExitCode == notFound, $"'ls' was found though PATH was /quern-selftest: exit code {run.End?.ExitCode}");
    }
}
