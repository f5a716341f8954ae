using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Quern.Execution.Commands;
using Quern.Execution.Control;
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
    private JobObject? _job;
    private SafeProcessHandle? _process;
    private CommandOutput? _output;
    private int _pid;

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

        var wanted = _directory;
        while (!CanEnter(_directory) && _fallbacks.TryDequeue(out var other))
        {
            _directory = other;
        }

        notice = _directory == wanted ? "" : $"quern: '{_envelope.Account.Name}' cannot work in the directory '{wanted}' here: running in '{_directory}'\n";
        Forget();
        try
        {
            return Run(command, EnvironmentBlock.Of(environment), out pid);
        }
        catch (IOException failure)
        {
            pid = 0;
            return $"the command cannot be started: {failure.Message}";
        }
    }

    public int ReadOutput(bool isError, Span<byte> into) => _output?.Reader(isError).Take(into) ?? 0;

    /// <summary>All writers are gone, so the pipe has an end.</summary>
    public int DrainOutput(bool isError, Span<byte> into)
    {
        var reader = _output?.Reader(isError);
        return reader is not null && reader.Wait(DrainMs) ? reader.Take(into) : 0;
    }

    public CommandExit? Reap(int pid, out bool isEmpty)
    {
        isEmpty = _job is null || Array.TrueForAll(_job.ProcessIds(), id => id == pid);
        var exit = pid == 0 ? null : Exit();
        isEmpty &= pid == 0 || exit is not null;
        return exit;
    }

    public int Terminate()
    {
        var count = _job?.ProcessIds().Length ?? 0;
        if (_process is not null && _pid != 0)
        {
            // The command is the first of its own console group; whoever left the group or the console hears nothing and has its grace all the same.
            _ = Kernel32.GenerateConsoleCtrlEvent(Kernel32.CTRL_BREAK_EVENT, _pid);
        }

        return count;
    }

    public void Suspend() => _job?.Suspend();

    public void Resume() => _job?.Resume();

    public CommandExit? Kill(int pid, out int count)
    {
        count = 0;
        _ = _job?.End(EndTimeoutMs, Exit() is null ? 0 : _pid, out count);
        return pid == 0 ? null : Exit();
    }

    public Usage TakeUsage() => _job?.Usage() is { } used ? new Usage(used.CpuMicroseconds, used.PeakMemoryBytes, used.ReadBytes, used.WrittenBytes) : default;

    public void Leave()
    {
        Forget();
        _setup.Clear();
    }

    public void Dispose() => Forget();

    private string Run(string command, string environment, out int pid)
    {
        pid = 0;
        _job = JobObject.Create();
        _job.TellTo(_port, (nuint)RunEvents.Ended);
        _output = CommandOutput.Open(() => _port.Post((nuint)RunEvents.Output), () => _port.Post((nuint)RunEvents.Error));
        var start = new ProcessStart(_shell, ShellCommand.Of(_shell, command), environment, _directory, _output.Inherited, _job.Handle,
            Kernel32.CREATE_NEW_PROCESS_GROUP, _output.Input, _output.OutputEnd, _output.ErrorEnd);
        var error = start.Run(out var process, out pid);
        _output.CloseChildEnds();
        if (error != 0)
        {
            return $"the shell '{_shell}' cannot be started in '{_directory}' as '{_envelope.Account.Name}': {Kernel32.ErrorText(error)}";
        }

        // The run's job object imposes it already, where the worker may impose it.
        _ = Kernel32.SetPriorityClass(process.DangerousGetHandle(), PriorityClass.Of(_envelope.Launch.NiceValue));
        (_process, _pid) = (process, pid);
        // A job object promises no message (Source: JOBOBJECT_ASSOCIATE_COMPLETION_PORT, Win32 API reference), a process its end.
        var end = new ProcessWait(pid);
        ThreadPool.RegisterWaitForSingleObject(end, (_, _) =>
        {
            _port.Post((nuint)RunEvents.Ended);
            end.Dispose();
        }, null, Timeout.Infinite, executeOnlyOnce: true);
        return "";
    }

    private unsafe CommandExit? Exit()
    {
        uint code;
        return _process is { IsClosed: false } process && Kernel32.WaitForSingleObject(process.DangerousGetHandle(), 0) == Kernel32.WAIT_OBJECT_0
            && Kernel32.GetExitCodeProcess(process.DangerousGetHandle(), &code) ? new CommandExit((int)code, 0) : null;
    }

    private void Forget()
    {
        _job?.Dispose();
        _process?.Dispose();
        (_job, _process, _output, _pid) = (null, null, null, 0);
    }

    private bool CanEnter(string directory) => Directory.Exists(directory) && !(directory.StartsWith(@"\\", StringComparison.Ordinal) && ShellCommand.IsCmd(_shell));
}
