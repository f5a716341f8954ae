using System.Text;
using System.Text.Json;
using Quern.Configuration;
using Quern.Execution.Accounts;
using Quern.Execution.Runs;
using Quern.Execution.SelfTests;
using Quern.Worker.Core;

namespace Quern.Worker;

/// <summary><c>quern worker selftest</c>: looks on this machine at what the worker promises, and prints what an administrator can act on.</summary>
internal static class SelfTestCommand
{
    public const string Usage = """
        usage: quern worker selftest [--user NAME] [--desktop] [--json] [--config FILE] [--state DIR] [--set KEY=VALUE]...

        Runs short jobs through quern-proxy, beside whatever serves here, and says for each promise whether it holds: passed, FAILED with the remedy, or
        not possible here and why. The numbers are those of docs/identity-tests.md. Exit status 0 when nothing failed, else 1.
          --user NAME      the account to test (default: proxy_account; in desktop mode you)
          --desktop        as a desktop worker: everything runs as you; without root this is what is tested
          --json           one JSON document instead of the report
          --config FILE, --state DIR, --set KEY=VALUE   as of 'quern worker'

        examples:
          sudo quern worker selftest
          sudo quern worker selftest --user ann
          quern worker selftest --desktop
        """;

    /// <summary>Runs it; the answer is the exit status.</summary>
    /// <exception cref="FormatException">The command line is wrong: one line.</exception>
    /// <exception cref="RefusalException">It cannot be run: one line.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        var (user, isJson, rest) = Split(words);
        var options = WorkerOptions.Parse(rest);
        if (options.WantsHelp)
        {
            await Console.Out.WriteLineAsync(Usage).ConfigureAwait(false);
            return 0;
        }

        if (OperatingSystem.IsWindows())
        {
            throw new RefusalException("its probes look at accounts and processes of Linux: on Windows submit 'whoami /all' and 'set' to this host instead");
        }

        if (OperatingSystem.IsMacOS())
        {
            throw new RefusalException("its probes look at accounts and processes of Linux: on macOS submit 'id' and 'env' to this host instead");
        }

        var isDesktop = options.IsDesktop || !Environment.IsPrivilegedProcess;
        if (isDesktop && Environment.IsPrivilegedProcess)
        {
            throw new RefusalException("desktop mode is tested as the person who logs in: run it as that person, or without --desktop");
        }

        var settings = LocalSettings.Read(options);
        var test = Plan(settings, user, isDesktop);
        if (!isJson)
        {
            await Console.Out.WriteLineAsync(Head(test)).ConfigureAwait(false);
        }

        var results = await SelfTest.RunAsync(test, found =>
        {
            if (!isJson)
            {
                Console.Out.WriteLine(Line(found));
            }
        }).ConfigureAwait(false);
        await Console.Out.WriteLineAsync(isJson ? Json(test, results) : Sum(results)).ConfigureAwait(false);
        return results.Any(found => found.Status == ProbeStatus.Failed) ? 1 : 0;
    }

    private static SelfTestOptions Plan(LocalSettings settings, string? user, bool isDesktop)
    {
        var values = settings.Values;
        var proxyAccount = ProxyAccounts.First(values.ProxyAccount);
        var account = isDesktop ? Environment.UserName : user ?? proxyAccount;
        if (isDesktop && user is not null && user != account)
        {
            throw new RefusalException($"without root only '{account}' can be tested: run it with sudo to test '{user}'");
        }

        var proxy = RunHosts.ProxyPath(values);
        if (!File.Exists(proxy))
        {
            throw new RefusalException($"the program {proxy} is not there: install it beside quern-worker, or set proxy_location");
        }

        return new SelfTestOptions
        {
            ProxyPath = proxy,
            Account = account,
            IsProxyAccount = !isDesktop && account == proxyAccount,
            IsDesktop = isDesktop,
            Policy = RunHosts.Policy(values),
            PolicyFile = settings.File,
            Containment = RunHosts.Containment(values),
        };
    }

    private static (string? User, bool IsJson, List<string> Others) Split(IReadOnlyList<string> words)
    {
        var rest = new List<string>();
        string? user = null;
        var isJson = false;
        for (var at = 0; at < words.Count; at++)
        {
            switch (words[at].TrimStart('-'))
            {
                case "json":
                    isJson = true;
                    break;
                case "user":
                    at++;
                    user = at < words.Count && words[at].Length > 0 ? words[at] : throw new FormatException("--user needs a value; see --help");
                    break;
                case var word when word.StartsWith("user=", StringComparison.Ordinal):
                    user = word["user=".Length..];
                    break;
                default:
                    rest.Add(words[at]);
                    break;
            }
        }

        return (user, isJson, rest);
    }

    private static string Head(SelfTestOptions test) => string.Join('\n',
        $"quern-worker {WorkerProgram.Version} on {Environment.MachineName}: {(test.IsDesktop ? "desktop" : "service")} mode, jobs as '{test.Account}'",
        $"proxy {test.ProxyPath}; settings {test.PolicyFile ?? "by default"}; containment: {SelfTest.Containment(test)}",
        "");

    private static string Line(ProbeResult found) => found.Status switch
    {
        ProbeStatus.Passed => $"{found.Number,3}  passed  {found.Title}",
        ProbeStatus.Failed => $"{found.Number,3}  FAILED  {found.Title}\n             {found.Text}\n             remedy: {found.Remedy}",
        ProbeStatus.NotPossible => $"{found.Number,3}  -       {found.Title}\n             not possible here: {found.Text}",
    };

    private static string Sum(IReadOnlyList<ProbeResult> results)
    {
        int Count(ProbeStatus status) => results.Count(found => found.Status == status);
        return $"\n{Count(ProbeStatus.Passed)} passed, {Count(ProbeStatus.Failed)} failed, {Count(ProbeStatus.NotPossible)} not possible here";
    }

    private static string Json(SelfTestOptions test, IReadOnlyList<ProbeResult> results)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("version", WorkerProgram.Version);
            json.WriteString("host", Environment.MachineName);
            json.WriteString("mode", test.IsDesktop ? "desktop" : "service");
            json.WriteString("account", test.Account);
            json.WriteString("containment", SelfTest.Containment(test));
            json.WriteNumber("failed", results.Count(found => found.Status == ProbeStatus.Failed));
            json.WriteStartArray("probes");
            foreach (var found in results)
            {
                json.WriteStartObject();
                json.WriteNumber("number", found.Number);
                json.WriteString("title", found.Title);
                json.WriteString("status", found.Status switch { ProbeStatus.Passed => "passed", ProbeStatus.Failed => "failed", ProbeStatus.NotPossible => "not possible" });
                json.WriteString("text", found.Text);
                json.WriteString("remedy", found.Remedy);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
