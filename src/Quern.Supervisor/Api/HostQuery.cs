using Microsoft.AspNetCore.Http;
using Quern.Core.Expressions;
using Quern.Core.Workers;

namespace Quern.Supervisor.Api;

/// <summary>Which hosts. Read off the loop, applied on it.</summary>
internal sealed class HostQuery
{
    private static readonly string[] States = ["active", "down", "panic"];
    private List<string> states = [];
    private List<string> names = [];
    private string[] flags = [];
    private TextPattern? group;
    private Restriction? cluster;
    private TextPattern? clusterPattern;
    private HostCondition? condition;

    /// <summary>
    /// <c>state</c>, <c>name</c> and <c>flags</c> (several with commas), <c>group</c> (text or a pattern), <c>cluster</c> (a pattern, or as restrictions have it: <c>/a</c>, <c>/a/*</c>,
    /// <c>/a/+</c>), <c>expression</c>. All of them have to hold.
    /// </summary>
    public static HostQuery Read(IQueryCollection values)
    {
        var query = new HostQuery { states = Many(values, "state"), names = Many(values, "name"), flags = [.. Many(values, "flags")], group = TextPattern.Parse(One(values, "group"), "group") };
        if (query.states.Find(state => !States.Contains(state)) is { } wrong)
        {
            throw ApiRefusal.Bad($"filter state is refused: there is no state '{TargetText.Quote(wrong)}' of hosts; use {string.Join(", ", States)}");
        }

        if (One(values, "cluster") is { } path)
        {
            query.clusterPattern = path[0] is '*' or '%' or '~' ? TextPattern.Parse(path, "cluster") : null;
            query.cluster = query.clusterPattern is null ? Restriction.Parse(path, out var refusal) ?? throw ApiRefusal.Bad($"filter cluster is refused: {refusal}") : null;
        }

        if (One(values, "expression") is { } text)
        {
            query.condition = HostCondition.Parse(text, out var fault) ?? throw ApiRefusal.Bad($"filter resources is refused: {fault}");
        }

        return query;
    }

    public bool Passes(Worker worker)
    {
        var facts = worker.Facts;
        return (states.Count == 0 || states.Contains(worker.State))
            && (names.Count == 0 || names.Contains(worker.Name, StringComparer.OrdinalIgnoreCase))
            && (flags.Length == 0 || Array.TrueForAll(flags, Words(facts.Properties.GetValueOrDefault("flags")).Contains))
            && (group is null || Words(facts.Groups).Any(group.Matches))
            && (clusterPattern?.Matches(facts.Cluster) ?? true)
            && (cluster is null || (ClusterPath.Parse(facts.Cluster, out _) is { } place && cluster.Allows(place)))
            && (condition?.Holds(worker) ?? true);
    }

    private static IEnumerable<string> Words(string? list) => (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string? One(IQueryCollection values, string key) => values.TryGetValue(key, out var found) && !string.IsNullOrEmpty(found[^1]) ? found[^1] : null;

    private static List<string> Many(IQueryCollection values, string key) => values.TryGetValue(key, out var found) ? [.. found.SelectMany(Words)] : [];
}
