namespace Quern.Execution.Containment;

/// <summary>
/// The control group that systemd delegated for the instances of an installed worker. The service's is a unit beside its own
/// (<c>quern-instances.service</c>), so that a restart of the worker leaves the instances alone; a desktop worker's is its own unit's, so that
/// nothing of it outlives the session.
/// </summary>
internal static class UnitCgroup
{
    private const string Service = "quern-worker.service";
    private const string Instances = "quern-instances.service";
    private const string Desktop = "quern-desktop.service";

    /// <param name="mount">Where the v2 hierarchy is mounted.</param>
    /// <param name="lines">Of <c>/proc/self/cgroup</c>.</param>
    /// <returns>A directory to keep instances in; null where this worker was not started by one of these units.</returns>
    internal static string? Find(string mount, IEnumerable<string> lines)
    {
        const string V2 = "0::/";
        var own = lines.FirstOrDefault(line => line.StartsWith(V2, StringComparison.Ordinal))?[V2.Length..];
        if (own is null)
        {
            return null;
        }

        var unit = Path.Combine(mount, own);
        var delegated = Path.GetFileName(own) switch
        {
            Service => Path.Combine(Path.GetDirectoryName(unit)!, Instances),
            Desktop => unit,
            _ => null,
        };

        // Not there: the unit beside it was stopped; one that is made here by hand would be systemd's to remove.
        return delegated is not null && Directory.Exists(delegated) ? Path.Combine(delegated, "runs") : null;
    }
}
