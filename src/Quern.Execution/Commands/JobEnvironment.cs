using Quern.Execution.Control;
using Quern.Execution.Runs;

namespace Quern.Execution.Commands;

/// <summary>
/// The environment of a run's commands: the job's variables, the account's where the job sets none, the farm's over both, the marker over all. Nothing
/// of the worker's own.
/// </summary>
internal static class JobEnvironment
{
    internal const string Marker = "QUERN_RUN";
    private const int MaxVariables = 100_000;
    private const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>Why the launch cannot become a process at all; null when it can.</summary>
    internal static string? Problem(Launch launch)
    {
        if (HasNul(launch.Command) || HasNul(launch.Shell) || HasNul(launch.WorkingDirectory))
        {
            return "the command, shell or directory holds a NUL character: remove it and submit again";
        }

        if (!launch.Shell.StartsWith('/'))
        {
            return $"the shell '{launch.Shell}' is not an absolute path: name it with its full path";
        }

        var bytes = 0L;
        foreach (var (name, value) in launch.Environment.Concat(launch.FarmEnvironment))
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

    /// <summary>All but the item's own variables.</summary>
    internal static Dictionary<string, string> Of(LaunchEnvelope envelope)
    {
        var (launch, account) = (envelope.Launch, envelope.Account);
        var all = new Dictionary<string, string>(launch.Environment, StringComparer.Ordinal);
        all.TryAdd("HOME", account.Home);
        all.TryAdd("USER", account.Name);
        all.TryAdd("LOGNAME", account.Name);
        all.TryAdd("SHELL", account.Shell);
        all.TryAdd("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games");
        all.TryAdd("TMPDIR", "/tmp");
        all.TryAdd("LANG", "C.UTF-8");
        foreach (var (name, value) in launch.FarmEnvironment)
        {
            all[name] = value;
        }

        all[Marker] = envelope.Marker;
        return all;
    }

    private static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);
}
