using Quern.Execution.Commands;
using Quern.Execution.Control;
using Quern.Execution.Native;
using Quern.Execution.Runs;

namespace Quern.Proxy.Unix;

/// <summary>
/// What a run has before its first command, made as the job's account: the private temporary folder, and the environment with what login files and the
/// profile add. Nothing is started when one of them cannot be had.
/// </summary>
internal abstract class RunSetup(LaunchEnvelope envelope)
{
    private const uint OwnersOnly = 0x1C0;
    private readonly Launch _launch = envelope.Launch;

    /// <summary>NAME=VALUE of every command, without the variables of an item.</summary>
    internal List<string> Environment { get; private set; } = [];

    /// <summary>Null when all is there.</summary>
    internal RunEnded? Prepare()
    {
        if (LibC.mkdir(envelope.TemporaryFolder, OwnersOnly) != 0)
        {
            var error = Errno.Last;
            return Refused($"the temporary folder '{envelope.TemporaryFolder}' cannot be made: {Errno.Text(error)}: set worker_temp_folder to a folder that every account can write");
        }

        var all = JobEnvironment.Base(_launch, envelope.Account, envelope.TemporaryFolder);
        JobEnvironment.AddFarm(all, _launch);
        if (_launch.IsLogin)
        {
            var (shell, name) = EnvironmentScript.LoginShell(envelope.Account.Shell);
            if (Capture([name, "-c", EnvironmentScript.Tell], shell, ref all, VariableSource.Login) is { } problem)
            {
                return Refused($"the login environment cannot be had: {shell} as a login shell {problem}: mend the account's login files, or submit without login_environment");
            }
        }

        if (_launch.ProfilePath.Length > 0)
        {
            var shell = EnvironmentScript.ShellOf(_launch.ProfilePath, out var unreadable);
            var problem = unreadable ?? Capture([shell, "-c", ". \"$1\" && " + EnvironmentScript.Tell, shell, _launch.ProfilePath], shell, ref all, VariableSource.Profile);
            if (problem is not null)
            {
                return Refused($"the environment profile '{_launch.ProfilePath}' {problem}: mend the script, or name another with worker_env_profile");
            }
        }

        if (_launch.VirtualScreen.Length > 0)
        {
            if (StartScreen(envelope, JobEnvironment.Lines(all, envelope), out var problem) is not { } screen)
            {
                return Refused(problem);
            }

            JobEnvironment.AddScreen(all, screen.Display, screen.Authority);
        }

        JobEnvironment.AddJob(all, _launch);
        JobEnvironment.AddFarm(all, _launch);
        Environment = JobEnvironment.Lines(all, envelope);
        if (!_launch.HasAgenda)
        {
            Environment.Add($"{FarmVariables.Attempt}={_launch.Key.Run}");
        }

        return null;
    }

    /// <summary>Ends the screen and takes the run's folder away; no process of the run is left. What cannot be removed is left to the worker.</summary>
    internal void Clear()
    {
        EndScreen();
        TreeRemoval.Remove(envelope.TemporaryFolder);
    }

    /// <summary>Kills everything that was started.</summary>
    protected abstract void EndAll();

    /// <summary>A private screen of the run; null with the rest of a sentence when there is none.</summary>
    protected abstract (string Display, string Authority)? StartScreen(LaunchEnvelope envelope, List<string> environment, out string problem);

    protected abstract void EndScreen();

    /// <returns>What went wrong, as the rest of a sentence; null and the new variables when nothing did.</returns>
    private string? Capture(string[] arguments, string shell, ref Dictionary<string, JobVariable> all, VariableSource source)
    {
        var after = EnvironmentScript.Run(shell, arguments, JobEnvironment.Lines(all, envelope), Directory(), out var problem);
        EndAll();
        if (after is not null)
        {
            all = JobEnvironment.After(all, after, source, source == VariableSource.Login ? "login files of the account" : _launch.ProfilePath);
        }

        return after is null ? problem : null;
    }

    private string Directory()
    {
        const int execute = 1;
        return LibC.access(envelope.Account.Home + "/.", execute) == 0 ? envelope.Account.Home : "/";
    }

    private RunEnded Refused(string text) => new(RunEndCause.Refused, 0, 0,
        $"the run could not be prepared on host '{System.Environment.MachineName}' as '{envelope.Account.Name}': {text}");
}
