using System.Text.Json;
using System.Text.Json.Nodes;
using Quern.Protocol.Api;

namespace Quern.Supervisor.Api;

/// <summary>
/// The other spellings of attributes: Qube's own with underscores (<c>max_cpus</c>, <c>mail_address</c>), and old names.
/// </summary>
internal static class JobKeys
{
    private static readonly Dictionary<string, string> Known = ApiJson.Default.JobRequest.Properties
        .Where(property => !property.IsExtensionData).ToDictionary(property => Bare(property.Name), property => property.Name);

    private static readonly Dictionary<string, string> Old = new() { ["work"] = "agenda", ["type"] = "prototype", ["frames"] = "range" };

    /// <summary>The job with every attribute under its own name. Where one came twice, its own name counts.</summary>
    public static JobRequest Settle(JobRequest job)
    {
        if (job.Other is not { Count: > 0 } other || !other.Keys.Any(key => NameOf(key) is not null))
        {
            return job;
        }

        var settled = JsonSerializer.SerializeToNode(job, ApiJson.Default.JobRequest)!.AsObject();
        foreach (var (key, value) in other)
        {
            if (NameOf(key) is { } name)
            {
                settled.Remove(key);
                settled.TryAdd(name, JsonNode.Parse(value.GetRawText()));
            }
        }

        return settled.Deserialize(ApiJson.Default.JobRequest)!;
    }

    private static string? NameOf(string key) => Old.GetValueOrDefault(key) ?? Known.GetValueOrDefault(Bare(key));

    private static string Bare(string key) => key.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();
}
