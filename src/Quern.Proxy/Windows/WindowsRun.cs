using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Quern.Execution.Commands;
using Quern.Execution.Control;
using Quern.Execution.JobTypes;
using Quern.Execution.Runs;
using Quern.Execution.Windows;
using Quern.Execution.Windows.Native;

namespace Quern.Proxy.Windows;

/// <summary>
/// A run on Windows: each command in a job object within the run's, so that its end, its leftovers and what it took are its own. One completion port is
/// waited at; its keys are <see cref="RunEvents"/>. Commands share the proxy's invisible console, which is how CTRL_BREAK reaches them.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsRun : IRunSystem
{
    private const int EndTimeoutMs = 10_000;

    /// <summary>For a pipe that something outside the run's job object holds open: nothing more is waited for than what is on its way.</summary>
    private const int DrainMs = 5000;

    private readonly LaunchEnvelope _envelope;
    private readonly CompletionPort _port;
    private readonly WindowsSetup _setup;
    private readonly string _shell;
    private readonly Queue<string> _fallbacks;
    private string _directory;
    private WindowsProcess? _command;
    private WindowsProcess? _application;
    private ApplicationLine? _line;

    internal WindowsRun(LaunchEnvelope envelope, CompletionPort port, WindowsSetup setup)
    {
        (_envelope, _port, _setup) = (envelope, port, setup);
        _shell = ProgramSearch.Find(ShellCommand.Usual(envelope.Launch.Shell), setup.Environment);
        _fallbacks = new Queue<string>([envelope.Account.Home, Path.GetPathRoot(Environment.SystemDirectory) ?? "C:\\"]);
        _directory = envelope.Launch.WorkingDirectory.Length == 0 ? _fallbacks.Dequeue() : envelope.Launch.WorkingDirectory;
    }

    public string AskWord => "CTRL_BREAK";

    public string? Problem => null;

    public RunEvents Wait(int timeoutMs)
    {
        const int most = 64;
        var events = RunEvents.None;
        var key = _port.Take(timeoutMs);
        for (var taken = 0; key is { } next && taken < most; taken++)
        {
            events |= (RunEvents)(int)next;
            key = _port.Take(0);
        }

        return events | (key is { } last ? (RunEvents)(int)last : RunEvents.None);
    }

    public string Start(RunCommand what, out int pid, out string notice)
    {
        var launch = _envelope.Launch;
        var command = what.Program.Length > 0 ? CommandLine.Of(what.Program) : launch.Command;
        var environment = new Dictionary<string, string>(_setup.Environment, StringComparer.OrdinalIgnoreCase);
        foreach (var pair in what.Variables.Select(variable => variable.Split('=', 2)))
        {
            environment[pair[0]] = pair[1];
        }

        if (what.Item is { } lease)
        {
            var tokens = FrameTokens.Of(lease, launch.Padding);
            command = what.Program.Length > 0 ? command : FrameTokens.Replace(command, tokens);
            environment[FarmVariables.Attempt] = lease.Attempt.ToString(CultureInfo.InvariantCulture);
            foreach (var (token, value) in tokens)
            {
                environment[token] = value;
            }
        }

        notice = FindDirectory();
        Forget();
        try
        {
            (_command, var problem) = Run(_shell, ShellCommand.Of(_shell, command), EnvironmentBlock.Of(environment), null);
            pid = _command?.Pid ?? 0;
            return problem;
        }
        catch (IOException failure)
        {
            pid = 0;
            return $"the command cannot be started: {failure.Message}";
        }
    }

    public string StartApplication(out int pid, out string notice)
    {
        ForgetApplication();
        (pid, notice) = (0, "");
        var launch = _envelope.Launch;
        var plan = launch.Application!;
        var words = ApplicationVariables.Words(plan, ApplicationWords.Of(plan, launch.JobType, out var lack));
        try
        {
            var line = ApplicationLine.Open(() => _port.Post((nuint)RunEvents.Message));
            var (lineIn, lineOut) = plan.IsStandard ? ("0", "1") : (line.ChildIn.ToString(CultureInfo.InvariantCulture), line.ChildOut.ToString(CultureInfo.InvariantCulture));
            var variables = ApplicationVariables.Of(plan, launch.JobType, lineIn, lineOut, _setup.Environment.GetValueOrDefault("PYTHONPATH") ?? "", out var alsoLack);
            var problem = lack.Length > 0 ? lack : alsoLack;
            if (problem.Length == 0)
            {
                notice = FindDirectory();
                var program = words[0].AsSpan().ContainsAny('/', '\\') ? Path.GetFullPath(words[0], plan.Folder) : ProgramSearch.Find(words[0], _setup.Environment);
                var environment = new Dictionary<string, string>(_setup.Environment, StringComparer.OrdinalIgnoreCase);
                foreach (var (name, value) in variables)
                {
                    environment[name] = value;
                }

                (_application, problem) = Run(program, CommandLine.Of([program, .. words[1..]]), EnvironmentBlock.Of(environment), line);
            }

            line.CloseChildEnds();
            if (problem.Length > 0)
            {
                line.Close();
                return problem;
            }

            _line = line;
            pid = _application!.Pid;
            return "";
        }
        catch (IOException failure)
        {
            return $"the application of job type '{launch.JobType}' cannot be started: {failure.Message}";
        }
    }

    public CommandExit? ApplicationExit => _application?.Exit;

    public bool SparesApplication { get; set; }

    public int ReadMessages(Span<byte> into) => _line?.Read(into) ?? 0;

    public void Say(ReadOnlySpan<byte> line) => _line?.Say(line);

    public void CloseLine()
    {
        _line?.Close();
        _line = null;
    }

    public void ForgetApplication()
    {
        CloseLine();
        _application?.Dispose();
        _application = null;
    }

    public int ReadOutput(bool isError, Span<byte> into)
    {
        foreach (var process in All)
        {
            if (process.Output.Reader(isError).Take(into) is > 0 and var count)
            {
                return count;
            }
        }

        return 0;
    }

    /// <summary>All writers of what has ended are gone, so its pipe has an end.</summary>
    public int DrainOutput(bool isError, Span<byte> into)
    {
        foreach (var process in All.Where(process => process.Exit is not null))
        {
            var reader = process.Output.Reader(isError);
            if (reader.Wait(DrainMs) && reader.Take(into) is > 0 and var count)
            {
                return count;
            }
        }

        return 0;
    }

    public CommandExit? Reap(int pid, out bool isEmpty)
    {
        var exit = pid == 0 ? null : Acted.FirstOrDefault(process => process.Pid == pid)?.Exit;
        isEmpty = Acted.All(process => Array.TrueForAll(process.Job.ProcessIds(), id => id == pid)) && (pid == 0 || exit is not null);
        return exit;
    }

    public int Terminate()
    {
        var count = 0;
        foreach (var process in Acted)
        {
            count += process.Job.ProcessIds().Length;
            // It is the first of its own console group; whoever left the group or the console hears nothing and has its grace all the same.
            _ = Kernel32.GenerateConsoleCtrlEvent(Kernel32.CTRL_BREAK_EVENT, process.Pid);
        }

        return count;
    }

    public void Suspend()
    {
        foreach (var process in All)
        {
            process.Job.Suspend();
        }
    }

    public void Resume()
    {
        foreach (var process in All)
        {
            process.Job.Resume();
        }
    }

    public CommandExit? Kill(int pid, out int count)
    {
        count = 0;
        foreach (var process in Acted)
        {
            _ = process.Job.End(EndTimeoutMs, process.Exit is null ? 0 : process.Pid, out var ended);
            count += ended;
        }

        return pid == 0 ? null : Acted.FirstOrDefault(process => process.Pid == pid)?.Exit;
    }

    public Usage TakeUsage() => _command?.Job.Usage() is { } used ? new Usage(used.CpuMicroseconds, used.PeakMemoryBytes, used.ReadBytes, used.WrittenBytes) : default;

    public void Leave()
    {
        Forget();
        ForgetApplication();
        _setup.Clear();
    }

    public void Dispose()
    {
        Forget();
        ForgetApplication();
    }

    private IEnumerable<WindowsProcess> All => new[] { _command, _application }.OfType<WindowsProcess>();

    /// <summary>Those that ending and waiting are about.</summary>
    private IEnumerable<WindowsProcess> Acted => All.Where(process => process != _application || !SparesApplication);

    private string FindDirectory()
    {
        var wanted = _directory;
        while (!CanEnter(_directory) && _fallbacks.TryDequeue(out var other))
        {
            _directory = other;
        }

        return _directory == wanted ? "" : $"quern: '{_envelope.Account.Name}' cannot work in the directory '{wanted}' here: running in '{_directory}'\n";
    }

    /// <param name="line">Of an application, which inherits its ends.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    private (WindowsProcess? Process, string Problem) Run(string program, string words, string environment, ApplicationLine? line)
    {
        var job = JobObject.Create();
        job.TellTo(_port, (nuint)RunEvents.Ended);
        var output = CommandOutput.Open(() => _port.Post((nuint)RunEvents.Output), () => _port.Post((nuint)RunEvents.Error));
        var isStandard = line is not null && _envelope.Launch.Application!.IsStandard;
        nint[] inherited = line is null ? output.Inherited : [.. output.Inherited, line.ChildIn, line.ChildOut];
        var start = new ProcessStart(program, words, environment, _directory, inherited, job.Handle, Kernel32.CREATE_NEW_PROCESS_GROUP,
            isStandard ? line!.ChildIn : output.Input, isStandard ? line!.ChildOut : output.OutputEnd, output.ErrorEnd);
        var error = start.Run(out var process, out var pid);
        output.CloseChildEnds();
        if (error != 0)
        {
            job.Dispose();
            return (null, $"{(line is null ? "the shell" : "the application")} '{program}' cannot be started in '{_directory}' as '{_envelope.Account.Name}': {Kernel32.ErrorText(error)}");
        }

        // The run's job object imposes it already, where the worker may impose it.
        _ = Kernel32.SetPriorityClass(process.DangerousGetHandle(), PriorityClass.Of(_envelope.Launch.NiceValue));
        // A job object promises no message (Source: JOBOBJECT_ASSOCIATE_COMPLETION_PORT, Win32 API reference), a process its end.
        var end = new ProcessWait(pid);
        ThreadPool.RegisterWaitForSingleObject(end, (_, _) =>
        {
            _port.Post((nuint)RunEvents.Ended);
            end.Dispose();
        }, null, Timeout.Infinite, executeOnlyOnce: true);
        return (new WindowsProcess(job, process, output, pid), "");
    }

    private void Forget()
    {
        _command?.Dispose();
        _command = null;
    }

    private bool CanEnter(string directory) => Directory.Exists(directory) && !(directory.StartsWith(@"\\", StringComparison.Ordinal) && ShellCommand.IsCmd(_shell));
}
