using System.Globalization;
using Microsoft.AspNetCore.Http;
using Quern.Core;
using Quern.Core.Expressions;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Api;

/// <summary>Which jobs, and how much of them. Read off the loop, applied on it.</summary>
internal sealed class JobQuery
{
    internal const string Everybody = "all";
    private TextPattern? user;
    private TextPattern? name;
    private TextPattern? prototype;
    private TextPattern? kind;
    private TextPattern? cluster;
    private TextPattern? label;
    private JobCondition? condition;
    private List<Func<Status, bool>>? statuses;
    private string[] flags = [];
    private long? priority;
    private long? cpus;
    private long? pid;
    private long? pgrp;

    /// <summary>Only these, in this order; empty = all there are.</summary>
    public IReadOnlyList<JobId> Ids { get; private init; } = [];
    public ViewParts Parts { get; private init; } = new(false, false, 0, 0);

    /// <summary>Filters and parts of a request. Without ids and without <c>user</c>, the caller's jobs.</summary>
    /// <param name="users">Whose jobs these are instead.</param>
    public static JobQuery Read(IQueryCollection values, Caller caller, string? users = null)
    {
        var ids = Many(values, "id").Select(text => TargetText.Parse(text).Job).Distinct().ToList();
        var query = new JobQuery
        {
            Ids = ids,
            Parts = new ViewParts(Flag(values, "agenda"), Flag(values, "subjobs"), (int)Math.Min(Number(values, "from") ?? 0, int.MaxValue), (int)Math.Min(Number(values, "limit") ?? ViewParts.DefaultItems, ViewParts.MostItems)),
            name = TextPattern.Parse(One(values, "name"), "name"),
            prototype = TextPattern.Parse(One(values, "prototype"), "prototype"),
            kind = TextPattern.Parse(One(values, "kind"), "kind"),
            cluster = TextPattern.Parse(One(values, "cluster"), "cluster"),
            label = TextPattern.Parse(One(values, "label"), "label"),
            condition = One(values, "expression") is { } text
                ? JobCondition.Parse(text, out var wrong) ?? throw ApiRefusal.Bad($"filter expression is refused: {wrong}")
                : null,
            statuses = ReadStatuses(Many(values, "status")),
            flags = [.. Many(values, "flags")],
            priority = Number(values, "priority"),
            cpus = Number(values, "cpus"),
            pid = Number(values, "pid"),
            pgrp = Number(values, "pgrp"),
        };
        query.user = UserPattern(One(values, "user") ?? (ids.Count > 0 ? Everybody : users ?? caller.User));
        return query;
    }

    /// <summary>A filter of an action; without a user, everybody's (the farm says whose jobs a caller may touch).</summary>
    public static JobQuery Read(JobFilter filter) => new()
    {
        user = UserPattern(filter.User ?? Everybody),
        name = TextPattern.Parse(filter.Name, "name"),
        prototype = TextPattern.Parse(filter.Prototype, "prototype"),
        kind = TextPattern.Parse(filter.Kind, "kind"),
        cluster = TextPattern.Parse(filter.Cluster, "cluster"),
        label = TextPattern.Parse(filter.Label, "label"),
        statuses = ReadStatuses(Words(filter.Status)),
        priority = filter.Priority,
        cpus = filter.Cpus,
        pid = filter.Pid,
        pgrp = filter.Pgrp,
    };

    /// <summary>Ids of the jobs that pass, in order. On the loop.</summary>
    public List<JobId> Select(Farm farm)
    {
        var found = new List<JobId>();
        if (Ids.Count > 0)
        {
            found.AddRange(Ids.Where(id => farm.FindJob(id) is { } job && Passes(job)));
            return found;
        }

        foreach (var job in farm.Jobs)
        {
            if (Passes(job))
            {
                found.Add(job.Id);
            }
        }

        return found;
    }

    public bool Passes(Job job)
    {
        var spec = job.Spec;
        return (priority is null || priority == spec.Priority)
            && (cpus is null || cpus == spec.Cpus)
            && (pid is null || pid == spec.Pid)
            && (pgrp is null || pgrp == job.Pgrp)
            && (user?.Matches(spec.User) ?? true)
            && (statuses is null || statuses.Exists(wanted => wanted(job.Status)))
            && (name?.Matches(spec.Name) ?? true)
            && (prototype?.Matches(spec.Prototype) ?? true)
            && (kind?.Matches(spec.Kind) ?? true)
            && (cluster?.Matches(spec.Cluster) ?? true)
            && (label?.Matches(job.Label) ?? true)
            && (flags.Length == 0 || Array.TrueForAll(flags, spec.Flags.Contains))
            && (condition?.Holds(job) ?? true);
    }

    /// <summary>States by word, by group (<c>done</c>, <c>active</c>) or by pattern; null = any.</summary>
    private static List<Func<Status, bool>>? ReadStatuses(IEnumerable<string> words)
    {
        var wanted = new List<Func<Status, bool>>();
        foreach (var word in words)
        {
            wanted.Add(word switch
            {
                "done" => status => status.IsDone(),
                "active" => status => !status.IsDone(),
                ['*' or '%' or '~', ..] when TextPattern.Parse(word, "status") is { } pattern => status => pattern.Matches(status.Word()),
                _ when Statuses.FromWord(word) is { } one => status => status == one,
                _ => throw ApiRefusal.Bad($"filter status is refused: there is no state '{word}'; use done, active, pending, running, blocked, waiting, suspended, badlogin, complete, failed or killed"),
            });
        }

        return wanted.Count == 0 ? null : wanted;
    }

    private static TextPattern? UserPattern(string text) => text == Everybody ? null : TextPattern.Parse(text, "user");

    private static string? One(IQueryCollection values, string key) =>
        values.TryGetValue(key, out var found) && !string.IsNullOrEmpty(found[^1]) ? found[^1] : null;

    private static IEnumerable<string> Many(IQueryCollection values, string key) =>
        values.TryGetValue(key, out var found) ? found.SelectMany(Words) : [];

    private static IEnumerable<string> Words(string? text) =>
        text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static bool Flag(IQueryCollection values, string key) => One(values, key) is "true" or "1" or "yes";

    public static long? Number(IQueryCollection values, string key)
    {
        if (One(values, key) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw ApiRefusal.Bad($"'{key}={Quote(text)}' is refused: it is no whole number from 0 upwards; write digits only");
    }

    private static string Quote(string text) => TargetText.Quote(text);
}
