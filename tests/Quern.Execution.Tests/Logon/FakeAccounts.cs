using System.Text;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Windows.Logon;
using Quern.Execution.Windows.Secrets;

namespace Quern.Execution.Tests.Logon;

/// <summary>
/// A Windows host in a domain, as far as logons see it: names in any letter case, local before domain, wrong passwords counted until the account is locked, a
/// right of its own for each kind of logon, tokens that know their groups, and everything that was opened and not closed.
/// </summary>
internal sealed class FakeAccounts : IWindowsAccounts
{
    private const int LockedAfter = 3;
    private readonly List<Person> _people = [];
    private readonly HashSet<ILogonToken> _open = [];

    public string HostName => "WIN1";

    /// <summary>Each try of LogonUserW: account, kind, result.</summary>
    public List<string> Tries { get; } = [];

    /// <summary>Profiles that are loaded, by SID; a second load of one is a fault of the caller.</summary>
    public Dictionary<string, nint> Profiles { get; } = [];

    /// <summary>Called within each try, so that a test can let one hang.</summary>
    public Action<WindowsAccount>? OnTry { get; set; }

    public int OpenTokens => _open.Count;

    /// <summary>The error with which profiles and environments fail; 0 = they do not.</summary>
    public int ProfileError { get; set; }
    public int EnvironmentError { get; set; }

    public Person Add(string domain, string name, string sid, string password = "", bool isUser = true)
    {
        var person = new Person { Account = new WindowsAccount(domain, name, sid, isUser), Password = password };
        _people.Add(person);
        return person;
    }

    public WindowsAccount? Find(string name, out int error)
    {
        error = 0;
        var slash = name.IndexOf('\\', StringComparison.Ordinal);
        var at = name.IndexOf('@', StringComparison.Ordinal);
        var (domain, user) = slash >= 0 ? (name[..slash], name[(slash + 1)..]) : at >= 0 ? (name[(at + 1)..].Split('.')[0], name[..at]) : ("", name);
        if (domain == "GONE")
        {
            error = 1355;
            return null;
        }

        var found = _people.Where(person => Same(person.Account.Name, user) && (domain.Length == 0 || Same(person.Account.Domain, domain))).OrderByDescending(person => person.Account.Domain == HostName).FirstOrDefault();
        error = found is null ? 1332 : 0;
        return found?.Account;
    }

    public WindowsAccount? FindSid(string sid) => _people.Find(person => person.Account.Sid == sid)?.Account;

    public ILogonToken? LogOn(WindowsAccount account, ReadOnlySpan<char> password, LogonKind kind, out int error)
    {
        var person = _people.Single(one => one.Account == account);
        OnTry?.Invoke(account);
        error = Outcome(person, password, kind);
        Tries.Add($"{account} {kind} {error}");
        if (error != 0)
        {
            return null;
        }

        var token = new Token(this, person);
        _open.Add(token);
        return token;
    }

    public TokenFacts Read(ILogonToken token) => new(Of(token).LogsOnAs ?? Of(token).Account.Sid, Of(token).GroupSids);

    public nint LoadProfile(ILogonToken token, WindowsAccount account, out int error)
    {
        error = ProfileError;
        if (error == 0)
        {
            Profiles.Add(account.Sid, 7);
        }

        return 7;
    }

    public void UnloadProfile(ILogonToken token, nint profile)
    {
        Assert.Contains(token, _open);
        Assert.True(Profiles.Remove(Of(token).Account.Sid));
    }

    public string ProfileFolder(ILogonToken token) => $@"C:\Users\{Of(token).Account.Name}";

    public IReadOnlyDictionary<string, string>? Environment(ILogonToken token, out int error)
    {
        error = EnvironmentError;
        return error == 0 ? new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["USERNAME"] = Of(token).Account.Name } : null;
    }

    private static int Outcome(Person person, ReadOnlySpan<char> password, LogonKind kind)
    {
        if (person.Error != 0)
        {
            return person.Error;
        }

        if (person.WrongTries >= LockedAfter)
        {
            return 1909;
        }

        if (!person.IsManaged && !password.SequenceEqual(person.Password + "\0"))
        {
            person.WrongTries++;
            return 1326;
        }

        return person.Kinds.Contains(kind) ? 0 : 1385;
    }

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);

    private static Person Of(ILogonToken token) => ((Token)token).Person;

    internal sealed class Person
    {
        public required WindowsAccount Account { get; init; }
        public string Password { get; set; } = "";
        public bool IsManaged => Account.Name.EndsWith('$');
        public int WrongTries { get; set; }
        public int Error { get; set; }
        public string? LogsOnAs { get; set; }
        public List<LogonKind> Kinds { get; set; } = [LogonKind.Batch, LogonKind.Interactive, LogonKind.Service];
        public List<string> GroupSids { get; } = ["S-1-5-32-545"];
    }

    private sealed class Token(FakeAccounts owner, Person person) : ILogonToken
    {
        public Person Person => person;
        public SafeAccessTokenHandle? Handle => null;

        public void Dispose() => Assert.True(owner._open.Remove(this), "a token was closed twice");
    }
}

/// <summary>A place for passwords in memory.</summary>
internal sealed class FakePasswords(string place) : ILocalPasswords
{
    private readonly Dictionary<string, byte[]> _kept = [];

    public string Place => place;

    public string? Failure { get; set; }

    public void Store(string name, ReadOnlySpan<byte> content) => _kept[name] = content.ToArray();

    public byte[]? Read(string name) => Failure is null ? _kept.GetValueOrDefault(name)?.ToArray() : throw new IOException(Failure);

    public bool Remove(string name) => _kept.Remove(name);

    public void Put(string name, string content) => _kept[name] = Encoding.UTF8.GetBytes(content);
}
