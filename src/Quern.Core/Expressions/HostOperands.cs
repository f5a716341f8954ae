using Quern.Core.Workers;

namespace Quern.Core.Expressions;

/// <summary>
/// What <c>host.NAME</c> stands for: what is known of every host, its resources (<c>host.memory.avail</c>; without a second word the total), the jobs that
/// run there (<c>host.duty.kind</c>), else a property, which is empty where it is not set. Source: reference, qube-jobs 11.1.
/// </summary>
internal static class HostOperands
{
    private const string Prefix = "host.";
    private const string DutyPrefix = "duty.";
    private const string FlagPrefix = "flag.";

    /// <summary>With its prefix.</summary>
    internal static string Whole(string name) => Prefix + name;

    /// <summary>The operand for how much there is of a resource.</summary>
    internal static string TotalOf(string resource) => $"{Prefix}{resource}.total";

    internal static bool IsOne(string operand) => operand.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>It tells hosts apart that are alike in all else, or changes while they run.</summary>
    internal static bool IsOfHostAlone(string operand) => IsOne(operand) && operand[Prefix.Length..] is var name
        && (name is "name" or "state" or "address" || name.StartsWith(DutyPrefix, StringComparison.Ordinal) || name.StartsWith("loadavg", StringComparison.Ordinal)
            || name.EndsWith(".used", StringComparison.Ordinal) || name.EndsWith(".avail", StringComparison.Ordinal));

    /// <summary>A heartbeat may change it.</summary>
    internal static bool IsOfVitals(string operand) => IsOne(operand)
        && operand[Prefix.Length..] is var name && (LoadAverages.Names.Contains(name) || name is "memory.used" or "memory.avail" or "swap.used" or "swap.avail");

    internal static ExpressionValue Find(Worker worker, string operand)
    {
        var name = operand[Prefix.Length..];
        var facts = worker.Facts;
        return name switch
        {
            "name" => new(worker.Name),
            "os" => new(facts.Os),
            "state" => new(worker.State),
            "cluster" => new(facts.Cluster),
            "groups" => new(facts.Groups),
            "restrictions" => new(facts.Restrictions),
            "address" => new(facts.Address),
            "worker_mode" => new(facts.Mode),
            "proxy_mode" => new(facts.ProxyMode),
            "proxy_account" => new(facts.Account),
            "qube_version" or "qube_build" or "version" => new(facts.Version),
            "qube_class" => new(WorkerFacts.Class),
            "cpus" or "cores" => new(facts.Cores),
            "loadavg_1min" => Load(worker, worker.Vitals.Load.OneMinute),
            "loadavg_5min" => Load(worker, worker.Vitals.Load.FiveMinutes),
            "loadavg_15min" => Load(worker, worker.Vitals.Load.FifteenMinutes),
            "jobtypes" => new(facts.JobTypes.Length > 0 ? facts.JobTypes : WorkerFacts.BuiltInJobTypes),
            _ when name.StartsWith(FlagPrefix, StringComparison.Ordinal) => new(HasFlag(facts, name[FlagPrefix.Length..]) ? 1 : 0),
            _ when name.StartsWith(DutyPrefix, StringComparison.Ordinal) => Duty(worker, name[DutyPrefix.Length..]),
            _ => Resource(worker, name) ?? Property(facts, name),
        };
    }

    /// <summary>That of a host which is away is not known.</summary>
    private static ExpressionValue Load(Worker worker, double? average) => worker.IsConnected && average is { } known ? new(known) : ExpressionValue.None;

    private static ExpressionValue Duty(Worker worker, string name) =>
        new(string.Join(',', worker.Instances.Where(instance => instance.IsPlaced).Select(instance => JobOperands.Of(instance.Job, name).Text).Where(text => text.Length > 0).Distinct()));

    private static ExpressionValue? Resource(Worker worker, string name)
    {
        var dot = name.LastIndexOf('.');
        var (resource, part) = dot > 0 && name[(dot + 1)..] is "used" or "avail" or "total" ? (name[..dot], name[(dot + 1)..]) : (name, "total");
        if (Amounts(worker, resource) is not { } amount)
        {
            return null;
        }

        return new(part switch { "used" => amount.Used, "avail" => Math.Max(0, amount.Total - amount.Used), _ => amount.Total });
    }

    /// <summary>Memory and swap are in MB.</summary>
    private static (double Used, double Total)? Amounts(Worker worker, string resource) => resource switch
    {
        "processors" => (worker.SlotsUsed, worker.Facts.Slots),
        "memory" => ((worker.Facts.MemoryBytes - worker.Vitals.FreeMemoryBytes) >> 20, worker.Facts.MemoryBytes >> 20),
        // Swap may be added while the host runs.
        "swap" => (Math.Max(0, worker.Facts.SwapBytes - worker.Vitals.FreeSwapBytes) >> 20, worker.Facts.SwapBytes >> 20),
        _ => Dispatch.HostResources.IsOne(worker, resource) ? (worker.UsedOf(resource), Dispatch.HostResources.Total(worker, resource)) : null,
    };

    private static bool HasFlag(WorkerFacts facts, string name) => facts.Properties.TryGetValue("flags", out var flags) && flags.Split(',', StringSplitOptions.TrimEntries).Contains(name);

    private static ExpressionValue Property(WorkerFacts facts, string name) => facts.Properties.TryGetValue(name, out var value) ? new(value) : ExpressionValue.None;
}
