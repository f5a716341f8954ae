using Quern.Cli.Install;

namespace Quern.Cli.Tests.Install;

/// <summary>A machine of files below a folder, and of programs that only remember what they were told.</summary>
internal sealed class FakeMachine : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("quern-install-").FullName;
    private readonly HashSet<string> _accounts = [];
    private readonly Dictionary<string, string> _owners = [];
    private readonly HashSet<string> _enabled = [];
    private readonly HashSet<string> _active = [];

    public FakeMachine(bool isRoot = true)
    {
        Directory.CreateDirectory(_root + "/run/systemd/system");
        Directory.CreateDirectory(_root + "/unpacked");
        foreach (var program in new[] { "quern", "quern-worker", "quern-proxy", "quern-supervisor" })
        {
            File.WriteAllText($"{_root}/unpacked/{program}", program);
        }

        Machine = new Machine { Root = _root, IsRoot = isRoot, User = "artist", Home = "/home/artist", Programs = _root + "/unpacked", Run = Run };
    }

    public Machine Machine { get; }

    /// <summary>Every command that changes something, in order.</summary>
    public List<string> Commands { get; } = [];

    /// <summary>A program that fails, and what it says.</summary>
    public (string Command, string Says)? Failing { get; set; }

    public bool Has(string path) => File.Exists(_root + path) || Directory.Exists(_root + path);

    public void Make(string path, string text = "")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, text);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private ProgramResult Run(string program, IReadOnlyList<string> words)
    {
        var command = $"{program} {string.Join(' ', words)}".Replace(_root, "", StringComparison.Ordinal);
        if (Failing is { } failing && command.StartsWith(failing.Command, StringComparison.Ordinal))
        {
            return new ProgramResult(1, "", failing.Says + "\n");
        }

        switch (program, words)
        {
            case ("getent", [_, var name]):
                return Say(_accounts.Contains(name), $"{name}:x:998:998::/nonexistent:/usr/sbin/nologin");
            case ("stat", ["-c", "%u %a", _]):
                return Say(true, "0 755");
            case ("stat", [_, _, var path]):
                return Say(_owners.ContainsKey(path), _owners.GetValueOrDefault(path, ""));
            case ("systemctl", ["is-active", .., var unit]):
                return Say(_active.Contains(unit), "");
            case ("systemctl", ["is-enabled", .., var unit]):
                return Say(_enabled.Contains(unit), "enabled");
            default:
                Commands.Add(command);
                Do(program, words);
                return Say(true, "");
        }
    }

    private void Do(string program, IReadOnlyList<string> words)
    {
        switch (program, words)
        {
            case ("useradd", [.., var name]):
                _accounts.Add(name);
                break;
            case ("userdel", [var name]):
                _accounts.Remove(name);
                break;
            case ("systemctl", ["enable", .., var unit]):
                _enabled.Add(unit);
                break;
            case ("systemctl", ["start", var unit]):
                _active.Add(unit);
                break;
            case ("systemctl", ["disable", .., var unit]):
                _enabled.Remove(unit);
                _active.Remove(unit);
                break;
            case ("chown", [.., var path]):
                _owners[path] = SupervisorInstallation.Account;
                break;
            case ("install", [.., var folder]):
                Directory.CreateDirectory(folder);
                break;
            case ("systemd-tmpfiles", _):
                _owners[_root + "/run/quern"] = SupervisorInstallation.Account;
                break;
            case (_, ["--join-only", ..]):
                Make("/var/lib/quern/worker/worker.json");
                break;
        }
    }

    private static ProgramResult Say(bool isTrue, string text) => new(isTrue ? 0 : 1, isTrue ? text + "\n" : "", "");
}
