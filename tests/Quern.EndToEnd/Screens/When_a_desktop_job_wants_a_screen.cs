using System.Diagnostics;
using Quern.EndToEnd.Harness;

namespace Quern.EndToEnd.Screens;

public sealed class When_a_desktop_job_wants_a_screen
{
    [Fact]
    public async Task Should_paint_on_its_owners_display()
    {
        await using var farm = await FarmOnDisk.StartAsync();
        await using var session = await Session.StartAsync(farm);
        string window = await XClient.BuildAsync(farm.Shared);
        string up = Path.Combine(farm.Shared, "up"), go = Path.Combine(farm.Shared, "go");
        Assert.Contains("#000000", await session.LookAsync(), StringComparison.Ordinal);
        await session.StartWorkerAsync();
        await farm.WorkersAsync(2);
        long job = await farm.SubmitAsync("--hosts", Session.Worker, $"{window} 'touch {up}; while [ ! -e {go} ]; do sleep 0.05; done'; env");
        await Eventually.TrueAsync(() => File.Exists(up), TimeSpan.FromSeconds(60), () => $"the job has painted\n{farm.Logs()}");
        Assert.Contains(XClient.Red, await session.LookAsync(), StringComparison.Ordinal);
        File.WriteAllText(go, "");
        await farm.ReachesAsync(job, "complete");
        string found = (await farm.RunAsync("qbout", job.ToString())).Output;
        Assert.Contains($"DISPLAY={session.Display}\n", found, StringComparison.Ordinal);
        Assert.DoesNotContain("SESSION_SECRET", found, StringComparison.Ordinal);

        var shown = await session.RunAsync("quern", "env", "show", "--worker", Session.Worker, "--state", session.State);
        Assert.True(shown.Code == 0, shown.ToString());
        Assert.Contains($"DISPLAY={session.Display}   (worker: ", shown.Output, StringComparison.Ordinal);
        Assert.StartsWith($"{Session.Worker}: as {session.Owner}, ", shown.Output, StringComparison.Ordinal);
    }
}

/// <summary>A person's session: a display with a cookie, and a desktop worker in it. As root the person is an account made for it.</summary>
internal sealed class Session : IAsyncDisposable
{
    public const string Worker = "desk";
    private readonly FarmOnDisk _farm;
    private readonly string _authority;
    private Process? _server;
    private Process? _worker;

    private Session(FarmOnDisk farm, string owner) =>
        (_farm, Owner, State, _authority) = (farm, owner, Path.Combine(farm.Shared, "desk-state"), Path.Combine(farm.Shared, "desk-authority"));

    public string Owner { get; }

    public string State { get; }

    public string Display { get; private set; } = "";

    public static async Task<Session> StartAsync(FarmOnDisk farm)
    {
        string owner = FarmOnDisk.IsRoot ? "qedesk" : Environment.UserName;
        if (FarmOnDisk.IsRoot)
        {
            await Shell.RunAsync("userdel", ["-f", "-r", owner]);
            await Shell.RunAsync("useradd", ["-m", "-U", owner]);
        }

        var session = new Session(farm, owner);
        string cookie = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
        string number = Path.Combine(farm.Shared, "desk-display");
        session._server = session.Start("sh", ["-c", $"exec Xvfb -displayfd 3 -screen 0 800x600x24 -nolisten tcp -noreset -auth {session._authority} 3>{number}"], $"xauth -q -f {session._authority} add :0 . {cookie}");
        await Eventually.TrueAsync(() => File.Exists(number) && File.ReadAllText(number).EndsWith('\n'), TimeSpan.FromSeconds(30), () => $"Xvfb serves\n{farm.Logs()}");
        session.Display = ":" + File.ReadAllText(number).Trim();
        if (session.Display != ":0")
        {
            // The server takes every entry of the file; its clients look for one with their number.
            Assert.Equal(0, (await session.RunAsync("xauth", "-q", "-f", session._authority, "add", session.Display, ".", cookie)).Code);
        }

        return session;
    }

    /// <summary>Average colour of the display.</summary>
    public async Task<string> LookAsync() => (await RunAsync("sh", "-c", XClient.Look)).ToString();

    public async Task StartWorkerAsync()
    {
        var token = await Shell.RunAsync(Path.Combine(FarmOnDisk.Programs, "quern"), ["worker", "token", "--state", _farm.State]);
        Assert.True(token.Code == 0, token.ToString());
        _worker = Start(Path.Combine(FarmOnDisk.Programs, "quern-worker"), ["--desktop", "--state", State, "--name", Worker, "--slots", "1", "--join", token.Line], "true");
    }

    public Task<Ran> RunAsync(string program, params string[] words)
    {
        string path = program == "quern" ? Path.Combine(FarmOnDisk.Programs, program) : program;
        var (first, rest) = As([path, .. words]);
        return Shell.RunAsync(first, rest);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { _worker, _server }.OfType<Process>())
        {
            await Shell.RunAsync("kill", ["-s", "TERM", process.Id.ToString()]);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            await process.WaitForExitAsync(limit.Token);
            process.Dispose();
        }

        if (FarmOnDisk.IsRoot)
        {
            await Shell.RunAsync("userdel", ["-f", "-r", Owner]);
        }
    }

    private Process Start(string program, string[] words, string before)
    {
        string log = Path.Combine(_farm.Root, $"{Path.GetFileName(program)}-desk.log");
        File.WriteAllText(log, "");
        var (first, rest) = As(["sh", "-c", $"{before} && exec \"$@\"", "sh", program, .. words]);
        return Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" </dev/null >>\"$0\" 2>&1", log, first, .. rest]) { WorkingDirectory = "/" })!;
    }

    /// <summary>As the person, in the session's environment.</summary>
    private (string Program, string[] Words) As(string[] words)
    {
        string home = FarmOnDisk.IsRoot ? $"/home/{Owner}" : Environment.GetEnvironmentVariable("HOME")!;
        string[] session = ["env", "-i", $"HOME={home}", $"USER={Owner}", "PATH=/usr/bin:/bin", $"DISPLAY={Display}", $"XAUTHORITY={_authority}", "SESSION_SECRET=1", .. words];
        return FarmOnDisk.IsRoot ? ("setpriv", [$"--reuid={Owner}", $"--regid={Owner}", "--init-groups", .. session]) : (session[0], session[1..]);
    }
}
