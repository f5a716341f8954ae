using Microsoft.Extensions.Time.Testing;
using Quern.Execution.Runs;
using Quern.Execution.Windows.Logon;
using Quern.Execution.Windows.Secrets;
using Quern.Secrets;

namespace Quern.Execution.Tests.Logon;

/// <summary>A host with ann of the domain, bob of the host, an administrator, and the groups that the tests name.</summary>
internal sealed class LogonHarness : IDisposable
{
    public const string Domain = "S-1-5-21-1-2-3-";
    public const string Local = "S-1-5-21-9-9-9-";
    public const string Artists = Domain + "5001";
    private readonly SealingKey _key = SealingKey.Create();

    public LogonHarness()
    {
        Ann = Host.Add("STUDIO", "ann", Domain + "1101", "hunter2");
        Bob = Host.Add("WIN1", "bob", Local + "1001", "hunter2");
        Host.Add("STUDIO", "artists", Artists, isUser: false);
        Host.Add("BUILTIN", "Administrators", SidRules.Administrators, isUser: false);
        Logon = new AccountLogon(Host, new PasswordSource(_key, [Lsa, Dpapi]), () => Policy, Time) { Patience = TimeSpan.FromMilliseconds(1) };
    }

    public FakeAccounts Host { get; } = new();
    public FakePasswords Lsa { get; } = new("lsa");
    public FakePasswords Dpapi { get; } = new("dpapi");
    public FakeTimeProvider Time { get; } = new();
    public FakeAccounts.Person Ann { get; }
    public FakeAccounts.Person Bob { get; }
    public LogonPolicy Policy { get; set; } = new();
    public AccountLogon Logon { get; }

    /// <summary>Logs an account on with a password that was sealed for this worker and run.</summary>
    public LogonResult LogOn(string account, string password = "hunter2", string domain = "")
    {
        using var secret = Secret.OfChars(password);
        return LogOn(account, new LogonRequest(domain, _key.Public.Seal(secret, new SealedFor(account, SealedFor.Run("12.0#1"))), account, SealedFor.Run("12.0#1"), "run 'qblogin' as ann"));
    }

    public LogonResult LogOn(string account, LogonRequest? request) => Logon.LogOn(Launch(account) with { Logon = request });

    public string Refusal(string account, string password = "hunter2", string domain = "")
    {
        var text = Assert.IsType<LogonRefused>(LogOn(account, password, domain)).Text;
        Assert.DoesNotContain('\n', text);
        Assert.DoesNotContain(password, text);
        Assert.Equal(0, Host.OpenTokens);
        Assert.Empty(Host.Profiles);
        return text;
    }

    public LogonSession Session(string account, string password = "hunter2", string domain = "") => Assert.IsType<LogonGranted>(LogOn(account, password, domain)).Session;

    public void Dispose() => _key.Dispose();

    private static Launch Launch(string account) => new()
    {
        Key = new RunKey(12, 0, 1), Account = account, Submitter = "ann", IsProxyAccount = false, IsDesktop = false, JobName = "", JobType = "cmdline", Command = "", Shell = "",
        Environment = new Dictionary<string, string>(), FarmEnvironment = new Dictionary<string, string>(), WorkingDirectory = "", Umask = 0, NiceValue = 0, HasAgenda = false, Padding = 0,
        Range = "", TimeLimitSeconds = 0, ItemTimeLimitSeconds = 0, KillGraceSeconds = 0, ReadoptSeconds = 0, Items = [],
    };
}
