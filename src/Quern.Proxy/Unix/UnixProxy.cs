using System.Text;
using Quern.Execution.Control;
using Quern.Execution.Runs;

namespace Quern.Proxy.Linux;

/// <summary>
/// The proxy on Linux: root for about a millisecond, then the job's account for good; see IdentityDrop. It is started by the worker with an empty
/// environment and descriptors 0-2 = /dev/null, 3 = socket; SIGCHLD and SIGTERM are blocked. The launch and the journal's descriptor come over the socket:
/// at once, or later to one that the worker keeps ready. When the worker goes before that, it goes too.
/// </summary>
internal static class LinuxProxy
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

        if ((envelope.Launch.IsDesktop ? IdentityDrop.Stay(envelope) : IdentityDrop.Drop(envelope)) is { } refusal)
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

        journal.Append(IdentityDrop.Held(envelope.Account.Name));
        if (notice.Length > 0)
        {
            journal.AppendOutput(-1, 0, true, Encoding.UTF8.GetBytes(notice));
        }

        var setup = new RunSetup(home);
        if (setup.Prepare() is { } unprepared)
        {
            setup.Clear();
            Home.Leave(home);
            return Refuse(journal, unprepared);
        }

        using var system = new LinuxRun(home, worker, setup);
        return new RunServer(home, journal, new WorkerLine(home, worker, input), system).Run();
    }

    private static int Refuse(JournalSink journal, RunEnded refusal)
    {
        journal.Append(refusal);
        journal.Flush();
        return 1;
    }
}
