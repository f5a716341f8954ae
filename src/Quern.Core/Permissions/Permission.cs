namespace Quern.Core.Permissions;

/// <summary>
/// What a user may do, with Qube's bits. Ordinary users do it to their own jobs. Source: PipelineFX/docs: user permissions (reference, qube-jobs 14).
/// </summary>
[Flags]
public enum Permission : uint
{
    None = 0,
    SubmitJob = 0x1,
    SubmitCallback = 0x2,
    SubmitGlobalCallback = 0x4,

    /// <summary>Changes the order of jobs of one priority.</summary>
    Bump = 0x8,
    Kill = 0x10,
    Remove = 0x20,
    Modify = 0x40,
    Preempt = 0x80,
    Block = 0x100,
    Interrupt = 0x200,
    Complete = 0x400,
    Unblock = 0x800,
    Suspend = 0x1000,
    Resume = 0x2000,
    Retry = 0x4000,
    Requeue = 0x8000,
    Migrate = 0x10000,
    Shove = 0x20000,
    Fail = 0x40000,
    Retire = 0x80000,
    Reset = 0x100000,

    /// <summary>Everything a user does to jobs; Qube's "all".</summary>
    All = 0x1FFFFF,
    LockHost = 0x8000000,

    /// <summary>Acts on any job as on an own one.</summary>
    SudoAdmin = 0x10000000,

    /// <summary>Submits as others.</summary>
    Impersonate = 0x20000000,

    /// <summary>Anything, to any job, and the farm itself.</summary>
    Admin = 0x40000000,
    Everything = All | LockHost | SudoAdmin | Impersonate | Admin,

    /// <summary>Of users without an entry: 136314867.</summary>
    Default = (All & ~SubmitGlobalCallback & ~Bump) | LockHost,
}
