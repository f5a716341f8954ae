using System.Diagnostics;
using Quern.Client;

namespace Quern.Cli.Local;

/// <summary>The account jobs run as in service mode: made when it is missing, locked, with a home of its own, never with a password.</summary>
internal static class ProxyAccount
{
    private const string Home = "/var/lib/quern/home";

    /// <summary>The accounts that a proxy_account stands for: one, or with <c>{slot}</c> in it one for each slot.</summary>
    public static IEnumerable<string> Names(string pattern, int slots) => pattern.Contains("{slot}", StringComparison.Ordinal)
        ? Enumerable.Range(0, slots).Select(slot => pattern.Replace("{slot}", slot.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal))
        : [pattern];

    /// <exception cref="FarmException">It could not be made.</exception>
    public static void Ensure(string account)
    {
        if (File.ReadLines("/etc/passwd").Any(line => line.StartsWith(account + ":", StringComparison.Ordinal)) || Run("getent", ["passwd", account]) == 0)
        {
            return;
        }

        Directory.CreateDirectory(Home);
        var code = Run("useradd", ["--system", "--user-group", "--create-home", "--home-dir", Path.Combine(Home, account), "--shell", "/usr/sbin/nologin", account]);
        if (code != 0)
        {
            throw new FarmException($"account '{account}' is missing and useradd ended with code {code}: make it by hand, or name another with --set proxy_account=NAME", false);
        }

        Console.Out.WriteLine($"made the locked account '{account}' (home {Home}/{account}) that jobs run as");
    }

    private static int Run(string program, string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
