namespace Quern.Core.Expressions;

/// <summary>Where a countable thing is counted. Source: PipelineFX/docs: job reservations, global resources (reference, qube-jobs 11.2, 13).</summary>
public enum ResourceClass
{
    /// <summary>On one host.</summary>
    Host,

    /// <summary>Over the farm, for each instance.</summary>
    Global,

    /// <summary>Over the farm, once for each host however many instances it runs.</summary>
    GlobalHost,

    /// <summary>As <see cref="Global"/>, and others than the farm use it too.</summary>
    License,

    /// <summary>As <see cref="GlobalHost"/>, and others than the farm use it too.</summary>
    LicenseHost,

    /// <summary>Over the farm and on the host at once.</summary>
    Scoped,
}
