using System.Diagnostics;
using Quern.Cli.Local;

namespace Quern.Cli.Demo;

/// <summary>What the demo needs of the machine: programs, the account that jobs run as, a folder which that account can write.</summary>
internal static class DemoMachine
{
    public static bool IsRoot => Environment.IsPrivilegedProcess;

    /// <summary>Makes the programs available: as root by installing Debian's packages, said on <paramref name="say"/>. Otherwise one line tells what to install.</summary>
    public static string? InstallPrograms(IReadOnlyList<(string Program, string Package)> needs, Action<string> say)
    {
        string[] missing = [.. needs.Where(need => FindProgram(need.Program) is null).Select(need => need.Package)];
        if (missing.Length == 0)
        {
            return null;
        }
        string packages = string.Join(' ', missing);
        if (!IsRoot)
        {
            return $"{packages} {(missing.Length == 1 ? "is" : "are")} not installed; install with: sudo apt-get install {packages}";
        }
        if (FindProgram("apt-get") is null)
        {
            return $"{packages} {(missing.Length == 1 ? "is" : "are")} not installed and there is no apt-get here; install with this system's package manager";
        }
        say($"installing {packages} (this machine has no {string.Join(", no ", needs.Where(need => missing.Contains(need.Package)).Select(need => need.Program))})");
        Run("apt-get", ["update", "-q"]);
        var (code, text) = Run("apt-get", ["install", "-y", "-q", "--no-install-recommends", .. missing], ("DEBIAN_FRONTEND", "noninteractive"));
        return code == 0 ? null : $"installing {packages} failed: {LastLine(text)}; install with: apt-get install {packages}";
    }

    /// <summary>
    /// The account of the jobs: the caller's own for a person; for root the one behind sudo unless that is root, else the locked account
    /// <c>quern</c>, made when it is missing.
    /// </summary>
    public static (string Account, string? Refusal) ChooseAccount()
    {
        if (!IsRoot)
        {
            return (Environment.UserName, null);
        }
        string? behind = Environment.GetEnvironmentVariable("SUDO_USER");
        if (!string.IsNullOrEmpty(behind) && behind != "root" && UidOf(behind) is > 0)
        {
            return (behind, null);
        }
        const string account = "quern";
        ProxyAccount.Ensure(account);
        return UidOf(account) is > 0 ? (account, null) : (account, $"the account {account} is root by another name; jobs never run as root: give it a uid of its own");
    }

    /// <summary>Makes the output folder for the account, or checks that the account can write one that is there. Null when it can.</summary>
    public static string? MakeOutput(string folder, string account)
    {
        if (File.Exists(folder))
        {
            return $"cannot use {folder}: it is a file; name a folder with --output";
        }
        // From the innermost outwards: what a refusal has to take away again.
        string[] missing = [.. Ancestors(folder).TakeWhile(path => !Directory.Exists(path))];
        bool made = missing.Length > 0;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return $"cannot make {folder}: {cause.Message.TrimEnd('.')}; name another folder with --output";
        }
        if (!IsRoot)
        {
            return Run("test", ["-w", folder]).Code == 0 ? null : $"cannot write in {folder}; name another folder with --output";
        }
        if (made)
        {
            var (code, text) = Run("chown", ["--no-dereference", $"{account}:", folder]);
            if (code != 0)
            {
                return $"cannot give {folder} to {account}: {LastLine(text)}; name another folder with --output";
            }
        }
        if (Run("runuser", ["-u", account, "--", "test", "-w", folder, "-a", "-x", folder]).Code == 0)
        {
            return null;
        }
        foreach (string path in missing)
        {
            Directory.Delete(path);
        }
        return $"the account {account} cannot write in {folder}; name a folder it can reach with --output";
    }

    private static IEnumerable<string> Ancestors(string folder)
    {
        for (string? path = folder; path is not null; path = Path.GetDirectoryName(path))
        {
            yield return path;
        }
    }

    /// <summary>Where the output goes when nobody says: beside the caller, or for root where any account can reach.</summary>
    public static string DefaultOutput(DateTimeOffset now)
    {
        string name = $"quern-demo-{now.ToLocalTime():yyyyMMdd-HHmmss}";
        return IsRoot ? $"/var/tmp/{name}" : Path.Combine(Directory.GetCurrentDirectory(), name);
    }

    public static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static int? UidOf(string account)
    {
        var (code, text) = Run("getent", ["passwd", account]);
        return code == 0 && text.Split(':') is { Length: > 2 } fields && int.TryParse(fields[2], out int uid) ? uid : null;
    }

    private static string LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "no reason given";

    private static (int Code, string Text) Run(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, text + errors.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception cause)
        {
            return (127, cause.Message);
        }
    }
}
