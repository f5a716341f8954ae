using System.Text;
using Quern.Execution.Accounts;
using Quern.Execution.Containment;
using Quern.Execution.Runs;

namespace Quern.Execution.SelfTests;

/// <summary>A run host on a folder of its own, and runs on it as the account under test. Not thread-safe.</summary>
internal sealed class ProbeBench : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan OutsideLook = TimeSpan.FromMilliseconds(50);
    private static int last;
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<RunKey, ProbeRun> _runs = [];
    private readonly string _knock;
    private int _jobs;

    internal ProbeBench(SelfTestOptions options)
    {
        Options = options;
        Folder = Directory.CreateTempSubdirectory("quern-selftest-").FullName;
        _knock = $"@quern-selftest-{Environment.ProcessId}-{Interlocked.Increment(ref last)}";
        Host = Open();
    }

    internal SelfTestOptions Options { get; }

    /// <summary>The worker's account alone can enter it.</summary>
    internal string Folder { get; }

    internal RunHost Host { get; private set; }

    /// <summary>The account as its runs got it; known after the first.</summary>
    internal Account Account => AccountResolver.Find(Options.Account) ?? throw new IOException($"account '{Options.Account}' does not exist");

    internal Launch Launch(string command) => new()
    {
        Key = new RunKey(++_jobs, 0, 1),
        Account = Options.Account,
        Submitter = "selftest",
        IsProxyAccount = Options.IsProxyAccount,
        IsDesktop = Options.IsDesktop,
        JobName = "selftest",
        JobType = "cmdline",
        Command = command,
        Shell = "/bin/sh",
        Environment = new Dictionary<string, string>(),
        FarmEnvironment = new Dictionary<string, string> { ["QBJOBID"] = "1" },
        WorkingDirectory = "/",
        Umask = 0,
        NiceValue = 0,
        HasAgenda = false,
        Padding = 4,
        Range = "",
        TimeLimitSeconds = 0,
        ItemTimeLimitSeconds = 0,
        KillGraceSeconds = 1,
        ReadoptSeconds = 20,
        Items = [],
    };

    internal ProbeRun Begin(Launch launch)
    {
        var run = _runs[launch.Key] = new ProbeRun(launch.Key);
        Host.Start(launch);
        return run;
    }

    internal async Task<ProbeRun> RunAsync(Launch launch)
    {
        var run = Begin(launch);
        await UntilEndedAsync(run).ConfigureAwait(false);
        return run;
    }

    internal Task<ProbeRun> RunAsync(string command) => RunAsync(Launch(command));

    /// <summary>What the program under test sees of itself, through the proxy's own looking glass.</summary>
    /// <exception cref="NotSupportedException">The account cannot reach the proxy's program.</exception>
    internal async Task<ProbeFacts> FactsAsync(Func<Launch, Launch>? change = null)
    {
        var launch = Launch($"exec '{Options.ProxyPath}' --probe");
        var run = await RunAsync(change?.Invoke(launch) ?? launch).ConfigureAwait(false);
        const int cannotExecute = 126, notFound = 127;
        if (run.End is { Cause: RunEndCause.Finished, ExitCode: cannotExecute or notFound })
        {
            throw new NotSupportedException($"'{Options.Account}' cannot run '{Options.ProxyPath}': its folder is closed to that account; test a worker that is installed");
        }

        return run.End is { Cause: RunEndCause.Finished, ExitCode: 0 }
            ? new ProbeFacts(run.Text)
            : throw new IOException($"the probe did not run as '{Options.Account}': {run.End?.Text} (exit code {run.End?.ExitCode}) {run.Errors}".TrimEnd());
    }

    internal Task UntilEndedAsync(ProbeRun run) => UntilAsync(() => run.End is not null && Host.Find(run.Key)?.Ended == true, "the run ended");

    /// <exception cref="TimeoutException">It did not come to that in half a minute.</exception>
    internal async Task UntilAsync(Func<bool> condition, string what)
    {
        var end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        Turn();
        while (!condition())
        {
            if (Environment.TickCount64 > end)
            {
                throw new TimeoutException($"waited {Patience.TotalSeconds:0} s in vain until {what}");
            }

            // A change of the host is signalled; a process that ends outside is looked for.
            await _changed.WaitAsync(OutsideLook).ConfigureAwait(false);
            Turn();
        }
    }

    /// <summary>As when the worker's program is started anew.</summary>
    internal async Task RestartAsync()
    {
        await Host.DisposeAsync().ConfigureAwait(false);
        Host = Open();
        foreach (var held in Host.Recover())
        {
            Collect(held.Key);
        }
    }

    /// <summary>Living processes that carry the mark in their command line.</summary>
    internal static List<int> Alive(string mark) =>
        [.. ProcessTable.All().Where(process => process.IsAlive && process.Pid != Environment.ProcessId && ProcessTable.CommandLine(process.Pid).Contains(mark, StringComparison.Ordinal)).Select(process => process.Pid)];

    /// <summary>A number that no other command line holds.</summary>
    internal static string NewMark() => $"97{Environment.ProcessId}{Interlocked.Increment(ref last):D4}";

    public async ValueTask DisposeAsync()
    {
        foreach (var key in _runs.Keys)
        {
            Host.Forget(key);
        }

        await Host.DisposeAsync().ConfigureAwait(false);
        Cgroups.Close(Host.CgroupRoot);
        _changed.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private RunHost Open()
    {
        var host = new RunHost(new RunHostOptions
        {
            StateFolder = Path.Combine(Folder, "worker"),
            ProxyPath = Options.ProxyPath,
            KnockPath = _knock,
            Policy = () => Options.Policy,
            Containment = Options.Containment,
        });
        host.Changed += () => _changed.Release();
        return host;
    }

    private void Turn()
    {
        foreach (var key in Host.TakeChanged())
        {
            Collect(key);
        }
    }

    private void Collect(RunKey key)
    {
        if (_runs.TryGetValue(key, out var run))
        {
            while (Host.Read(key, run.Position, 1 << 20) is { Count: > 0 } more)
            {
                run.Records.AddRange(more);
            }
        }
    }
}

/// <summary>One run and everything its journal said so far.</summary>
internal sealed class ProbeRun(RunKey key)
{
    internal RunKey Key { get; } = key;

    internal List<JournalRecord> Records { get; } = [];

    internal long Position => Records.Count == 0 ? 0 : Records[^1].Position;

    internal RunEnded? End => Records.Count > 0 ? Records[^1].Body as RunEnded : null;

    internal string Text => Output(isError: false);

    internal string Errors => Output(isError: true);

    internal IEnumerable<T> Bodies<T>() where T : JournalBody => Records.Select(record => record.Body).OfType<T>();

    private string Output(bool isError) =>
        Encoding.UTF8.GetString([.. Bodies<RunOutput>().Where(output => output.IsError == isError).SelectMany(output => output.Data.ToArray())]);
}

/// <summary>Lines NAME=VALUE.</summary>
internal sealed class ProbeFacts
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    internal ProbeFacts(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.IndexOf('=', StringComparison.Ordinal) is > 0 and var at)
            {
                _values[line[..at]] = line[(at + 1)..];
            }
        }
    }

    /// <summary>Empty when it was not said.</summary>
    internal string this[string name] => _values.GetValueOrDefault(name, "");

    internal IEnumerable<KeyValuePair<string, string>> Below(string prefix) =>
        _values.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(pair => KeyValuePair.Create(pair.Key[prefix.Length..], pair.Value));

    /// <summary>The named facts as "a=1 b=2".</summary>
    internal string Of(params string[] names) => string.Join(' ', names.Select(name => $"{name}={this[name]}"));
}
