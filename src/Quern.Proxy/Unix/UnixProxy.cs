using System.Text;
using Quern.Execution.Control;
using Quern.Execution.Runs;
using Quern.Proxy.Linux;
using Quern.Proxy.Mac;

namespace Quern.Proxy.Unix;

/// <summary>
/// The proxy on Linux and macOS: root for about a millisecond, then the job's account for good; see IdentityDrop and MacDrop. It is started by the worker with an empty
/// environment and descriptors 0-2 = /dev/null, 3 = socket; SIGCHLD and SIGTERM are blocked. The launch and the journal's descriptor come over the socket:
/// at once, or later to one that the worker keeps ready. When the worker goes before that, it goes too.
/// </summary>
internal static class UnixProxy
{
    private const int Control = 3;

    internal static int Run()
    {
        var input = new FrameInput(Frames.MaxToProxy);
        var envelope = LaunchReceiver.Receive(Control, input, out var journalDescriptor, out var problem);
        var worker = new WorkerSocket(Control, journalDescriptor);
        var journal = new JournalSink(worker);
        if (envelope is null)
        {
            journal.Append(new RunEnded(RunEndCause.Refused, 0, 0, problem));
            return journal.Flush() ? 1 : 2;
        }

        if (Become(envelope) is { } refusal)
        {
            return Refuse(journal, refusal);
        }

        if (envelope.Launch.IsSlotAccount)
        {
            SlotAccount.Sweep(envelope.Account.Uid);
        }

        if (Home.Find(envelope, out var notice, out var homeless) is not { } home)
        {
            return Refuse(journal, homeless!);
        }

        journal.Append(OperatingSystem.IsMacOS() ? MacDrop.Held(envelope.Account.Name) : IdentityDrop.Held(envelope.Account.Name));
        if (notice.Length > 0)
        {
            journal.AppendOutput(-1, 0, true, Encoding.UTF8.GetBytes(notice));
        }

        var system = Begin(home, worker, out var unprepared);
        if (system is null)
        {
            Home.Leave(home);
            return Refuse(journal, unprepared!);
        }

        using (system)
        {
            return new RunServer(home, journal, new WorkerLine(home, worker, input), system).Run();
        }
    }

    private static RunEnded? Become(LaunchEnvelope envelope) => (envelope.Launch.IsDesktop, OperatingSystem.IsMacOS()) switch
    {
        (true, false) => IdentityDrop.Stay(envelope),
        (false, false) => IdentityDrop.Drop(envelope),
        (true, true) => MacDrop.Stay(envelope),
        (false, true) => MacDrop.Drop(envelope),
    };

    private static IRunSystem? Begin(LaunchEnvelope envelope, WorkerSocket worker, out RunEnded? unprepared)
    {
        if (OperatingSystem.IsMacOS())
        {
            var tree = new MacTree(envelope);
            var mac = new MacSetup(envelope, tree);
            return Prepared(mac, out unprepared) ? new MacRun(envelope, worker, mac, tree) : null;
        }

        var setup = new LinuxSetup(envelope);
        return Prepared(setup, out unprepared) ? new LinuxRun(envelope, worker, setup) : null;
    }

    private static bool Prepared(RunSetup setup, out RunEnded? unprepared)
    {
        unprepared = setup.Prepare();
        if (unprepared is not null)
        {
            setup.Clear();
        }

        return unprepared is null;
    }

    private static int Refuse(JournalSink journal, RunEnded refusal)
    {
        journal.Append(refusal);
        journal.Flush();
        return 1;
    }
}
