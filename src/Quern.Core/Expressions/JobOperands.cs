using Quern.Core.Jobs;

namespace Quern.Core.Expressions;

/// <summary>What <c>job.NAME</c> stands for. Source: reference, qube-jobs 11.1.</summary>
internal static class JobOperands
{
    private const string Prefix = "job.";
    private const string FlagPrefix = "flag.";

    private static readonly Dictionary<string, Func<Job, ExpressionValue>> Known = new()
    {
        ["id"] = static job => new(job.Id.Value),
        ["pid"] = static job => new(job.Spec.Pid),
        ["pgrp"] = static job => new(job.Pgrp),
        ["name"] = static job => new(job.Spec.Name),
        ["priority"] = static job => new(job.Spec.Priority),
        ["label"] = static job => new(job.Label),
        ["user"] = static job => new(job.Spec.User),
        ["status"] = static job => new(job.Status.Word()),
        ["prototype"] = static job => new(job.Spec.Prototype),
        ["type"] = static job => new(job.Spec.Prototype),
        ["cluster"] = static job => new(job.Spec.Cluster),
        ["kind"] = static job => new(job.Spec.Kind),
        ["account"] = static job => new(job.Spec.Account),
        ["cpus"] = static job => new(job.Spec.Cpus),
        ["todo"] = static job => new(job.Items?.Count ?? 0),
        ["hosts"] = static job => new(job.Spec.Hosts),
        ["groups"] = static job => new(job.Spec.Groups),
        ["restrictions"] = static job => new(job.Spec.Restrictions),
        ["reservations"] = static job => new(job.Reservations.Text),
        ["dependency"] = static job => new(job.Dependency?.ToString() ?? ""),
        ["requirements"] = static job => new(job.Spec.Requirements),
        ["flags"] = static job => new(string.Join(',', job.Spec.Flags)),
    };

    /// <summary>For a sentence.</summary>
    internal static string Names => string.Join(", ", Known.Keys) + ", flag.NAME";

    /// <summary>With their prefix.</summary>
    internal static IEnumerable<string> All => Known.Keys.Select(name => Prefix + name);

    internal static bool IsOne(string operand) => operand.StartsWith(Prefix, StringComparison.Ordinal);

    internal static bool IsKnown(string operand) => operand[Prefix.Length..] is var name && (Known.ContainsKey(name) || name.StartsWith(FlagPrefix, StringComparison.Ordinal));

    internal static ExpressionValue Find(Job job, string operand) => Of(job, operand[Prefix.Length..]);

    /// <param name="name">Without the prefix.</param>
    internal static ExpressionValue Of(Job job, string name) =>
        Known.TryGetValue(name, out var value) ? value(job)
        : name.StartsWith(FlagPrefix, StringComparison.Ordinal) ? ExpressionValue.Of(job.Spec.Flags.Contains(name[FlagPrefix.Length..], StringComparer.OrdinalIgnoreCase))
        : ExpressionValue.None;

    /// <summary>A word that stands for something of a job where its prefix may be left out.</summary>
    internal static bool IsBare(string word) => IsKnown(Prefix + word);

    internal static string Whole(string word) => Prefix + word;
}
