using Quern.Core.Workers;

namespace Quern.Core.Dispatch;

/// <summary>Countable resources of a host but its slots, by names without class: how many there are and how many instances hold. Memory and swap are in MB.</summary>
internal static class HostResources
{
    /// <summary>A host says its part of a resource that has a farm's total too with this before the name.</summary>
    private const string ScopedPrefix = "scoped.";

    public static int Total(Worker worker, string name) => name switch
    {
        "processors" => worker.Facts.Slots,
        "memory" => (int)Math.Min(int.MaxValue, worker.Facts.MemoryBytes >> 20),
        "swap" => (int)Math.Min(int.MaxValue, worker.Facts.SwapBytes >> 20),
        _ => worker.Facts.Resources.TryGetValue(name, out var total) || worker.Facts.Resources.TryGetValue(ScopedPrefix + name, out total) ? total : 0,
    };

    public static int Held(Worker worker, string name) => name == "processors" ? worker.SlotsUsed : worker.Reserved?.GetValueOrDefault(name) ?? 0;

    /// <summary>The host says that it has such a resource, besides its slots, memory and swap.</summary>
    public static bool IsOne(Worker worker, string name) => worker.Facts.Resources.ContainsKey(name) || worker.Facts.Resources.ContainsKey(ScopedPrefix + name);

    /// <summary>By the farm's instances and, where somebody said so, by others.</summary>
    public static int Used(Worker worker, string name) => Held(worker, name) + worker.Words.Others.GetValueOrDefault(name);

    public static int Free(Worker worker, string name) => Total(worker, name) - Used(worker, name);

    public static void Add(Worker worker, string name, int amount)
    {
        worker.Reserved ??= new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        var now = worker.Reserved.GetValueOrDefault(name) + amount;
        if (now == 0)
        {
            worker.Reserved.Remove(name);
        }
        else
        {
            worker.Reserved[name] = now;
        }
    }
}
