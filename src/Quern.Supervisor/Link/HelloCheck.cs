using Quern.Core.Expressions;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Link;

/// <summary>Whether what a worker says of itself can be used; it is checked before the farm hears of it.</summary>
internal static class HelloCheck
{
    private const int LongestName = 255;
    private const int MostGroups = 256;

    /// <returns>Why the worker may not come, a sentence with what to do; null = it may.</returns>
    public static string? WhyNot(Wire.Hello hello)
        => hello.Protocol != Wire.LinkLimits.Version ? $"the worker speaks version {hello.Protocol} of the link, this supervisor version {Wire.LinkLimits.Version}: install the same Quern on both"
        : hello.Name.Length is 0 or > LongestName || hello.Name.Any(char.IsControl) ? "the worker's name is empty, too long or not printable: give it one with --name"
        : hello.Slots is < 1 or > 4096 ? $"the worker offers {hello.Slots} slots: set worker_cpus to a number from 1 to 4096"
        : hello.Held.Count > Wire.LinkLimits.InstancesPerWorker ? "the worker holds more instances than the link allows"
        : WhyNotThere(hello);

    private static string? WhyNotThere(Wire.Hello hello)
    {
        if (hello.Cluster.Length > 0 && ClusterPath.Parse(hello.Cluster, out var fault) is null)
        {
            return $"the worker's cluster cannot be read: correct its worker_cluster: {fault}";
        }

        if (hello.Restrictions.Trim().Length > 0 && Restriction.Parse(hello.Restrictions, out fault) is null)
        {
            return $"the worker's restrictions cannot be read: correct its worker_restrictions: {fault}";
        }

        return hello.Groups.Count <= MostGroups && hello.Groups.All(IsName) ? null : $"the worker's groups cannot be used: worker_groups is a list of at most {MostGroups} names with commas between";
    }

    private static bool IsName(string group) => group.Length is > 0 and <= LongestName && !group.Any(letter => letter == ',' || char.IsControl(letter));
}
