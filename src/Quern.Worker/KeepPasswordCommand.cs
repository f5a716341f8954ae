using System.Runtime.Versioning;
using Quern.Configuration;
using Quern.Execution.Windows.Secrets;
using Quern.Secrets;

namespace Quern.Worker;

/// <summary><c>quern-worker keep-password --account NAME</c>: keeps the password it reads on this Windows host and prints how proxy_password names it. What <c>qbhash --local</c> calls.</summary>
internal static class KeepPasswordCommand
{
    /// <summary>There is one proxy_account, so one name is enough.</summary>
    private const string Name = "proxy_password";

    /// <returns>The exit code.</returns>
    /// <exception cref="FormatException">The words are wrong.</exception>
    /// <exception cref="RefusalException">It cannot be kept: one line.</exception>
    public static int Run(IReadOnlyList<string> words, Stream input, TextWriter output)
    {
        var (account, state) = words switch
        {
            ["--account", var one] => (one, null),
            ["--account", var one, "--state", var folder] => (one, folder),
            _ => throw new FormatException("keep-password takes --account NAME and --state DIR, and the password on its input"),
        };
        if (!OperatingSystem.IsWindows())
        {
            throw new RefusalException("no password is kept here: accounts need none on this system; on the Windows host run 'qbhash --local', or here 'qbhash --worker HOST' and put what it prints into that host's qb.conf");
        }

        return Keep(account, state, input, output);
    }

    [SupportedOSPlatform("windows")]
    private static int Keep(string account, string? state, Stream input, TextWriter output)
    {
        try
        {
            using var password = Read(input);
            var folder = StateFolder.Resolve(state).CreateRoleFolder(StateFolder.WorkerRole);
            output.WriteLine(LocalPasswords.Store(Path.Combine(folder, RunHosts.PasswordFolder), Name, account, password));
            return 0;
        }
        catch (Exception failure) when (failure is IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new RefusalException($"the password is not kept: {failure.Message}", failure);
        }
    }

    /// <summary>All of the input, wiped after use.</summary>
    private static Secret Read(Stream input)
    {
        var buffer = GC.AllocateArray<byte>(Secret.MaxBytes + 1, pinned: true);
        try
        {
            return Secret.OfUtf8(buffer.AsSpan(0, input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)));
        }
        finally
        {
            Array.Clear(buffer);
        }
    }
}
