using System.Diagnostics;
using System.Text;
using Quern.Execution.Runs;
using Quern.Execution.Windows;
using Quern.Execution.Windows.Logon;

[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Quern.Windows.Tests;

/// <summary>A run host with the real quern-proxy.exe, driven as the worker's loop does. The logon is this program's own token: Wine has no other accounts.</summary>
internal sealed class WindowsFarm : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<RunKey, List<JournalRecord>> _records = [];
    private readonly Func<RunHostOptions, RunHostOptions> _change;

    /// <param name="folder">An earlier one's; null = a new one.</param>
    internal WindowsFarm(Func<RunHostOptions, RunHostOptions>? change = null, string? folder = null)
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "needs Windows or Wine");
        _change = change ?? (options => options);
        Folder = folder ?? Directory.CreateTempSubdirectory("qw").FullName;
        Host = Open();
    }

    internal string Folder { get; }

    internal RunHost Host { get; private set; }

    internal List<string> Log { get; } = [];

    /// <summary>Where the programs of Windows are, as this system spells it.</summary>
    internal static string Programs { get; } = Environment.GetEnvironmentVariable("QUERN_WINDOWS_BIN") is not { Length: > 0 } set ? AppContext.BaseDirectory
        : set.StartsWith('/') ? "Z:" + set.Replace('/', '\\') : set;

    internal static Launch Launch(int job, string command) => new()
    {
        Key = new RunKey(job, 0, 1),
        Account = Environment.UserName,
        Submitter = "somebody",
        IsProxyAccount = true,
        IsDesktop = false,
        JobName = "test",
        JobType = "cmdline",
        Command = command,
        Shell = "",
        Environment = new Dictionary<string, string>(),
        FarmEnvironment = new Dictionary<string, string> { ["QBJOBID"] = job.ToString() },
        WorkingDirectory = "",
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

    internal static Launch Frames(int job, string command, params ItemLease[] items) => Launch(job, command) with { HasAgenda = true, JobType = "cmdrange", Items = items };

    internal static ItemLease Frame(int number, int attempt = 1) => new(number, attempt, number.ToString(), true, number, number, 1);

    /// <summary>How many children of tests live: tests of this program run one after another.</summary>
    internal static int Living() => Process.GetProcessesByName(Path.GetFileNameWithoutExtension(Child.Program)).Length - 1;

    internal async Task Restart()
    {
        await Host.DisposeAsync();
        Host = Open();
        Recover();
    }

    internal void Recover()
    {
        foreach (var held in Host.Recover())
        {
            Collect(held.Key);
        }
    }

    /// <summary>Takes changes until the condition holds.</summary>
    internal async Task Until(Func<bool> condition, string what)
    {
        var end = DateTime.UtcNow + Deadline;
        Turn();
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < end, $"waited in vain until {what}; journals: {string.Join("; ", _records.SelectMany(pair => pair.Value.TakeLast(8).Select(record => record.Body is RunOutput ? $"output {Text(pair.Key)}" : record.Body.ToString())))}; log: {string.Join(" | ", Log)}");
            await _changed.WaitAsync(TimeSpan.FromMilliseconds(100));
            Turn();
        }
    }

    internal Task UntilEnded(RunKey key) => Until(() => Host.Find(key)?.Ended == true && End(key) is not null, $"{key} ended");

    internal async Task<string> Output(Launch launch)
    {
        Host.Start(launch);
        if (launch.HasAgenda)
        {
            Host.Order(launch.Key, new FinishRun());
        }

        await UntilEnded(launch.Key);
        return Text(launch.Key);
    }

    internal IEnumerable<T> Bodies<T>(RunKey key) where T : JournalBody => (_records.GetValueOrDefault(key) ?? []).Select(record => record.Body).OfType<T>();

    internal RunEnded? End(RunKey key) => _records.GetValueOrDefault(key) is [.., var last] ? last.Body as RunEnded : null;

    internal string Text(RunKey key, bool isError = false) =>
        Encoding.UTF8.GetString([.. Bodies<RunOutput>(key).Where(output => output.IsError == isError).SelectMany(output => output.Data.ToArray())]);

    public async ValueTask DisposeAsync()
    {
        foreach (var key in _records.Keys.ToArray())
        {
            Host.Forget(key);
        }

        await Host.DisposeAsync();
        FolderRemoval.Remove(Folder);
    }

    /// <summary>For the child that is killed: a worker with one run.</summary>
    internal static RunHost Serve(string folder)
    {
        var host = new RunHost(Options(folder));
        host.Start(Frames(1, Child.Line("wait"), Frame(1), Frame(2)));
        return host;
    }

    private static RunHostOptions Options(string folder) => new()
    {
        StateFolder = Path.Combine(folder, "worker"),
        ProxyPath = Path.Combine(Programs, "quern-proxy.exe"),
        KnockPath = "",
        Logon = _ => new LogonGranted(TokenUser.Own()),
    };

    private RunHost Open()
    {
        var host = new RunHost(_change(Options(Folder) with { Log = line => { lock (Log) { Log.Add(line); } } }));
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
        if (!_records.TryGetValue(key, out var records))
        {
            _records[key] = records = [];
        }

        while (Host.Read(key, records.Count == 0 ? 0 : records[^1].Position, 1 << 20) is { Count: > 0 } more)
        {
            records.AddRange(more);
        }
    }
}
