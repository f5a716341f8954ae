using System.Diagnostics;
using Quern.Client;

namespace Quern.Cli.Local;

/// <summary>The account jobs run as in service mode: made when it is missing, locked, with a home of its own, never with a password.</summary>
internal static class ProxyAccount
{
    /// <summary>Where the homes of such accounts are made.</summary>
    public const string Homes = "/var/lib/quern/home";

    /// <exception cref="FarmException">It could not be made.</exception>
    public static void Ensure(string account)
    {
        if (File.ReadLines("/etc/passwd").Any(line => line.StartsWith(account + ":", StringComparison.Ordinal)) || Run("getent", ["passwd", account]) == 0)
        {
            return;
        }

        Directory.CreateDirectory(Homes);
        var code = Run("useradd", ["--system", "--user-group", "--create-home", "--home-dir", Path.Combine(Homes, account), "--shell", "/usr/sbin/nologin", account]);
        if (code != 0)
        {
            throw new FarmException($"account '{account}' is missing and useradd ended with code {code}: make it by hand, or name another with --set proxy_account=NAME", false);
        }

        Console.Out.WriteLine($"made the locked account '{account}' (home {Homes}/{account}) that jobs run as");
    }

    private static int Run(string program, string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
