// quern-proxy: one for each instance. Root for about a millisecond, then the job's account for good; see IdentityDrop and RunServer.
// It is started by the worker with an empty environment and descriptors 0-2 = /dev/null, 3 = socket; SIGCHLD and SIGTERM are blocked. The launch and the
// journal's descriptor come over the socket: at once, or later to one that the worker keeps ready. When the worker goes before that, it goes too.
using Quern.Execution.Control;
using Quern.Execution.Runs;
using Quern.Proxy;

if (args is ["--probe"])
{
    return SelfProbe.Run();
}

const int control = 3;

var input = new FrameInput(Frames.MaxToProxy);
var envelope = LaunchReceiver.Receive(control, input, out var journalDescriptor, out var problem);
var journal = new JournalSink(journalDescriptor, control);
if (envelope is null)
{
    journal.Append(new RunEnded(RunEndCause.Refused, 0, 0, problem));
    return journal.Flush() ? 1 : 2;
}

var refusal = envelope.Launch.IsDesktop ? IdentityDrop.Stay(envelope) : IdentityDrop.Drop(envelope);
if (refusal is not null)
{
    journal.Append(refusal);
    journal.Flush();
    return 1;
}

if (envelope.Launch.IsSlotAccount)
{
    SlotAccount.Sweep(envelope.Account.Uid);
}

var home = Home.Find(envelope, out var notice, out refusal);
if (home is null)
{
    journal.Append(refusal!);
    journal.Flush();
    return 1;
}

journal.Append(IdentityDrop.Held(envelope.Account.Name));
if (notice.Length > 0)
{
    journal.AppendOutput(-1, 0, true, System.Text.Encoding.UTF8.GetBytes(notice));
}

var setup = new RunSetup(home);
refusal = setup.Prepare();
if (refusal is not null)
{
    setup.Clear();
    Home.Leave(home);
    journal.Append(refusal);
    journal.Flush();
    return 1;
}

using var server = new RunServer(home, journal, new WorkerLine(home, control, input), setup);
return server.Run();
