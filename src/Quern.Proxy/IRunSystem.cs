namespace Quern.Proxy;

/// <summary>What a wait brought; several at once are usual.</summary>
[Flags]
internal enum RunEvents
{
    None = 0,

    /// <summary>A process of the run ended, or may have.</summary>
    Ended = 1,

    /// <summary>The proxy itself is told to end.</summary>
    Told = 2,

    Output = 4,
    Error = 8,

    /// <summary>The worker sent something or is gone.</summary>
    Line = 16,

    /// <summary>The application said something, or closed its line.</summary>
    Message = 32,
}

/// <summary>How a command ended.</summary>
/// <param name="Signal">0 unless a signal ended it; then the code is 0.</param>
internal readonly record struct CommandExit(int Code, int Signal);

/// <summary>
/// The operating system's part of a run, once the proxy is the job's account: waiting, starting one command at a time, its output, the processes it
/// becomes and their end. <see cref="RunServer"/> decides, this does. Not thread-safe; the proxy's own thread owns it.
/// </summary>
internal interface IRunSystem : IDisposable
{
    /// <summary>What asks a process to end, for the history: TERM, CTRL_BREAK.</summary>
    string AskWord { get; }

    /// <summary>Why no further command can start, one sentence; null when one can.</summary>
    string? Problem { get; }

    /// <summary>Waits until something happens; at most this long, -1 = without end.</summary>
    RunEvents Wait(int timeoutMs);

    /// <summary>Starts a process. The text is empty, or says why nothing was started.</summary>
    /// <param name="notice">A line for the job's log; usually empty.</param>
    string Start(RunCommand command, out int pid, out string notice);

    /// <summary>Starts the application of the launch's job type, which lives beside the commands that are started after it. As <see cref="Start"/>.</summary>
    string StartApplication(out int pid, out string notice);

    /// <summary>How the application ended; null while it lives or there is none.</summary>
    CommandExit? ApplicationExit { get; }

    /// <summary>
    /// While it is set, what lives when it is set is none of the commands': it is neither waited for nor asked to end nor killed. So an application outlives the checks beside it.
    /// </summary>
    bool SparesApplication { get; set; }

    /// <summary>What the application has said; 0 = nothing now, -1 = it will say no more.</summary>
    int ReadMessages(Span<byte> into);

    /// <summary>Tells the application something; never waits.</summary>
    void Say(ReadOnlySpan<byte> line);

    /// <summary>The application has closed its end of the line.</summary>
    void CloseLine();

    /// <summary>The application has ended and all it said was read.</summary>
    void ForgetApplication();

    /// <summary>Output that is there now; 0 = none.</summary>
    int ReadOutput(bool isError, Span<byte> into);

    /// <summary>What the ended command wrote and nobody has read; 0 = no more. No process of it is left.</summary>
    int DrainOutput(bool isError, Span<byte> into);

    /// <summary>Takes note of what has ended. The command's exit when it was among it.</summary>
    /// <param name="isEmpty">Nothing that the command started is left.</param>
    CommandExit? Reap(int pid, out bool isEmpty);

    /// <summary>Asks everything the command started to end. Returns how many processes there were.</summary>
    int Terminate();

    /// <summary>Makes everything the commands started stand still, unless the worker does that itself.</summary>
    void Suspend();

    /// <summary>Lets it go on.</summary>
    void Resume();

    /// <summary>Kills everything the commands started and waits until it is gone. The command's exit when it was among it.</summary>
    /// <param name="count">Of different processes that were killed.</param>
    CommandExit? Kill(int pid, out int count);

    /// <summary>What the processes took that ended since the last call.</summary>
    Usage TakeUsage();

    /// <summary>Nothing runs any more: removes what was made for the run.</summary>
    void Leave();
}
