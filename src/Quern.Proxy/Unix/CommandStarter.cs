using System.Text;
using Quern.Execution.Commands;
using Quern.Execution.Control;
using Quern.Execution.JobTypes;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Proxy.Unix;

/// <summary>
/// Starts the commands of a run: the shell with -c, a session of its own, /dev/null for input, one pair of pipes that serves every command in turn. Where
/// the working directory cannot be entered it is the home, then the root directory. Not thread-safe.
/// </summary>
internal sealed unsafe class CommandStarter : IDisposable
{
    private readonly LaunchEnvelope _envelope;
    private readonly List<string> _environment;
    private readonly NativeStrings _shell;
    private readonly Queue<string> _fallbacks;
    private readonly int[] _descriptors;
    private SpawnPlan _plan;

    /// <param name="environment">All but the item's own variables.</param>
    internal CommandStarter(LaunchEnvelope envelope, List<string> environment)
    {
        _envelope = envelope;
        _environment = environment;
        _shell = new NativeStrings([envelope.Launch.Shell]);
        (OutputEnd, var output) = Pipe();
        (ErrorEnd, var error) = Pipe();
        _descriptors = [LibC.open("/dev/null", LibC.O_RDWR | Posix.CloseOnExec, 0), output, error];
        _fallbacks = new Queue<string>([envelope.Account.Home, "/"]);
        Directory = envelope.Launch.WorkingDirectory.Length == 0 ? _fallbacks.Dequeue() : envelope.Launch.WorkingDirectory;
        _plan = new SpawnPlan(_descriptors, Directory, 0);
    }

    /// <summary>Reading ends, non-blocking.</summary>
    internal int OutputEnd { get; }

    internal int ErrorEnd { get; }

    /// <summary>Where the next command runs.</summary>
    internal string Directory { get; private set; }

    /// <summary>Starts a process. The text is empty, or says why nothing was started.</summary>
    /// <param name="notice">A line for the job's log when the directory had to be another one.</param>
    internal string Start(RunCommand what, out int pid, out string notice)
    {
        var launch = _envelope.Launch;
        var command = launch.Command;
        var environment = what.Variables.Count == 0 ? _environment : With(what.Variables);
        if (what.Item is { } lease)
        {
            var tokens = FrameTokens.Of(lease, launch.Padding);
            command = FrameTokens.Replace(command, tokens);
            environment = [.. environment, .. tokens.Select(token => token.Token + "=" + token.Value), $"{FarmVariables.Attempt}={lease.Attempt}"];
        }

        if (what.Program.Length > 0)
        {
            using var program = new NativeStrings([what.Program]);
            return Start(program, [what.Program], environment, $"'{what.Program}'", out pid, out notice);
        }

        return Start(_shell, [launch.Shell, "-c", ShellLine.Of(launch.Shell, command)], environment, $"the shell '{launch.Shell}'", out pid, out notice);
    }

    /// <summary>Starts the application of the launch's job type, as <see cref="Start(RunCommand, out int, out string)"/> does.</summary>
    internal string StartApplication(ApplicationSocket line, out int pid, out string notice)
    {
        pid = 0;
        notice = "";
        var launch = _envelope.Launch;
        var plan = launch.Application!;
        var words = ApplicationVariables.Words(plan, ApplicationWords.Of(plan, launch.JobType, out var lack));
        var (lineIn, lineOut) = plan.IsStandard ? ("0", "1") : ("3", "3");
        var variables = ApplicationVariables.Of(plan, launch.JobType, lineIn, lineOut, Variable("PYTHONPATH"), out var alsoLack);
        if (lack.Length > 0 || alsoLack.Length > 0)
        {
            return lack.Length > 0 ? lack : alsoLack;
        }

        if (ProgramPath.Find(words[0], plan.Folder, Variable("PATH")) is not { } program)
        {
            return $"job type '{launch.JobType}' runs '{words[0]}', which '{_envelope.Account.Name}' does not find on host '{Environment.MachineName}': install it there, or correct the job type";
        }

        notice = FindDirectory();
        int[] descriptors = plan.IsStandard ? [line.Other, line.Other, _descriptors[2]] : [.. _descriptors, line.Other];
        using var spawn = new SpawnPlan(descriptors, Directory, 0);
        using var path = new NativeStrings([program]);
        using var arguments = new NativeStrings(words);
        using var environment = new NativeStrings([.. _environment.Where(entry => !variables.ContainsKey(entry[..Math.Max(0, entry.IndexOf('=', StringComparison.Ordinal))])), .. variables.Select(pair => $"{pair.Key}={pair.Value}")]);
        var error = spawn.Start(path.Pointers[0], arguments.Pointers, environment.Pointers, out pid);
        return error == 0 ? "" : $"'{program}' of job type '{launch.JobType}' cannot be started in '{Directory}' as '{_envelope.Account.Name}': {Errno.Text(error)}";
    }

    private string Variable(string name) => _environment.LastOrDefault(entry => entry.StartsWith(name + "=", StringComparison.Ordinal)) is { } found ? found[(name.Length + 1)..] : "";

    /// <summary>Where the wanted directory cannot be entered another one is taken, and the result is a line for the job's log.</summary>
    private string FindDirectory()
    {
        var wanted = Directory;
        while (CannotEnter() && _fallbacks.TryDequeue(out var other))
        {
            MoveTo(other);
        }

        return NoticeOf(wanted);
    }

    private void MoveTo(string directory)
    {
        Directory = directory;
        _plan.Dispose();
        _plan = new SpawnPlan(_descriptors, directory, 0);
    }

    private string NoticeOf(string wanted) => Directory == wanted ? "" : $"quern: '{_envelope.Account.Name}' cannot enter the working directory '{wanted}' here: running in '{Directory}'\n";

    private string Start(NativeStrings program, List<string> words, List<string> environment, string name, out int pid, out string notice)
    {
        using var arguments = new NativeStrings(words);
        using var variables = new NativeStrings(environment);
        var wanted = Directory;
        var error = _plan.Start(program.Pointers[0], arguments.Pointers, variables.Pointers, out pid);
        while ((error is Errno.ENOENT or Errno.EACCES or Errno.ENOTDIR || Posix.IsLoop(error)) && CannotEnter() && _fallbacks.TryDequeue(out var other))
        {
            MoveTo(other);
            error = _plan.Start(program.Pointers[0], arguments.Pointers, variables.Pointers, out pid);
        }

        notice = NoticeOf(wanted);
        return error switch
        {
            0 => "",
            Errno.E2BIG => "the command and its environment are longer than the system takes: put the command into a script",
            _ => $"{name} cannot be started in '{Directory}' as '{_envelope.Account.Name}': {Errno.Text(error)}",
        };
    }

    /// <summary>A name that stands twice means what the program likes.</summary>
    private List<string> With(IReadOnlyList<string> variables)
    {
        var names = variables.Select(NameOf).ToHashSet(StringComparer.Ordinal);
        return [.. _environment.Where(line => !names.Contains(NameOf(line))), .. variables];
    }

    private static string NameOf(string line) => line.IndexOf('=', StringComparison.Ordinal) is >= 0 and var end ? line[..end] : line;

    public void Dispose()
    {
        _plan.Dispose();
        _shell.Dispose();
    }

    /// <summary>posix_spawn does not say which step failed.</summary>
    private bool CannotEnter()
    {
        const int execute = 1;
        return LibC.access(Encoding.UTF8.GetByteCount(Directory) == 0 ? "/" : Directory + "/.", execute) != 0;
    }

    private static (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        if (!Posix.Pipe(ends))
        {
            throw new IOException($"make a pipe: {Errno.Text(Errno.Last)}");
        }

        // Only the proxy's end: the job's end must block like any pipe.
        Posix.SetNonBlocking(ends[0]);
        return (ends[0], ends[1]);
    }
}
