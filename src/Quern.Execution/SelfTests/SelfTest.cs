using Quern.Execution.Accounts;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Execution.SelfTests;

public sealed record SelfTestOptions
{
    public required string ProxyPath { get; init; }

    /// <summary>Account the probes run as; in desktop mode the worker's own.</summary>
    public required string Account { get; init; }

    /// <summary>The account is the configured <c>proxy_account</c>.</summary>
    public bool IsProxyAccount { get; init; }

    public bool IsDesktop { get; init; }

    public AccountPolicy Policy { get; init; } = new();

    /// <summary>The file the policy comes from; null without one.</summary>
    public string? PolicyFile { get; init; }

    public ContainmentRule Containment { get; init; } = ContainmentRule.Prefer;

    /// <summary>Numbers to look at; null = all.</summary>
    public IReadOnlyCollection<int>? Only { get; init; }
}

/// <summary>
/// Looks on this machine at what the worker promises about identity and containment: real runs through quern-proxy on a state folder of their own, as the
/// account that jobs would get. A worker that serves here is not touched.
/// </summary>
public static class SelfTest
{
    /// <summary>Probes of refusals, which run as nobody.</summary>
    private static readonly int[] WithoutAccount = [13, 14, 15, 16, 23];

    private static IEnumerable<Probe> All => [.. IdentityProbes.All, .. SurroundingProbes.All, .. ContainmentProbes.All];

    /// <summary>Runs the probes one after the other. A probe that breaks counts as failed; nothing is thrown for what a machine can do.</summary>
    /// <param name="told">Hears each result when it is there.</param>
    public static async Task<IReadOnlyList<ProbeResult>> RunAsync(SelfTestOptions options, Action<ProbeResult> told)
    {
        var results = new List<ProbeResult>();
        var refusal = AccountRefusal(options);
        if (refusal is not null)
        {
            Add(results, told, new ProbeResult(0, $"jobs can have the account '{options.Account}'", ProbeStatus.Failed, refusal, "do what the line says, or test another account with --user"));
        }

        foreach (var probe in All.Where(probe => options.Only?.Contains(probe.Number) ?? true).OrderBy(probe => probe.Number))
        {
            var finding = refusal is null || WithoutAccount.Contains(probe.Number)
                ? await LookAsync(probe, options).ConfigureAwait(false)
                : Finding.NotPossible("jobs cannot have the account, see 0");
            Add(results, told, new ProbeResult(probe.Number, probe.Title, finding.Status, finding.Text.ReplaceLineEndings(" "), finding.Status == ProbeStatus.Failed ? probe.Remedy : ""));
        }

        return results;
    }

    /// <summary>How runs are kept together on this machine, as the worker would say it.</summary>
    public static string Containment(SelfTestOptions options) => Quern.Execution.Containment.Cgroups.Open(null, "selftest") is { } groups
        ? $"control group v2 below {Path.GetDirectoryName(groups.Root)}"
        : options.Containment == ContainmentRule.Require ? "none, and worker_containment = require: every instance is refused" : "sessions, ancestry and a marker";

    private static void Add(List<ProbeResult> results, Action<ProbeResult> told, ProbeResult result)
    {
        results.Add(result);
        told(result);
    }

    /// <summary>One sentence when no job could run as the account at all; the probes would only repeat it.</summary>
    private static string? AccountRefusal(SelfTestOptions options) =>
        !options.IsDesktop && LibC.geteuid() == 0 && AccountResolver.Resolve(options.Account, options.Policy, options.IsProxyAccount) is AccountRefused refused ? refused.Text : null;

    private static async Task<Finding> LookAsync(Probe probe, SelfTestOptions options)
    {
        if (probe.NeedsService && options.IsDesktop)
        {
            return Finding.NotPossible("desktop mode: jobs run as the owner");
        }

        if (!options.IsDesktop && LibC.geteuid() != 0)
        {
            return Finding.NotPossible("needs root: run it with sudo");
        }

        // Each probe has runs of its own: one that hangs does not spoil the next.
        try
        {
            var bench = new ProbeBench(options);
            await using (bench.ConfigureAwait(false))
            {
                return await probe.Look(bench).ConfigureAwait(false);
            }
        }
        catch (NotSupportedException error)
        {
            return Finding.NotPossible(error.Message);
        }
        catch (Exception error) when (error is TimeoutException or IOException or UnauthorizedAccessException or FormatException)
        {
            return Finding.Fails(error.Message);
        }
    }
}
