using System.Globalization;
using Quern.Execution.Accounts;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.SelfTests;

/// <summary>Who a job is, that it cannot be anybody else, and whom it is never.</summary>
internal static class IdentityProbes
{
    private const string Reinstall = "install quern-worker and quern-proxy anew, of the same version, and see proxy_location in qb.conf";
    private const string Report = "do not use this machine for jobs of others; report it with this output";

    internal static IReadOnlyList<Probe> All { get; } =
    [
        new(1, "a job holds the account's uid and gid, real, effective and saved", Reinstall, false, IdsAsync),
        new(2, "a job holds exactly the groups of the account, and none of the worker's", "compare 'id ACCOUNT' with the groups shown", false, GroupsAsync),
        new(4, "a job cannot become root again", Report, false, RegainAsync),
        new(5, "a job holds no capability and can gain none", "set worker_allow_setuid = no", true, CapabilitiesAsync),
        new(6, "set-user-id programs change nothing for a job (no_new_privs)", "set worker_allow_setuid = no, unless jobs here need sudo or the like", false, NoNewPrivilegesAsync),
        new(10, "a file of a job belongs to the account, with the umask of the job", Reinstall, false, FilesAsync),
        new(13, "root and every other name of uid 0 are refused", Report, true, bench => RefusedAsync(bench, RootNames())),
        new(14, "nobody is refused, and accounts below worker_min_uid", "raise worker_min_uid", true, bench => RefusedAsync(bench, ["nobody", .. LowAccount(bench)])),
        new(15, "a user this host does not know is refused, and nobody takes the place", Report, true, bench => RefusedAsync(bench, ["quern-no-such-user"])),
        new(16, "words that are no account name are refused before they are looked up", Report, true, bench => RefusedAsync(bench, ["0", "-1", "4294967295", "0day", "", " root", "root\n", "../x", "a;id", "a\0b", new string('a', 300)])),
        new(23, "nobody but root can change the settings that say who jobs run as", "do what the line says and start the worker again", true, PolicyFileAsync),
    ];

    private static async Task<Finding> IdsAsync(ProbeBench bench)
    {
        var facts = await bench.FactsAsync().ConfigureAwait(false);
        var account = bench.Account;
        return Finding.Expect(
            facts["status.Uid"] == FourTimes(account.Uid) && facts["status.Gid"] == FourTimes(account.Gid),
            $"'{account.Name}' has uid {account.Uid} and gid {account.Gid}; the job held {facts.Of("status.Uid", "status.Gid")}");

        static string FourTimes(uint id) => string.Join(' ', Enumerable.Repeat(id.ToString(CultureInfo.InvariantCulture), 4));
    }

    private static async Task<Finding> GroupsAsync(ProbeBench bench)
    {
        var facts = await bench.FactsAsync().ConfigureAwait(false);
        var held = facts["status.Groups"].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => uint.Parse(word, CultureInfo.InvariantCulture)).Order();
        return Finding.Expect(held.SequenceEqual(bench.Account.Groups.Order()), $"the account has {string.Join(' ', bench.Account.Groups)}; the job held {facts["status.Groups"]}");
    }

    private static async Task<Finding> RegainAsync(ProbeBench bench)
    {
        var tried = (await bench.FactsAsync().ConfigureAwait(false)).Below("regain.").ToList();
        return Finding.Expect(
            tried.Count == 5 && tried.TrueForAll(pair => pair.Value == Text(Errno.EPERM)),
            "not refused with EPERM: " + string.Join(' ', tried.Where(pair => pair.Value != Text(Errno.EPERM)).Select(pair => $"{pair.Key} ({pair.Value})")));
    }

    private static async Task<Finding> CapabilitiesAsync(ProbeBench bench)
    {
        if (bench.Options.Policy.AllowsSetuid)
        {
            return Finding.NotPossible("worker_allow_setuid = yes keeps the bounding set");
        }

        var facts = await bench.FactsAsync().ConfigureAwait(false);
        string[] sets = ["status.CapInh", "status.CapPrm", "status.CapEff", "status.CapBnd", "status.CapAmb"];
        return Finding.Expect(sets.All(set => facts[set].Length > 0 && facts[set].All(c => c == '0')), facts.Of(sets));
    }

    private static async Task<Finding> NoNewPrivilegesAsync(ProbeBench bench) => bench.Options.Policy.AllowsSetuid
        ? Finding.NotPossible("worker_allow_setuid = yes: set-user-id programs work for jobs here")
        : Finding.Expect((await bench.FactsAsync().ConfigureAwait(false))["status.NoNewPrivs"] == "1", "the job does not have no_new_privs");

    private static async Task<Finding> FilesAsync(ProbeBench bench)
    {
        var run = await bench.RunAsync(bench.Launch("f=$(mktemp -d) && : >$f/file && stat -c '%u %g %a' $f/file && umask; rm -rf \"$f\"") with { Umask = 0x1F }).ConfigureAwait(false);
        var account = bench.Account;
        return Finding.Expect(run.Text == $"{account.Uid} {account.Gid} 640\n0037\n", $"with umask 0037 a new file was: {run.Text} {run.Errors}");
    }

    private static Task<Finding> PolicyFileAsync(ProbeBench bench) => Task.FromResult(bench.Options.PolicyFile is not { } file
        ? Finding.NotPossible("no settings file is read: the defaults hold")
        : PolicyFile.Problem(file) is { } problem ? Finding.Fails(problem) : Finding.Holds);

    /// <summary>Each of the names is launched for real; each must end as a bad login before anything was started.</summary>
    private static async Task<Finding> RefusedAsync(ProbeBench bench, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var run = await bench.RunAsync(bench.Launch("echo started") with { Account = name, IsProxyAccount = false }).ConfigureAwait(false);
            if (run.End?.Cause != RunEndCause.BadLogin || run.Text.Length > 0)
            {
                return Finding.Fails($"'{AccountName.Shown(name)}' was not refused: {run.End?.Cause} {run.End?.Text} {run.Text}");
            }
        }

        return Finding.Holds;
    }

    private static List<string> RootNames() => [.. File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(words => words is [_, _, "0", ..]).Select(words => words[0]).Prepend("root").Distinct()];

    private static List<string> LowAccount(ProbeBench bench) => [.. File.ReadLines("/etc/passwd").Select(line => line.Split(':'))
        .Where(words => words.Length > 3 && uint.TryParse(words[2], out var uid) && uid > 0 && uid < bench.Options.Policy.MinUid).Select(words => words[0]).Take(1)];

    private static string Text(int error) => error.ToString(CultureInfo.InvariantCulture);
}
