using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;
using Quern.Proxy.Unix;

namespace Quern.Proxy.Linux;

/// <summary>A run on Linux: one poll over the worker's socket, the signals (a child ended, TERM) and the two pipes.</summary>
internal sealed unsafe class LinuxRun : UnixRun
{
    private const ulong WatchedSignals = (1UL << (LibC.SIGCHLD - 1)) | (1UL << (LibC.SIGTERM - 1));
    private readonly LaunchEnvelope _envelope;
    private readonly WorkerSocket _worker;
    private readonly int _signals;

    internal LinuxRun(LaunchEnvelope envelope, WorkerSocket worker, LinuxSetup setup) : base(envelope, setup)
    {
        (_envelope, _worker) = (envelope, worker);
        ProcessTree.Use(envelope.CgroupPath);
        var mask = WatchedSignals;
        _signals = LibC.signalfd(-1, &mask, LibC.SFD_CLOEXEC | LibC.SFD_NONBLOCK);
    }

    public override string? Problem => _envelope.Launch.VirtualScreen.Length > 0 && ProcessTree.HasKeptEnded
        ? $"the virtual screen of the run on host '{Environment.MachineName}' ended: see whether somebody killed Xvfb or memory ran out there"
        : null;

    public override RunEvents Wait(int timeoutMs)
    {
        const short writable = 4;
        var entries = stackalloc LibC.PollEntry[5];
        entries[0] = new LibC.PollEntry { Descriptor = _signals, Wanted = LibC.POLLIN };
        entries[1] = new LibC.PollEntry { Descriptor = Starter.OutputEnd, Wanted = LibC.POLLIN };
        entries[2] = new LibC.PollEntry { Descriptor = Starter.ErrorEnd, Wanted = LibC.POLLIN };
        entries[3] = new LibC.PollEntry { Descriptor = _worker.Descriptor, Wanted = LibC.POLLIN };
        // A negative descriptor is passed over.
        entries[4] = new LibC.PollEntry { Descriptor = Line?.Descriptor ?? -1, Wanted = (short)(LibC.POLLIN | (Line is { HasPending: true } ? writable : 0)) };
        _ = LibC.poll(entries, 5, timeoutMs);
        Line?.Flush();
        return (entries[0].Ready != 0 ? ReadSignals() : RunEvents.None)
            | (entries[1].Ready != 0 ? RunEvents.Output : RunEvents.None)
            | (entries[2].Ready != 0 ? RunEvents.Error : RunEvents.None)
            | (entries[3].Ready != 0 ? RunEvents.Line : RunEvents.None)
            | ((entries[4].Ready & ~writable) != 0 ? RunEvents.Message : RunEvents.None);
    }

    public override CommandExit? ApplicationExit => CommandStatus.Of(ProcessTree.ApplicationStatus);

    public override bool SparesApplication
    {
        get;
        set
        {
            field = value;
            ProcessTree.Spare(value);
        }
    }

    protected override void ApplicationStarted(int pid) => ProcessTree.Watch(pid);

    public override CommandExit? Reap(int pid, out bool isEmpty) => CommandStatus.Of(ProcessTree.Reap(pid, out isEmpty));

    public override int Terminate() => ProcessTree.Terminate();

    /// <summary>The worker freezes the control group when there is one.</summary>
    public override void Suspend()
    {
        if (_envelope.CgroupPath.Length == 0)
        {
            ProcessTree.Stop();
        }
    }

    public override void Resume()
    {
        if (_envelope.CgroupPath.Length == 0)
        {
            ProcessTree.Continue();
        }
    }

    public override CommandExit? Kill(int pid, out int count) => CommandStatus.Of(ProcessTree.Kill(pid, out _, out count));

    public override Usage TakeUsage() => ProcessTree.TakeUsage();

    private RunEvents ReadSignals()
    {
        // Two signals are watched and neither queues twice, so one read takes all there can be.
        const int recordLength = 128;
        var records = stackalloc byte[recordLength * 2];
        var events = RunEvents.Ended;
        var count = LibC.read(_signals, records, recordLength * 2);
        for (var at = 0; at + recordLength <= count; at += recordLength)
        {
            events |= *(int*)(records + at) == LibC.SIGTERM ? RunEvents.Told : RunEvents.None;
        }

        return events;
    }
}
