using System.Text;
using Quern.Execution.Accounts;
using Quern.Execution.Runs;

namespace Quern.Execution.Tests;

/// <summary>A run host on a state folder of its own, driven as the worker's loop does: every change is taken and every journal read.</summary>
internal sealed class TestFarm : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<RunKey, List<JournalRecord>> _records = [];
    private readonly RealMachine _machine;
    private readonly ContainmentRule _containment;
    private readonly Func<RunHostOptions, RunHostOptions> _change;

    /// <param name="change">Another proxy, another name service ...</param>
    internal TestFarm(RealMachine machine, ContainmentRule containment = ContainmentRule.Prefer, Func<RunHostOptions, RunHostOptions>? change = null)
    {
        _change = change ?? (options => options);
        Assert.SkipUnless(machine.IsRoot, "needs root: real accounts are used");
        _machine = machine;
        _containment = containment;
        Folder = Directory.CreateTempSubdirectory("qx").FullName;
        File.SetUnixFileMode(Folder, (UnixFileMode)0x1ED);
        Host = Open();
    }

    internal string Folder { get; }

    internal RunHost Host { get; private set; }

    internal List<string> Log { get; } = [];

    internal AccountPolicy Policy { get; set; } = new();

    internal static Launch Launch(int job, string command, string account = RealMachine.Artist) => new()
    {
        Key = new RunKey(job, 0, 1),
        Account = account,
        Submitter = "somebody",
        IsProxyAccount = account is RealMachine.Proxy or RealMachine.Slot0 or RealMachine.Slot1,
        IsSlotAccount = account is RealMachine.Slot0 or RealMachine.Slot1,
        IsDesktop = false,
        JobName = "test",
        JobType = "cmdline",
        Command = command,
        Shell = "/bin/sh",
        Environment = new Dictionary<string, string>(),
        FarmEnvironment = new Dictionary<string, string> { ["QBJOBID"] = job.ToString() },
        WorkingDirectory = "/tmp",
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

    /// <summary>As a restart of the worker: the host lets go and another one takes over.</summary>
    internal async Task Restart()
    {
        await Host.DisposeAsync();
        Host = Open();
        foreach (var held in Host.Recover())
        {
            Collect(held.Key);
        }
    }

    internal RunHost Open()
    {
        var host = new RunHost(_change(new RunHostOptions
        {
            StateFolder = Path.Combine(Folder, "worker"),
            ProxyPath = _machine.ProxyPath,
            KnockPath = Path.Combine(Folder, "run", "knock.sock"),
            Policy = () => Policy,
            Containment = _containment,
            Log = line => { lock (Log) { Log.Add(line); } },
        }));
        host.Changed += () => _changed.Release();
        return host;
    }

    /// <summary>Takes changes until the condition holds.</summary>
    internal async Task Until(Func<bool> condition, string what)
    {
        var end = DateTime.UtcNow + Deadline;
        Turn();
        while (!condition())
        {
            var left = end - DateTime.UtcNow;
            Assert.True(left > TimeSpan.Zero, $"waited in vain until {what}; journals: {string.Join("; ", _records.SelectMany(pair => pair.Value.TakeLast(8).Select(record => record.Body is RunOutput ? $"output {Text(pair.Key)}" : record.Body.ToString())))}; log: {string.Join(" | ", Log)}");
            // A change is signalled; the second's limit serves conditions outside the host (a file, a process).
            await _changed.WaitAsync(TimeSpan.FromMilliseconds(100));
            Turn();
        }
    }

    internal Task UntilEnded(RunKey key) => Until(() => Host.Find(key)?.Ended == true && End(key) is not null, $"{key} ended");

    /// <param name="finishes">No more items will come.</param>
    internal async Task<string> Output(Launch launch, bool finishes = false)
    {
        Host.Start(launch);
        if (finishes)
        {
            Host.Order(launch.Key, new FinishRun());
        }

        await UntilEnded(launch.Key);
        return Text(launch.Key);
    }

    internal IReadOnlyList<JournalRecord> Records(RunKey key) => _records.GetValueOrDefault(key) ?? [];

    internal IEnumerable<T> Bodies<T>(RunKey key) where T : JournalBody => Records(key).Select(record => record.Body).OfType<T>();

    internal RunEnded? End(RunKey key) => Records(key) is [.., var last] ? last.Body as RunEnded : null;

    internal byte[] Bytes(RunKey key, bool isError = false) => Bodies<RunOutput>(key).Where(output => output.IsError == isError).SelectMany(output => output.Data.ToArray()).ToArray();

    internal string Text(RunKey key) => Encoding.UTF8.GetString(Bytes(key));

    internal void Turn()
    {
        foreach (var key in Host.TakeChanged())
        {
            Collect(key);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var key in _records.Keys.ToArray())
        {
            Host.Forget(key);
        }

        await Host.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
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
