using System.Diagnostics;
using System.Text.Json;
using Quern.Client;
using Quern.Protocol.Api;

namespace Quern.EndToEnd.Harness;

/// <summary>
/// A farm of real programs on a temporary state: started as a person would start them, killed as a bad day would. Disposing ends everything and
/// fails the test when a process of a job is still alive. As root the worker is in service mode and jobs run as <see cref="Account"/>.
/// </summary>
internal sealed class FarmOnDisk : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Process> _programs = [];
    private readonly Dictionary<string, string> _ready = [];
    private readonly List<string> _settings;
    private readonly int _slots;
    private FarmReader? _reader;

    private FarmOnDisk(int slots, IEnumerable<string> settings)
    {
        _slots = slots;
        _settings = [.. settings];
        Root = $"/var/tmp/quern-e2e-{Guid.NewGuid().ToString("N")[..10]}";
        State = Path.Combine(Root, "state");
        Shared = Path.Combine(Root, "shared");
        Directory.CreateDirectory(State);
        Directory.CreateDirectory(Shared);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Shared, (UnixFileMode)0x1FF);
        }
    }

    public static bool IsRoot => Environment.IsPrivilegedProcess;

    /// <summary>Account of the jobs: as root the locked <c>quern</c>, made if need be.</summary>
    public static string Account => IsRoot ? "quern" : Environment.UserName;

    public static string Programs { get; } = Environment.GetEnvironmentVariable("QUERN_BIN") ?? FindPrograms();

    /// <summary>Removed at the end, with everything in it.</summary>
    public string Root { get; }

    public string State { get; }

    /// <summary>A folder that any account can write.</summary>
    public string Shared { get; }

    public FarmReader Reader => _reader ??= new FarmReader(Ready("supervisor").Socket!);

    /// <summary>A supervisor and one worker, both serving, the worker known to the supervisor.</summary>
    public static async Task<FarmOnDisk> StartAsync(int slots = 2, params string[] settings)
    {
        if (IsRoot && (await Shell.RunAsync("getent", ["passwd", Account])).Code != 0)
        {
            await Shell.RunAsync("useradd", ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", Account]);
        }
        var farm = new FarmOnDisk(slots, settings);
        try
        {
            await farm.StartSupervisorAsync();
            await farm.StartWorkerAsync();
            await farm.WorkersAsync(1);
            return farm;
        }
        catch
        {
            await farm.DisposeAsync();
            throw;
        }
    }

    public Task StartSupervisorAsync() => StartAsync("supervisor", "quern-supervisor", ["--state", State, "--port", Port()]);

    public Task StartWorkerAsync(string? name = null, string? state = null, params string[] more)
    {
        List<string> words = ["--state", state ?? State, "--slots", _slots.ToString()];
        words.AddRange(IsRoot ? ["--set", $"proxy_account={Account}"] : ["--desktop"]);
        words.AddRange(name is null ? [] : ["--name", name]);
        words.AddRange(_settings.SelectMany(setting => new[] { "--set", setting }));
        words.AddRange(more);
        return StartAsync(Role(name), "quern-worker", words, state);
    }

    public Task WorkersAsync(int count) =>
        Eventually.TrueAsync(async () => (await Reader.PingAsync()).Workers == count, StartLimit, () => $"{count} workers are active\n{Logs()}");

    /// <summary><c>kill -9</c>.</summary>
    public async Task KillAsync(string role)
    {
        var process = _programs[role];
        process.Kill();
        await process.WaitForExitAsync();
        Forget(role);
    }

    /// <summary>TERM, and the program's own end.</summary>
    public async Task<int> TerminateAsync(string role)
    {
        var process = _programs[role];
        await Shell.RunAsync("kill", ["-s", "TERM", process.Id.ToString()]);
        using var limit = new CancellationTokenSource(StopLimit);
        await process.WaitForExitAsync(limit.Token);
        int code = process.ExitCode;
        Forget(role);
        return code;
    }

    /// <summary>A client's command, with QUERN_STATE and nothing else.</summary>
    public Task<Ran> RunAsync(string command, params string[] words) =>
        Shell.RunAsync(Path.Combine(Programs, command), words, new Dictionary<string, string?> { ["QUERN_STATE"] = State, ["QB_SUPERVISOR"] = null });

    /// <summary><c>qbsub</c>; the id it printed.</summary>
    public async Task<long> SubmitAsync(params string[] words)
    {
        var ran = await RunAsync("qbsub", words);
        Assert.True(ran.Code == 0, $"qbsub {string.Join(' ', words)}: {ran}\n{Logs()}");
        Assert.Matches("^[1-9][0-9]*\n$", ran.Output);
        return long.Parse(ran.Line);
    }

    /// <summary>Waits until the job is in the state; fails at once when it ended in another.</summary>
    public async Task<JobView> ReachesAsync(long id, string status, int seconds = 60)
    {
        JobView? job = null;
        await Eventually.TrueAsync(async () =>
        {
            job = await Reader.JobAsync(id);
            return job.Status == status || job.Status is "complete" or "failed" or "killed";
        }, TimeSpan.FromSeconds(seconds), () => $"job {id} is {status}; it is {job?.Status} ({job?.Reason}), {job?.Todotally}\n{Logs()}");
        Assert.True(job!.Status == status, $"job {id} should be {status} and is {job.Status} ({job.Reason})\n{Logs()}");
        return job;
    }

    public ReadyFile Ready(string role) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(State, "run", role + ".json")), ApiJson.Default.ReadyFile)!;

    /// <summary>Processes whose command line, environment or not, names this farm's folder and that are none of its own programs.</summary>
    public IReadOnlyList<string> Strays() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])).Select(CommandLine)
            .Where(line => line.Contains(Root, StringComparison.Ordinal)),
    ];

    public string Logs() =>
        string.Join('\n', Directory.EnumerateFiles(Root, "*.log").Select(path => $"--- {Path.GetFileName(path)}\n{string.Join('\n', File.ReadLines(path).TakeLast(40))}"));

    public async ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        foreach (string role in _programs.Keys.Where(role => role.StartsWith("worker", StringComparison.Ordinal)).ToList())
        {
            await KillRunsAsync(role);
            await EndAsync(role);
        }
        foreach (string role in _programs.Keys.ToList())
        {
            await EndAsync(role);
        }
        var strays = Strays();
        foreach (string stray in strays)
        {
            await Shell.RunAsync("kill", ["-s", "KILL", stray.Split(' ')[0]]);
        }
        Directory.Delete(Root, recursive: true);
        Assert.True(strays.Count == 0, $"these outlived their farm:\n{string.Join('\n', strays)}");
    }

    public static string Role(string? workerName) => workerName is null ? "worker" : $"worker-{workerName}";

    private async Task StartAsync(string role, string program, IReadOnlyList<string> words, string? state = null)
    {
        string ready = Path.Combine(state ?? State, "run", role + ".json");
        Directory.CreateDirectory(Path.GetDirectoryName(ready)!);
        File.Delete(ready);
        _ready[role] = ready;
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec setsid \"$@\" </dev/null >>\"$0\" 2>&1", Path.Combine(Root, role + ".log"), Path.Combine(Programs, program), .. words])
        {
            WorkingDirectory = "/",
        };
        start.Environment.Remove("QUERN_STATE");
        start.Environment.Remove("QB_SUPERVISOR");
        var process = Process.Start(start)!;
        _programs[role] = process;
        await Eventually.TrueAsync(() => File.Exists(ready) || process.HasExited, StartLimit, () => $"{role} serves\n{Logs()}");
        Assert.True(File.Exists(ready), $"{role} did not start\n{Logs()}");
    }

    // TERM alone would leave a service worker's instances to the next worker.
    private async Task KillRunsAsync(string role)
    {
        string path = _ready[role];
        if (!_programs[role].HasExited && File.Exists(path))
        {
            using var client = FarmClient.OfSocket(JsonSerializer.Deserialize(File.ReadAllBytes(path), ApiJson.Default.ReadyFile)!.Socket!);
            await client.CallWorkerAsync(HttpMethod.Post, "/worker/stop?how=kill", CancellationToken.None);
        }
    }

    private async Task EndAsync(string role)
    {
        var process = _programs[role];
        await Shell.RunAsync("kill", ["-s", "TERM", process.Id.ToString()]);
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
        }
        Forget(role);
    }

    private void Forget(string role)
    {
        _programs.Remove(role, out var process);
        process?.Dispose();
        if (role == "supervisor")
        {
            _reader?.Dispose();
            _reader = null;
        }
    }

    // The first supervisor takes any free port; the next one of the same state takes the same, so that its workers find it.
    private string _port = "0";

    private string Port()
    {
        string path = Path.Combine(State, "run", "supervisor.json");
        if (File.Exists(path))
        {
            _port = Ready("supervisor").Port!.Value.ToString();
        }
        return _port;
    }

    private static string CommandLine(string folder)
    {
        try
        {
            string line = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
            return line.Length == 0 ? "" : $"{Path.GetFileName(folder)} {line}";
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string FindPrograms()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Quern.slnx")))
            {
                return Path.Combine(folder.FullName, "out", "bin");
            }
        }
        throw new InvalidOperationException("set QUERN_BIN to the folder of the programs");
    }
}
