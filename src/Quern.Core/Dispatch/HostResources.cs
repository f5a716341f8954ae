using Quern.Core.Workers;

namespace Quern.Core.Dispatch;

/// <summary>Countable resources of a host but its slots, by names without class: how many there are and how many instances hold. Memory is in MB.</summary>
internal static class HostResources
{
    public static int Total(Worker worker, string name) => name switch
    {
        "processors" => worker.Facts.Slots,
        "memory" => (int)Math.Min(int.MaxValue, worker.Facts.MemoryBytes >> 20),
        _ => worker.Facts.Resources.TryGetValue(name, out var total) ? total : 0,
    };

    public static int Held(Worker worker, string name) => name == "processors" ? worker.SlotsUsed : worker.Reserved?.GetValueOrDefault(name) ?? 0;

    public static int Free(Worker worker, string name) => Total(worker, name) - Held(worker, name);

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
