using System.Xml;
using System.Xml.Linq;
using Quern.Cli.Install;
using Quern.Cli.Install.Mac;
using Quern.Cli.Options;
using Quern.Client;
using Quern.Configuration;

namespace Quern.Cli.Tests.Install;

public sealed class When_macOS_is_installed_on : IDisposable
{
    private readonly FakeMac _fake = new();
    private readonly StringWriter _output = new();

    [Fact]
    public void Should_ship_a_daemon_that_launchd_reads()
    {
        var daemon = Parsed(PropertyLists.Service("/opt/a & b/bin", "farm.example:50001", installed: null));
        Assert.Equal("org.quern.worker", daemon["Label"]);
        Assert.Equal("/opt/a & b/bin/quern-worker --supervisor farm.example:50001", daemon["ProgramArguments"]);
        Assert.Equal(("true", "SuccessfulExit false", "Interactive", "true", "true", "/"),
            (daemon["RunAtLoad"], daemon["KeepAlive"], daemon["ProcessType"], daemon["SessionCreate"], daemon["AbandonProcessGroup"], daemon["WorkingDirectory"]));
        Assert.DoesNotContain("UserName", daemon.Keys);
    }

    [Fact]
    public void Should_ship_an_agent_for_the_graphical_session_alone()
    {
        var agent = Parsed(PropertyLists.Desktop("/Applications/quern", "/Users/ann", supervisor: null, installed: null));
        Assert.Equal("/Applications/quern/quern-worker --desktop", agent["ProgramArguments"]);
        Assert.Equal(("org.quern.desktop", "Aqua", "true", "SuccessfulExit false"), (agent["Label"], agent["LimitLoadToSessionType"], agent["RunAtLoad"], agent["KeepAlive"]));
        Assert.Equal("/Users/ann/Library/Logs/quern-desktop.log", agent["StandardErrorPath"]);
        Assert.DoesNotContain("AbandonProcessGroup", agent.Keys);
    }

    [Fact]
    public async Task Should_do_each_step_of_the_service_once()
    {
        await Service().InstallAsync(Programs, "quern1.token", "farm.example");
        Golden.Matches("install-mac-service.txt", _output + string.Join('\n', _fake.Commands) + "\n");
        _fake.Commands.Clear();
        await Service().InstallAsync(Programs, join: null, supervisor: null);
        Assert.Empty(_fake.Commands);
        _fake.Make("/unpacked/quern-worker", "a newer one");
        await Service().InstallAsync(Programs, join: null, supervisor: null);
        Assert.Equal(["launchctl kickstart -k system/org.quern.worker"], _fake.Commands);
    }

    [Fact]
    public async Task Should_show_the_steps_and_do_none()
    {
        await new MacService(_fake.Machine, new StepList("quern worker install --service", isDryRun: true, _output)).InstallAsync(Programs, "quern1.token", supervisor: null);
        Assert.Empty(_fake.Commands);
        Assert.False(_fake.Has("/Library"));
        Assert.All(_output.ToString().Split('\n').Where(line => line.Length > 0 && !line.StartsWith("settings", StringComparison.Ordinal) && !line.StartsWith("already  enable", StringComparison.Ordinal)), line => Assert.StartsWith("would ", line));
    }

    [Fact]
    public async Task Should_take_the_service_away_and_keep_its_place()
    {
        await Service().InstallAsync(Programs, "quern1.token", supervisor: null);
        _fake.Commands.Clear();
        await Service().UninstallAsync(now: true, purges: false, CancellationToken.None);
        Assert.Equal(["launchctl bootout system/org.quern.worker"], _fake.Commands);
        Assert.False(_fake.Has(Launchd.DaemonPath));
        Assert.False(_fake.Has("/opt/quern/bin"));
        Assert.True(_fake.Has("/var/lib/quern/worker/worker.json"));
    }

    [Fact]
    public async Task Should_load_a_persons_agent_into_their_session()
    {
        using var mac = new FakeMac(isRoot: false);
        var desktop = new MacDesktop(mac.Machine, new StepList("quern worker install --desktop", isDryRun: false, _output));
        var state = StateFolder.Resolve(mac.Machine.At("/Users/ann/state"));
        await desktop.InstallAsync(state, "quern1.token", supervisor: null);
        Assert.Equal(["/unpacked/quern-worker --desktop --join-only --join quern1.token", "launchctl bootstrap gui/501 /Users/ann/Library/LaunchAgents/org.quern.desktop.plist"], mac.Commands);
        mac.Commands.Clear();
        await desktop.UninstallAsync(state, now: true, purges: false, CancellationToken.None);
        Assert.Equal(["launchctl bootout gui/501/org.quern.desktop"], mac.Commands);
        Assert.False(mac.Has("/Users/ann/Library/LaunchAgents/org.quern.desktop.plist"));
    }

    [Fact]
    public async Task Should_switch_both_ways()
    {
        await Service().InstallAsync(Programs, "quern1.token", supervisor: null);
        var mode = new MacMode(_fake.Machine, new StepList("quern worker mode", isDryRun: false, _output));
        var ann = mode.PersonOf("ann");
        _fake.Commands.Clear();
        Assert.Contains("--join-only", (await Assert.ThrowsAsync<FarmException>(() => mode.ToDesktopAsync(ann, now: true, CancellationToken.None))).Message, StringComparison.Ordinal);
        Assert.Empty(_fake.Commands);
        _fake.IsPersonReady = true;
        await mode.ToDesktopAsync(ann, now: true, CancellationToken.None);
        Assert.Equal(["launchctl bootout system/org.quern.worker", "launchctl disable system/org.quern.worker"], _fake.Commands);
        Assert.StartsWith("desktop ann\n", Shown(), StringComparison.Ordinal);
        _fake.Commands.Clear();
        _fake.IsPersonReady = false;
        await mode.ToServiceAsync("ann", now: true);
        Assert.Equal(
            ["launchctl asuser 501 sudo -u ann -H -- /opt/quern/bin/quern worker uninstall --desktop --now", "launchctl enable system/org.quern.worker", $"launchctl bootstrap system {Launchd.DaemonPath}"], _fake.Commands);
        Assert.StartsWith("service\n", Shown(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Should_refuse_without_a_farm_without_rights_and_for_nobody()
    {
        Assert.Contains("quern worker token", (await Assert.ThrowsAsync<FarmException>(() => Service().InstallAsync(Programs, join: null, supervisor: null))).Message, StringComparison.Ordinal);
        using var person = new FakeMac(isRoot: false);
        Assert.Contains("sudo", Assert.Throws<FarmException>(() => Launchd.Check(person.Machine, "quern worker install --service", isDryRun: false)).Message, StringComparison.Ordinal);
        Assert.Contains("on a Linux machine", Assert.Throws<FarmException>(() => SystemdHost.Check(person.Machine, "quern supervisor install", isDryRun: true)).Message, StringComparison.Ordinal);
        Launchd.Check(person.Machine, "quern worker install --service", isDryRun: true);
        Assert.Contains("no account 'bob'", Assert.Throws<FarmException>(() => new MacMode(_fake.Machine, Steps()).PersonOf("bob")).Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => PropertyLists.Service("/opt/quern/bin", "a b", installed: null));
        Assert.Empty(_fake.Commands);
    }

    public void Dispose()
    {
        _fake.Dispose();
        _output.Dispose();
    }

    private ProgramFolder Programs => new(_fake.Machine, "/opt/quern");

    private StepList Steps() => new("quern worker install --service", isDryRun: false, _output);

    private MacService Service() => new(_fake.Machine, Steps());

    private string Shown()
    {
        using var output = new StringWriter();
        MacMode.Show(_fake.Machine, output);
        return output.ToString();
    }

    /// <summary>Keys and values of a property list; lists and inner dictionaries as words.</summary>
    private static Dictionary<string, string> Parsed(string text)
    {
        using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        var plist = XDocument.Load(reader).Root!;
        Assert.Equal("1.0", plist.Attribute("version")?.Value);
        var elements = Assert.Single(plist.Elements()).Elements().ToList();
        return elements.Where(element => element.Name == "key").ToDictionary(key => key.Value, key => Value(elements[elements.IndexOf(key) + 1]));

        static string Value(XElement element) => element.HasElements ? string.Join(' ', element.Elements().Select(Value))
            : element.Name == "true" || element.Name == "false" ? element.Name.LocalName : element.Value;
    }
}
