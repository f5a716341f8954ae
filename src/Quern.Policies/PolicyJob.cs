namespace Quern.Policies;

/// <summary>A job as a policy sees it; a view, good while it is being asked.</summary>
public abstract class PolicyJob
{
    /// <summary>0 while it is being submitted.</summary>
    public abstract long Id { get; }
    public abstract long Pgrp { get; }

    /// <summary>Its parent; 0 = none.</summary>
    public abstract long Pid { get; }
    public abstract string Name { get; }
    public abstract string Label { get; }
    public abstract string User { get; }

    /// <summary>1 goes before 9999.</summary>
    public abstract int Priority { get; }

    /// <summary>Where it has precedence: <c>/show</c>, or several with commas between.</summary>
    public abstract string Cluster { get; }
    public abstract string Prototype { get; }
    public abstract string Kind { get; }
    public abstract string Account { get; }

    /// <summary>Instances it asks for.</summary>
    public abstract int Cpus { get; }

    /// <summary><c>pending</c>, <c>running</c> ...; <c>submit</c> while it is being submitted.</summary>
    public abstract string Status { get; }
    public abstract string Requirements { get; }
    public abstract string Reservations { get; }
    public abstract string Restrictions { get; }

    /// <summary>By name: <c>uninterruptible</c>, <c>elite</c> ...</summary>
    public abstract IReadOnlyList<string> Flags { get; }

    /// <summary>Of the production: <c>prod_show</c>, <c>prod_shot</c> ...; only those it has.</summary>
    public abstract IReadOnlyDictionary<string, string> Tags { get; }
}
