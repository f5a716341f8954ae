using System.Globalization;

namespace Quern.Core.Workers;

/// <summary>Qube's worker flags as a host says them: names with commas between, or a mask. Source: reference, qube-worker 1.5.</summary>
internal readonly record struct HostFlags(string Name, uint Bit)
{
    public static readonly HostFlags AutoRemove = new("auto_remove", 32);

    public static bool Has(WorkerFacts facts, HostFlags flag)
        => facts.Properties.GetValueOrDefault("flags") is { } flags
            && (uint.TryParse(flags, NumberStyles.None, CultureInfo.InvariantCulture, out var mask) ? (mask & flag.Bit) != 0 : flags.Split(',', StringSplitOptions.TrimEntries).Contains(flag.Name));
}
