using Quern.Cli.Install;
using Quern.Cli.Install.Windows;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Tests.Install;

/// <summary>What is said to sc, net, reg and schtasks; that Windows hears it is shown under Wine, or is in docs/unproven.md.</summary>
public sealed class When_windows_is_the_system : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("quern-windows-").FullName;
    private readonly StringWriter _output = new();
    private readonly List<string> _commands = [];
    private readonly HashSet<string> _there = [];
    private string _start = "";

    private Machine Machine(bool isAdministrator) => new() { Root = _root, IsRoot = isAdministrator, User = "ann", Home = "/home/ann", Programs = _root + "/unpacked", Run = Run };

    [Fact]
    public async Task Should_start_a_persons_worker_at_login_and_take_it_back()
    {
        var state = StateFolder.Resolve(_root + "/state");
        var machine = Machine(isAdministrator: false);
        await new WindowsDesktop(machine, Steps()).InstallAsync(state, "quern1.token");
        Assert.Contains(_commands, command => command.EndsWith("quern-worker --desktop --join-only --join quern1.token", StringComparison.Ordinal));
        Assert.Contains(@"reg add HKCU\Software\Microsoft\Windows\CurrentVersion\Run /v Quern worker /t REG_SZ /d ""/unpacked/quern-worker.exe"" --desktop --background /f", _commands);
        _commands.Clear();
        await new WindowsDesktop(machine, Steps()).UninstallAsync(state, now: false, purges: false, CancellationToken.None);
        Assert.Equal([@"reg delete HKCU\Software\Microsoft\Windows\CurrentVersion\Run /v Quern worker /f"], _commands);
    }

    [Fact]
    public async Task Should_refuse_an_administrators_terminal_for_a_persons_worker()
    {
        var failure = await Assert.ThrowsAsync<FarmException>(() => WindowsDesktop.InstallAsync(Machine(isAdministrator: true), new ParsedOptions()));
        Assert.Contains("refuses an administrator's terminal", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_the_service_without_an_administrator()
    {
        var failure = await Assert.ThrowsAsync<FarmException>(() => WindowsService.InstallAsync(Machine(isAdministrator: false), new ParsedOptions()));
        Assert.Contains("needs an administrator", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_commands);
    }

    [Fact]
    public async Task Should_switch_to_a_persons_worker_and_back_and_do_nothing_the_second_time()
    {
        var machine = Machine(isAdministrator: true);
        (_start, _) = ("0x2", _there.Add("running"));
        await new WindowsMode(machine, Steps()).ToDesktopAsync("ann", now: true, CancellationToken.None);
        Assert.Equal(
            [
                "net stop quern-worker", "sc config quern-worker start= disabled",
                @"schtasks /create /f /tn Quern desktop worker /sc onlogon /ru ann /it /rl limited /tr ""/unpacked/quern-worker.exe"" --desktop --background",
            ],
            _commands);
        Assert.Equal("desktop ann", Shown(machine)[0]);
        _commands.Clear();
        await new WindowsMode(machine, Steps()).ToDesktopAsync("ann", now: true, CancellationToken.None);
        Assert.Empty(_commands);
        await new WindowsMode(machine, Steps()).ToServiceAsync();
        Assert.Equal(["schtasks /delete /f /tn Quern desktop worker", "sc config quern-worker start= delayed-auto", "net start quern-worker"], _commands);
        Assert.Equal(["service", "  service quern-worker starts at boot and runs"], Shown(machine));
    }

    public void Dispose()
    {
        Directory.Delete(_root, recursive: true);
        _output.Dispose();
    }

    private StepList Steps() => new("quern worker ...", isDryRun: false, _output);

    private static string[] Shown(Machine machine)
    {
        using var output = new StringWriter();
        WindowsMode.Show(machine, output);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private ProgramResult Run(string program, IReadOnlyList<string> words)
    {
        var command = $"{program} {string.Join(' ', words)}".Replace(_root, "", StringComparison.Ordinal);
        switch (program, words)
        {
            case ("sc", ["query", _]):
                return new ProgramResult(0, _there.Contains("running") ? "STATE : 4 RUNNING" : "STATE : 1 STOPPED", "");
            case ("reg", ["query", var key, _, "Start"]) when key.StartsWith("HKLM", StringComparison.Ordinal):
                return new ProgramResult(0, $"Start REG_DWORD {_start}", "");
            case ("reg" or "schtasks", ["query" or "/query", ..]):
                return new ProgramResult(_there.Contains(program) ? 0 : 1, "", "");
            case ("reg", ["add", ..]) or ("schtasks", ["/create", ..]):
                _there.Add(program);
                break;
            case ("reg", ["delete", ..]) or ("schtasks", ["/delete", ..]):
                _there.Remove(program);
                break;
            case ("sc", ["config", _, "start=", var kind]):
                _start = kind == "disabled" ? "0x4" : "0x2";
                break;
            case ("net", [var verb, _]):
                _ = verb == "start" ? _there.Add("running") : _there.Remove("running");
                break;
            default:
                break;
        }

        _commands.Add(command);
        return new ProgramResult(0, "", "");
    }
}
