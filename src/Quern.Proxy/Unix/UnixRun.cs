using Quern.Execution.Control;
using Quern.Execution.Native;

namespace Quern.Proxy.Unix;

/// <summary>A run where commands are started by posix_spawn and write to one pair of pipes: all but waiting and finding the processes.</summary>
internal abstract unsafe class UnixRun(LaunchEnvelope envelope, RunSetup setup) : IRunSystem
{
    protected CommandStarter Starter { get; } = new(envelope, setup.Environment);

    public string AskWord => "TERM";

    public abstract string? Problem { get; }

    public abstract RunEvents Wait(int timeoutMs);

    public virtual string Start(RunCommand command, out int pid, out string notice) => Starter.Start(command, out pid, out notice);

    /// <summary>The line to the application; null when there is none.</summary>
    protected ApplicationSocket? Line { get; private set; }

    public abstract CommandExit? ApplicationExit { get; }

    public abstract bool SparesApplication { get; set; }

    public string StartApplication(out int pid, out string notice)
    {
        ForgetApplication();
        (pid, notice) = (0, "");
        if (ApplicationSocket.Open() is not { } line)
        {
            return $"there is no line to the application: {Errno.Text(Errno.Last)}";
        }

        var problem = Starter.StartApplication(line, out pid, out notice);
        line.CloseOther();
        if (problem.Length > 0)
        {
            line.Close();
            return problem;
        }

        Line = line;
        ApplicationStarted(pid);
        return "";
    }

    public int ReadMessages(Span<byte> into) => Line?.Read(into) ?? 0;

    public void Say(ReadOnlySpan<byte> line) => Line?.Say(line);

    public void CloseLine()
    {
        Line?.Close();
        Line = null;
    }

    public void ForgetApplication() => CloseLine();

    /// <summary>Its exit is to be kept.</summary>
    protected abstract void ApplicationStarted(int pid);

    public int ReadOutput(bool isError, Span<byte> into)
    {
        fixed (byte* start = into)
        {
            return (int)Math.Max(0, LibC.read(isError ? Starter.ErrorEnd : Starter.OutputEnd, start, (nuint)into.Length));
        }
    }

    /// <summary>Everything that is in the pipe now. Its end is never waited for: the proxy holds the writing end for the next command.</summary>
    public int DrainOutput(bool isError, Span<byte> into) => ReadOutput(isError, into);

    public abstract CommandExit? Reap(int pid, out bool isEmpty);

    public abstract int Terminate();

    public abstract void Suspend();

    public abstract void Resume();

    public abstract CommandExit? Kill(int pid, out int count);

    public abstract Usage TakeUsage();

    public void Leave()
    {
        setup.Clear();
        Home.Leave(envelope);
        if (envelope.Launch.IsSlotAccount)
        {
            SlotAccount.Sweep(envelope.Account.Uid);
        }
    }

    public virtual void Dispose() => Starter.Dispose();
}
