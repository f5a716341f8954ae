using System.Text;
using Quern.Protocol.Api;

namespace Quern.Client;

/// <summary>Which jobs, and how much of each. Without ids and without a user the caller's own.</summary>
public sealed record JobQuery
{
    public IReadOnlyList<long> Ids { get; init; } = [];
    public JobFilter Filter { get; init; } = new();

    /// <summary>Status words, also <c>done</c> and <c>active</c>; empty = any.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];
    public string? Flags { get; init; }

    /// <summary>A condition: <c>priority &lt;= 100 &amp;&amp; status=failed</c>.</summary>
    public string? Expression { get; init; }
    public bool WithInstances { get; init; }
    public bool WithItems { get; init; }

    /// <summary>First item wanted.</summary>
    public int From { get; init; }

    /// <summary>Most items wanted; 0 = the server's own limit.</summary>
    public int Limit { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder();
        void Add(string key, object? value)
        {
            if (value is not null && value.ToString() is { Length: > 0 } shown)
            {
                text.Append(text.Length == 0 ? '?' : '&').Append(key).Append('=').Append(Uri.EscapeDataString(shown));
            }
        }

        Add("id", string.Join(",", Ids));
        Add("user", Filter.User);
        Add("name", Filter.Name);
        Add("prototype", Filter.Prototype);
        Add("kind", Filter.Kind);
        Add("cluster", Filter.Cluster);
        Add("label", Filter.Label);
        Add("priority", Filter.Priority);
        Add("pid", Filter.Pid);
        Add("pgrp", Filter.Pgrp);
        Add("cpus", Filter.Cpus);
        Add("status", string.Join(",", Filter.Status is { } one ? [.. Statuses, one] : Statuses));
        Add("flags", Flags);
        Add("expression", Expression);
        Add("agenda", WithItems ? "true" : null);
        Add("subjobs", WithInstances ? "true" : null);
        Add("from", From == 0 ? null : From);
        Add("limit", Limit == 0 ? null : Limit);
        return text.ToString();
    }
}
