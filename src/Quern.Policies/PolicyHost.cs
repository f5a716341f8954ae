namespace Quern.Policies;

/// <summary>A host as a policy sees it; a view, good while it is being asked.</summary>
public abstract class PolicyHost
{
    public abstract string Name { get; }
    public abstract string Address { get; }

    /// <summary><c>active</c>, <c>panic</c> or <c>down</c>.</summary>
    public abstract string State { get; }
    public abstract string Cluster { get; }

    /// <summary>Groups it is in, commas between.</summary>
    public abstract string Groups { get; }
    public abstract string Restrictions { get; }

    /// <summary>Slots it has, those that are used, and those that are free and not locked.</summary>
    public abstract int Slots { get; }
    public abstract int SlotsUsed { get; }
    public abstract int SlotsFree { get; }

    /// <summary>Instances that run there.</summary>
    public abstract int Instances { get; }

    /// <summary>What <c>host.NAME</c> of requirements stands for: <c>os</c>, <c>memory.avail</c>, a property; empty where it is not known.</summary>
    public abstract string Value(string name);
}
