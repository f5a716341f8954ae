using System.Globalization;
using Quern.Core.Expressions;

namespace Quern.Core.Resources;

/// <summary>The resources of the farm as <c>supervisor_global_resources</c> declares them: <c>class.name=total,...</c> (reference, qube-jobs 13).</summary>
public static class ResourceList
{
    /// <summary>Totals by resource, in the order written; null and one sentence when the text cannot be read.</summary>
    public static IReadOnlyList<(ResourceName Resource, int Total)>? Parse(string text, out string? refusal)
    {
        refusal = null;
        var found = new List<(ResourceName Resource, int Total)>();
        foreach (var entry in text.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = entry.LastIndexOf('=');
            if (equals < 0)
            {
                refusal = $"'{entry}' does not say how many there are: write it as class.name=total, as in license.maya=10";
                return null;
            }

            if (ResourceName.Parse(entry[..equals].Trim(), out refusal) is not { } resource)
            {
                return null;
            }

            if (resource.Class == ResourceClass.Host)
            {
                refusal = $"'{entry}' is counted on a host: put it into worker_resources of that host";
                return null;
            }

            if (!int.TryParse(entry[(equals + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var total))
            {
                refusal = $"'{entry}' does not say how many there are: give a whole number from 0 upwards";
                return null;
            }

            if (found.Exists(other => other.Resource == resource))
            {
                refusal = $"{resource} is there twice: declare it once";
                return null;
            }

            found.Add((resource, total));
        }

        return found;
    }
}
