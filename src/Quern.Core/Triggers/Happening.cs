using Quern.Core.Jobs;
using Quern.Core.Workers;

namespace Quern.Core.Triggers;

/// <summary>A fact as an event: what happened to what.</summary>
/// <param name="Job">Null when it is about no job.</param>
/// <param name="Sub">-1 = about no instance.</param>
/// <param name="Item">Index in the agenda of <paramref name="Job"/>; -1 = about no item.</param>
public readonly record struct Happening(string Name, EventType Type, Job? Job, int Sub = -1, int Item = -1, Worker? Host = null)
{
    /// <summary>Name of the item; empty = about no item.</summary>
    public string ItemName => Item >= 0 && Job?.Agenda is { } agenda && Item < agenda.Count ? agenda[Item].Name : "";

    public override string ToString()
    {
        var type = Type.ToString().ToLowerInvariant();
        var about = Item >= 0 ? $"{Job?.Id}-{ItemName}" : Sub >= 0 ? $"{Job?.Id}-{Sub}" : Job?.Id.ToString() ?? Host?.Name ?? "";
        return about.Length == 0 ? $"{Name}-{type}" : $"{Name}-{type}-{about}";
    }
}
