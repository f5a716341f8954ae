using System.Diagnostics;
using System.Runtime.CompilerServices;
using Quern.Execution.Tests;

[assembly: AssemblyFixture(typeof(RealMachine))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Quern.Execution.Tests;

/// <summary>
/// Accounts of every kind on this machine, and a proxy to start. Made once, removed at the end. Without root the tests that need them are skipped.
/// Odd uids and names, since several test runs may share a machine.
/// </summary>
public sealed class RealMachine : IDisposable
{
    public const string Artist = "qxartist", Other = "qxother", Low = "qxlow", Expired = "qxexpired", Locked = "qxlocked", Proxy = "qxproxy", RootAlias = "qxtoor", RootGroup = "qxrootgroup", Docker = "qxdocker";
    public const string Due = "qxdue", Homeless = "qxhomeless", Shellless = "qxshellless", Slot = "qxslot{slot}", Slot0 = "qxslot0", Slot1 = "qxslot1", Many = "qxmany";
    private const int ManyGroups = 200;
    private static readonly string[] Accounts = [Artist, Other, Low, Expired, Locked, Proxy, RootAlias, RootGroup, Docker, Due, Homeless, Shellless, Slot0, Slot1, Many];
    private static readonly string[] Groups = ["qxone", "qxtwo"];

    public RealMachine()
    {
        IsRoot = Environment.UserName == "root";
        ProxyPath = Environment.GetEnvironmentVariable("QUERN_PROXY") ?? Publish();
        if (!IsRoot)
        {
            Console.Error.WriteLine("Not root: the tests with real accounts are skipped. Run them with 'sudo ./test'.");
            return;
        }

        _turn = TakeTurn();
        RemoveAll();
        Run("groupadd", "-g 6111 qxone");
        Run("groupadd", "-g 6112 qxtwo");
        Run("useradd", $"-m -u 6101 -U -G qxone,qxtwo -p x {Artist}");
        Run("useradd", $"-m -u 6102 -U -p x {Other}");
        Run("useradd", $"-m -u 611 -U -p x {Low}");
        Run("useradd", $"-m -u 6103 -U -p x -e 2001-01-01 {Expired}");
        Run("useradd", $"-m -u 6104 -U {Locked}");
        Run("useradd", $"-m -u 612 -U {Proxy}");
        Run("useradd", $"-o -u 0 -U -p x {RootAlias}");
        Run("useradd", $"-u 6105 -g 0 -p x {RootGroup}");
        Run("useradd", $"-u 6106 -U -G shadow -p x {Docker}");
        Run("useradd", $"-m -u 6107 -U -p x {Due}");
        Run("chage", $"-d 0 {Due}");
        Run("useradd", $"-M -d /nonexistent/{Homeless} -u 6108 -U -p x {Homeless}");
        Run("useradd", $"-m -u 6109 -U -s /usr/sbin/nologin -p x {Shellless}");
        Run("useradd", $"-m -u 6113 -U {Slot0}");
        Run("useradd", $"-m -u 6114 -U {Slot1}");
        Run("useradd", $"-m -u 6115 -U -p x {Many}");
        RewriteGroups([.. Enumerable.Range(0, ManyGroups).Select(number => $"qxg{number}:x:{6200 + number}:{Many}")]);
    }

    private readonly Process? _turn;

    public bool IsRoot { get; }

    public string ProxyPath { get; }

    public void Dispose()
    {
        if (IsRoot)
        {
            RemoveAll();
            _turn?.StandardInput.Close();
            _turn?.WaitForExit();
            _turn?.Dispose();
        }
    }

    /// <summary>The accounts are the machine's: two runs of these tests take turns. Returns when it is this one's.</summary>
    private static Process TakeTurn()
    {
        var turn = Process.Start(new ProcessStartInfo("flock", ["/run/quern-test-accounts.lock", "sh", "-c", "echo mine; cat >/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        turn.StandardOutput.ReadLine();
        return turn;
    }

    /// <summary>Hundreds of groupadd would take longer than the tests.</summary>
    private static void RewriteGroups(string[] more)
    {
        const string path = "/etc/group";
        File.WriteAllLines(path + ".qx", [.. File.ReadLines(path).Where(line => !line.StartsWith("qxg", StringComparison.Ordinal)), .. more]);
        File.Move(path + ".qx", path, overwrite: true);
    }

    private static void RemoveAll()
    {
        RewriteGroups([]);
        foreach (var account in Accounts)
        {
            // -f would be needed for uid 0, which root's own processes are using.
            Run("userdel", $"-f -r {account}");
            Run("groupdel", account);
        }

        foreach (var group in Groups)
        {
            Run("groupdel", group);
        }
    }

    private static string Publish()
    {
        var output = Path.Combine(Repository(), "artifacts", "test-proxy");
        Run("dotnet", $"publish {Path.Combine(Repository(), "src", "Quern.Proxy")} -c Release -v q -o {output}");
        return Path.Combine(output, "quern-proxy");
    }

    private static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    internal static void Run(string program, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        _ = output.Result;
    }
}
