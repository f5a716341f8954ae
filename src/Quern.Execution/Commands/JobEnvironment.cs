using Quern.Execution.Accounts;
using Quern.Execution.Control;
using Quern.Execution.Runs;

namespace Quern.Execution.Commands;

/// <summary>
/// The environment of a run's commands, in layers: Quern's and the account's, the worker's, what login files and a profile made of them, the job's, the
/// farm's over all. Nothing of the worker's own. Described in docs/job-environment.md; each variable knows why it is there.
/// </summary>
public static class JobEnvironment
{
    /// <summary>The folders searched for programs where the job says nothing else.</summary>
    public static string UsualPath { get; } = OperatingSystem.IsMacOS() ? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" : "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";

    /// <summary>Not every macOS has the C locale in UTF-8.</summary>
    private static readonly string Language = OperatingSystem.IsMacOS() ? "en_US.UTF-8" : "C.UTF-8";

    internal const string Marker = "QUERN_RUN";
    private const int MaxVariables = 100_000;
    private const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>
    /// What an exported environment does not bring along: it belongs to the submitter's account, host, session or shell, and would mislead a job of
    /// another account or on another host.
    /// </summary>
    public static IReadOnlySet<string> NotExported { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "HOME", "USER", "LOGNAME", "SHELL", "MAIL", "TMPDIR", "TMP", "TEMP", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS",
        "SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "QUERN_STATE", "PWD", "OLDPWD", "SHLVL", "_",
    };

    /// <summary>All that can be known before the run: login files and profiles are read by the account, when it begins.</summary>
    /// <param name="temporaryFolder">Value of TMPDIR.</param>
    public static IReadOnlyList<JobVariable> Explain(Launch launch, Account account, string temporaryFolder)
    {
        var all = Base(launch, account, temporaryFolder);
        if (launch.VirtualScreen.Length > 0)
        {
            AddScreen(all, ":...", temporaryFolder + "/.Xauthority");
        }

        AddJob(all, launch);
        AddFarm(all, launch);
        return [.. all.Values.OrderBy(variable => variable.Name, StringComparer.Ordinal)];
    }

    /// <summary>Why the launch cannot become a process at all; null when it can.</summary>
    internal static string? Problem(Launch launch)
    {
        if (HasNul(launch.Command) || HasNul(launch.Shell) || HasNul(launch.WorkingDirectory))
        {
            return "the command, shell or directory holds a NUL character: remove it and submit again";
        }

        return VariablesProblem(launch);
    }

    /// <summary>The same on a system whose absolute paths begin with a slash.</summary>
    internal static string? UnixProblem(Launch launch)
    {
        if (!launch.Shell.StartsWith('/'))
        {
            return $"the shell '{launch.Shell}' is not an absolute path: name it with its full path";
        }

        if (!launch.TemporaryRoot.StartsWith('/'))
        {
            return $"worker_temp_folder = '{launch.TemporaryRoot}' is not an absolute path: correct it in that host's qb.conf";
        }

        return Problem(launch);
    }

    /// <summary>The account's and Quern's own variables, and the worker's.</summary>
    internal static Dictionary<string, JobVariable> Base(Launch launch, Account account, string temporaryFolder)
    {
        var all = new Dictionary<string, JobVariable>(StringComparer.Ordinal);
        Put("HOME", account.Home, VariableSource.Account, "home folder of the account");
        Put("USER", account.Name, VariableSource.Account, "name of the account");
        Put("LOGNAME", account.Name, VariableSource.Account, "name of the account");
        Put("SHELL", account.Shell, VariableSource.Account, "shell of the account");
        Put("PATH", UsualPath, VariableSource.Quern, "the usual folders");
        Put("TMPDIR", temporaryFolder, VariableSource.Quern, "private to the run, removed with it");
        Put("LANG", Language, VariableSource.Quern, "the same on every host");
        foreach (var (name, value) in launch.WorkerEnvironment)
        {
            Put(name, value, VariableSource.Worker, "session of the desktop worker's owner");
        }

        return all;

        void Put(string name, string value, VariableSource source, string why) => all[name] = new JobVariable(name, value, source, why);
    }

    /// <summary>The way to the run's private screen.</summary>
    internal static void AddScreen(Dictionary<string, JobVariable> all, string display, string authority)
    {
        const string why = "private screen of the run (worker_virtual_display)";
        all["DISPLAY"] = new JobVariable("DISPLAY", display, VariableSource.Worker, why);
        all["XAUTHORITY"] = new JobVariable("XAUTHORITY", authority, VariableSource.Worker, why);
    }

    /// <summary>The job's own, over what is there.</summary>
    internal static void AddJob(Dictionary<string, JobVariable> all, Launch launch)
    {
        foreach (var (name, value) in launch.Environment)
        {
            if (!launch.IsEnvironmentExported || !NotExported.Contains(name))
            {
                all[name] = new JobVariable(name, value, VariableSource.Job, launch.IsEnvironmentExported ? "environment of the submitter (export_environment) or env of the job" : "env of the job");
            }
        }
    }

    /// <summary>What the farm says; a job cannot say otherwise.</summary>
    internal static void AddFarm(Dictionary<string, JobVariable> all, Launch launch)
    {
        foreach (var (name, value) in launch.FarmEnvironment)
        {
            all[name] = new JobVariable(name, value, VariableSource.Farm, FarmVariables.Why(name));
        }
    }

    /// <summary>What a script made of the variables: those it left alone keep their reason.</summary>
    internal static Dictionary<string, JobVariable> After(Dictionary<string, JobVariable> before, Dictionary<string, string> after, VariableSource source, string why)
    {
        var all = new Dictionary<string, JobVariable>(StringComparer.Ordinal);
        foreach (var (name, value) in after)
        {
            var isOld = before.TryGetValue(name, out var old) && old.Value == value;
            if (isOld || name is not ("PWD" or "OLDPWD" or "SHLVL" or "_" or Marker))
            {
                all[name] = isOld ? old! : new JobVariable(name, value, source, why);
            }
        }

        return all;
    }

    /// <summary>As a process takes them.</summary>
    internal static List<string> Lines(Dictionary<string, JobVariable> all, LaunchEnvelope envelope) =>
        [.. all.Values.Where(variable => variable.Name != Marker).Select(variable => variable.Name + "=" + variable.Value), Marker + "=" + envelope.Marker];

    private static string? VariablesProblem(Launch launch)
    {
        var bytes = 0L;
        foreach (var (name, value) in launch.Environment.Concat(launch.FarmEnvironment).Concat(launch.WorkerEnvironment))
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal) || HasNul(name) || HasNul(value))
            {
                return $"the job's variable '{name.Replace('\0', '?')}' cannot be one (empty name, '=' in the name or a NUL character): remove it and submit again";
            }

            bytes += name.Length + value.Length + 2;
        }

        var count = launch.Environment.Count + launch.FarmEnvironment.Count;
        return count > MaxVariables || bytes > MaxBytes
            ? $"the job's environment has {count} variables and {bytes} bytes (at most {MaxVariables} and {MaxBytes}): submit with fewer"
            : null;
    }

    private static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);
}
