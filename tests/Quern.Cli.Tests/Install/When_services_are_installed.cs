using Quern.Cli.Install;
using Quern.Client;

namespace Quern.Cli.Tests.Install;

public sealed class When_services_are_installed : IDisposable
{
    private readonly FakeMachine _fake = new();
    private readonly StringWriter _output = new();

    [Fact]
    public async Task Should_print_each_step_of_the_supervisor_and_do_nothing_when_it_is_only_shown()
    {
        await Supervisor(isDryRun: true).InstallAsync(Programs, "/opt/quern", "/usr/share/dotnet");
        Golden.Matches("install-supervisor-dry-run.txt", _output.ToString());
        Assert.Empty(_fake.Commands);
        Assert.False(_fake.Has("/opt/quern"));
    }

    [Fact]
    public async Task Should_do_each_step_once()
    {
        await Supervisor().InstallAsync(Programs, "/opt/quern", "/usr/share/dotnet");
        await Service().InstallAsync(Programs, "/opt/quern", join: null, supervisor: null);
        Golden.Matches("install-both.txt", _output.ToString() + string.Join('\n', _fake.Commands) + "\n");
        _fake.Commands.Clear();
        var again = Fresh();
        await Supervisor().InstallAsync(Programs, "/opt/quern", "/usr/share/dotnet");
        await Service().InstallAsync(Programs, "/opt/quern", join: null, supervisor: null);
        Assert.Empty(_fake.Commands);
        Assert.All(again.ToString().Split('\n').Where(line => line.Length > 0 && !line.StartsWith("settings", StringComparison.Ordinal)), line => Assert.StartsWith("already ", line));
    }

    [Fact]
    public async Task Should_restart_when_the_programs_have_changed()
    {
        await Service().InstallAsync(Programs, "/opt/quern", join: null, supervisor: null);
        _fake.Make("/unpacked/quern-worker", "a newer one");
        _fake.Commands.Clear();
        await Service().InstallAsync(Programs, "/opt/quern", join: null, supervisor: null);
        Assert.Contains("systemctl restart quern-worker.service", _fake.Commands);
    }

    [Fact]
    public async Task Should_name_the_failed_step_and_keep_the_steps_before()
    {
        _fake.Failing = ("useradd", "useradd: cannot lock /etc/passwd; try again later.");
        var failure = await Assert.ThrowsAsync<FarmException>(() => Service().InstallAsync(Programs, "/opt/quern", join: null, supervisor: null));
        Assert.Matches("^make the account 'quern'.*cannot lock /etc/passwd.*run 'quern worker install --service' again$", failure.Message);
    }

    [Fact]
    public async Task Should_remember_where_the_supervisor_is()
    {
        await Service().InstallAsync(Programs, "/opt/quern", "quern1.token", "farm.example:50001");
        Assert.Contains("ExecStart=/opt/quern/bin/quern-worker --supervisor farm.example:50001\n", _fake.Machine.Text("/etc/systemd/system/quern-worker.service"), StringComparison.Ordinal);
        _fake.Commands.Clear();
        await Service().InstallAsync(Programs, "/opt/quern", join: null, supervisor: null);
        Assert.Empty(_fake.Commands);
    }

    [Fact]
    public async Task Should_take_away_what_it_made_and_keep_the_farm()
    {
        await Supervisor().InstallAsync(Programs, "/opt/quern", "/usr/share/dotnet");
        await Service().InstallAsync(Programs, "/opt/quern", join: null, supervisor: null);
        await Service().UninstallAsync(now: false, purges: false, CancellationToken.None);
        Assert.True(_fake.Has("/opt/quern/bin/quern"));
        await Supervisor().UninstallAsync(purges: false);
        Assert.False(_fake.Has("/opt/quern"));
        Assert.False(_fake.Has("/etc/systemd/system/quern-worker.service"));
        Assert.False(_fake.Has("/etc/tmpfiles.d/quern.conf"));
        Assert.True(_fake.Has("/var/lib/quern/supervisor"));
        Assert.True(_fake.Has("/var/lib/quern/worker/worker.json"));
    }

    [Theory]
    [InlineData("relative")]
    [InlineData("/opt/a b")]
    [InlineData("/opt/%n")]
    public void Should_refuse_a_place_that_a_unit_cannot_name(string prefix) =>
        Assert.Contains("--prefix", Assert.Throws<FarmException>(() => new ProgramFolder(_fake.Machine, prefix).Check()).Message, StringComparison.Ordinal);

    [Fact]
    public void Should_refuse_without_root_and_without_systemd()
    {
        using var person = new FakeMachine(isRoot: false);
        Assert.Contains("sudo", Assert.Throws<FarmException>(() => SystemdHost.Check(person.Machine, "quern supervisor install", isDryRun: false)).Message, StringComparison.Ordinal);
        SystemdHost.Check(person.Machine, "quern supervisor install", isDryRun: true);
        Directory.Delete(_fake.Machine.At("/run/systemd"), recursive: true);
        Assert.Contains("quern up", Assert.Throws<FarmException>(() => SystemdHost.Check(_fake.Machine, "quern supervisor install", isDryRun: true)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _fake.Dispose();
        _output.Dispose();
    }

    private ProgramFolder Programs => new(_fake.Machine, "/opt/quern");

    private StringWriter Fresh()
    {
        _output.GetStringBuilder().Clear();
        return _output;
    }

    private SupervisorInstallation Supervisor(bool isDryRun = false) => new(_fake.Machine, new StepList("quern supervisor install", isDryRun, _output));

    private ServiceInstallation Service() => new(_fake.Machine, new StepList("quern worker install --service", isDryRun: false, _output));
}
