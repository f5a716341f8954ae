namespace Quern.Core.Dispatch;

/// <summary>What keeps a job from a host: the first that is found, in this order. Dispatch and <c>why</c> ask the same functions.</summary>
public enum Fit
{
    /// <summary>Nothing: it could start there now.</summary>
    Fits = 0,

    /// <summary>The host is not connected.</summary>
    Down,

    /// <summary>The host reports troubles.</summary>
    Panic,

    /// <summary>The host takes nothing new.</summary>
    Draining,

    /// <summary>The job's restrictions leave the host's cluster out.</summary>
    Restriction,

    /// <summary>The host's restrictions leave the job's cluster out.</summary>
    HostRestriction,

    /// <summary>The job names groups and the host is in none of them.</summary>
    Group,

    /// <summary>The host is in a group that the job leaves out.</summary>
    OmittedGroup,

    /// <summary>The host has not got the job type.</summary>
    JobType,

    /// <summary>The host could never hold so many slots.</summary>
    HostTooSmall,

    /// <summary>The job names hosts and this is none of them.</summary>
    Host,

    /// <summary>The job leaves this host out.</summary>
    OmittedHost,

    /// <summary>The requirements do not hold.</summary>
    Requirement,

    /// <summary>The host's slots are withdrawn from dispatch.</summary>
    Locked,

    /// <summary>Too few slots are free.</summary>
    Slots,

    /// <summary>The job wants the host for itself, and something runs there.</summary>
    NotIdle,

    /// <summary>A countable resource of the host is used up.</summary>
    HostResource,

    /// <summary>A resource of the farm or a licence is used up.</summary>
    FarmResource,

    /// <summary>As many instances of the user as may run do.</summary>
    UserLimit,

    /// <summary>As many instances of the process group as may run do.</summary>
    PgrpLimit,

    /// <summary>The host is kept for a job that goes before this one.</summary>
    Reserved,

    /// <summary>The account cannot be logged on there.</summary>
    BadLogin,

    /// <summary>The job leaves the host alone for a while: it was moved away, or the host refused it.</summary>
    Barred,

    /// <summary>The job runs once on each host, and has run there.</summary>
    RanThere,

    /// <summary>The site's own policy keeps the job from the host.</summary>
    Policy,

    /// <summary>The password is being tried elsewhere.</summary>
    PasswordTrial,
}
