using Quern.Cli.Install;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Tests.Install;

public sealed class When_a_desktop_worker_is_installed : IDisposable
{
    private readonly FakeMachine _fake = new(isRoot: false);
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Should_lay_out_the_session_of_the_person_and_take_it_back()
    {
        await Desktop().InstallAsync(State, "quern1.token", "farm.example");
        Assert.Contains($"ExecStart={_fake.Machine.Programs}/quern-worker --desktop --supervisor farm.example\n", _fake.Machine.Text("/home/artist/.config/systemd/user/quern-desktop.service"), StringComparison.Ordinal);
        Assert.True(File.Exists(_fake.Machine.At("/home/artist/.config/systemd/user/graphical-session.target.wants/quern-desktop.service")));
        Assert.Contains($"Exec={_fake.Machine.Programs}/quern worker session\n", _fake.Machine.Text("/home/artist/.config/autostart/quern-desktop.desktop"), StringComparison.Ordinal);
        Assert.Contains("/unpacked/quern-worker --desktop --join-only --join quern1.token", _fake.Commands);
        await Desktop().UninstallAsync(State, now: false, purges: false, CancellationToken.None);
        Assert.False(_fake.Has("/home/artist/.config/systemd/user/quern-desktop.service"));
        Assert.False(_fake.Has("/home/artist/.config/autostart/quern-desktop.desktop"));
    }

    [Fact]
    public async Task Should_say_how_to_join_where_there_is_no_farm()
    {
        var failure = await Assert.ThrowsAsync<FarmException>(() => Desktop().InstallAsync(State, join: null, supervisor: null));
        Assert.Contains("quern worker token", failure.Message, StringComparison.Ordinal);
        Assert.Empty(_fake.Commands);
        Assert.False(_fake.Has("/home"));
    }

    [Fact]
    public async Task Should_need_no_place_in_the_farm_on_a_machine_in_dual_mode_with_this_person()
    {
        _fake.Make(ModeCommand.ModeFile, "dual other\n");
        await Assert.ThrowsAsync<FarmException>(() => Desktop().InstallAsync(State, join: null, supervisor: null));
        _fake.Make(ModeCommand.ModeFile, "dual artist\n");
        await Desktop().InstallAsync(State, join: null, supervisor: null);
        Assert.DoesNotContain(_fake.Commands, command => command.Contains("--join-only", StringComparison.Ordinal));
        Assert.Contains("already  borrow the place", _output.ToString(), StringComparison.Ordinal);
        Assert.True(_fake.Has("/home/artist/.config/systemd/user/quern-desktop.service"));
    }

    [Fact]
    public async Task Should_refuse_root()
    {
        using var root = new FakeMachine();
        var failure = await Assert.ThrowsAsync<FarmException>(() => DesktopInstallation.InstallAsync(root.Machine, new ParsedOptions()));
        Assert.Contains("refuses root", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _fake.Dispose();
        _output.Dispose();
    }

    private StateFolder State => StateFolder.Resolve(_fake.Machine.At("/home/artist/state"));

    private DesktopInstallation Desktop() => new(_fake.Machine, new StepList(DesktopInstallation.InstallCommand, isDryRun: false, _output));
}
