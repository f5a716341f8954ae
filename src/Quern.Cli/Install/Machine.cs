using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Quern.Client;

namespace Quern.Cli.Install;

/// <summary>What a program that was run said.</summary>
internal sealed record ProgramResult(int Code, string Output, string Error)
{
    /// <summary>The line that most likely says why.</summary>
    public string LastWords => (Error + Output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";
}

/// <summary>The machine that something is installed on: its files below <see cref="Root"/>, and its programs. A test's has another root and no real programs.</summary>
internal sealed class Machine
{
    private const int NoSuchProgram = 127;

    /// <summary>In front of every path; empty = the real one.</summary>
    public string Root { get; init; } = "";

    /// <summary>Its programs take the options of BSD.</summary>
    public bool IsMac { get; init; } = OperatingSystem.IsMacOS();

    public bool IsRoot { get; init; } = Environment.IsPrivilegedProcess;

    public string User { get; init; } = Environment.UserName;

    /// <summary>Of the person who installs.</summary>
    public string Home { get; init; } = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>Folder of the programs that this one is of.</summary>
    public string Programs { get; init; } = Path.GetDirectoryName(Environment.ProcessPath)!;

    /// <summary>Runs a program to its end. <c>Code</c> 127: there is no such program.</summary>
    public Func<string, IReadOnlyList<string>, ProgramResult> Run { get; init; } = RunReal;

    public string At(string path) => Root + path;

    public bool HasFile(string path) => File.Exists(At(path));

    public bool HasFolder(string path) => Directory.Exists(At(path));

    public bool HasSystemd => HasFolder("/run/systemd/system");

    /// <summary>The file's text; null = it is not there or not for this account.</summary>
    public string? Text(string path)
    {
        try
        {
            return HasFile(path) ? File.ReadAllText(At(path)) : null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        Configuration.StateFolder.WriteWhole(At(path), System.Text.Encoding.UTF8.GetBytes(text), Configuration.StateFolder.SharedFile);
    }

    /// <summary>Runs a program that has to succeed.</summary>
    /// <exception cref="FarmException">It did not; the text has its last words.</exception>
    public void Must(string program, params string[] words)
    {
        var result = Run(program, words);
        if (result.Code != 0)
        {
            throw new FarmException($"'{program} {string.Join(' ', words)}' ended with code {result.Code}: {result.LastWords}", false);
        }
    }

    public bool Says(string program, params string[] words) => Run(program, words).Code == 0;

    /// <summary>A unit starts by itself. (systemctl's exit code says so of one that only others start, too.)</summary>
    public bool IsEnabled(string unit) => Run("systemctl", ["is-enabled", unit]).Output.Trim() == "enabled";

    public bool HasAccount(string name) => Says("getent", "passwd", name);

    /// <summary>Who owns a path, by name; empty = it is not there.</summary>
    public string OwnerOf(string path) => Run("stat", ["-c", "%U", At(path)]) is { Code: 0 } result ? result.Output.Trim() : "";

    /// <summary>
    /// The first part of a path that somebody else than root could replace; null = none. What root's service runs must lie where only root writes.
    /// </summary>
    public string? OthersCanChange(string path)
    {
        for (var at = path; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Run("stat", IsMac ? ["-f", "%u %Lp", At(at)] : ["-c", "%u %a", At(at)]) is not { Code: 0 } result || result.Output.Trim().Split(' ') is not [var uid, var mode])
            {
                continue;
            }

            var bits = Convert.ToInt32(mode, 8);
            const int WritableByOthers = 0x12;
            if (uid != "0" || (bits & WritableByOthers) != 0)
            {
                return at;
            }
        }

        return null;
    }

    /// <summary>Every account can read what is below: all folders of the path may be passed through.</summary>
    public bool IsOpenToAll(string path)
    {
        for (var at = path; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Directory.Exists(At(at)) && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(At(at)) & UnixFileMode.OtherExecute) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static ProgramResult RunReal(string program, IReadOnlyList<string> words)
    {
        if (OperatingSystem.IsWindows())
        {
            return RunOnWindows(program, words);
        }

        // The shell finds the program, and says 127 where there is none; what it starts reads nothing.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" </dev/null", program, .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        start.Environment["SYSTEMD_PAGER"] = "";
        if (!start.Environment.TryGetValue("PATH", out var path) || path is null || !path.Contains("/usr/sbin", StringComparison.Ordinal))
        {
            start.Environment["PATH"] = string.Create(CultureInfo.InvariantCulture, $"{path}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin").TrimStart(':');
        }

        return Collect(start);
    }

    private static ProgramResult RunOnWindows(string program, IReadOnlyList<string> words)
    {
        try
        {
            return Collect(new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, CreateNoWindow = true });
        }
        catch (Win32Exception failure)
        {
            return new ProgramResult(NoSuchProgram, "", failure.Message);
        }
    }

    private static ProgramResult Collect(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
