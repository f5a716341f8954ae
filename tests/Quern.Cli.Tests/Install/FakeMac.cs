using Quern.Cli.Install;
using Quern.Cli.Install.Mac;

namespace Quern.Cli.Tests.Install;

/// <summary>A machine of files below a folder, whose launchctl, dscl and others only remember what they were told.</summary>
internal sealed class FakeMac : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("quern-mac-").FullName;
    private readonly HashSet<string> _accounts = [];
    private readonly HashSet<string> _loaded = ["gui/501"];
    private readonly HashSet<string> _disabled = [];

    public FakeMac(bool isRoot = true)
    {
        Directory.CreateDirectory(_root + "/unpacked");
        foreach (var program in new[] { "quern", "quern-worker", "quern-proxy" })
        {
            File.WriteAllText($"{_root}/unpacked/{program}", program);
        }

        Machine = new Machine { Root = _root, IsRoot = isRoot, IsMac = true, User = "ann", Home = "/Users/ann", Programs = _root + "/unpacked", Run = Run };
    }

    public Machine Machine { get; }

    /// <summary>Every command that changes something, in order.</summary>
    public List<string> Commands { get; } = [];

    /// <summary>Whether the person whose worker it is has joined, and has nothing to change.</summary>
    public bool IsPersonReady { get; set; }

    public bool Has(string path) => File.Exists(_root + path) || Directory.Exists(_root + path);

    public void Make(string path, string text = "") => Machine.Write(path, text);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private ProgramResult Run(string program, IReadOnlyList<string> words)
    {
        switch (program, words)
        {
            case ("id", ["-u"]):
                return Say(true, "501");
            case ("id", ["-u", var name]):
                return Say(_accounts.Contains(name), "400");
            case ("stat", ["-f", ..]):
                return Say(true, "0 755");
            case ("dscl", [".", "-list", ..]):
                return Say(true, "_www                70\n_taken             400\nnobody              -2");
            case ("dscl", ["/Search", "-read", "/Users/ann", ..]):
                return Say(true, "NFSHomeDirectory: /Users/ann\nUniqueID: 501");
            case ("dscl", ["/Search", ..]):
                return Say(false, "");
            case ("sudo", [.., "--dry-run"]):
                return Say(true, IsPersonReady ? "already write" : "would write");
            case ("sudo", [.., "-e", _]):
                return Say(IsPersonReady, "");
            case ("launchctl", ["print", var job]):
                return Say(_loaded.Contains(job), "");
            case ("launchctl", ["print-disabled", var domain]):
                return Say(true, string.Join('\n', _disabled.Where(job => job.StartsWith(domain, StringComparison.Ordinal)).Select(job => $"\t\"{job[(domain.Length + 1)..]}\" => disabled")));
            default:
                Commands.Add($"{program} {string.Join(' ', words)}".Replace(_root, "", StringComparison.Ordinal));
                Do(program, words);
                return Say(true, "");
        }
    }

    private void Do(string program, IReadOnlyList<string> words)
    {
        switch (program, words)
        {
            case ("dscl", [".", "-create", var path]) when path.StartsWith("/Users/", StringComparison.Ordinal):
                _accounts.Add(Path.GetFileName(path));
                break;
            case ("launchctl", ["bootstrap", var domain, var path]):
                _loaded.Add($"{domain}/{Path.GetFileNameWithoutExtension(path)}");
                break;
            case ("launchctl", ["bootout", var job]):
                _loaded.Remove(job);
                break;
            case ("launchctl", ["disable", var job]):
                _disabled.Add(job);
                break;
            case ("launchctl", ["enable", var job]):
                _disabled.Remove(job);
                break;
            case (_, ["--join-only", ..]):
                Make("/var/lib/quern/worker/worker.json");
                break;
        }
    }

    private static ProgramResult Say(bool isTrue, string text) => new(isTrue ? 0 : 1, isTrue ? text + "\n" : "", "");
}
