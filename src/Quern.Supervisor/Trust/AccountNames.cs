using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Quern.Supervisor.Trust;

/// <summary>Names of local accounts by uid: from the password file, else by <c>getent</c> (directories), kept for a minute.</summary>
internal sealed class AccountNames(TimeProvider time)
{
    private const string PasswordFile = "/etc/passwd";
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<uint, (string Name, long Read)> known = new();

    /// <summary>The effective uid of this process: the owner of its state.</summary>
    public static uint OwnUid()
    {
        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("Uid:", StringComparison.Ordinal));
        return uint.Parse(line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture);
    }

    /// <summary>Null when no account has that uid.</summary>
    public async ValueTask<string?> FindAsync(uint uid, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(uid, out var entry) && time.GetElapsedTime(entry.Read) < Kept)
        {
            return entry.Name;
        }

        var name = FromFile(uid) ?? await FromDirectoryAsync(uid, cancellationToken).ConfigureAwait(false);
        if (name is not null)
        {
            known[uid] = (name, time.GetTimestamp());
        }

        return name;
    }

    private static string? FromFile(uint uid)
    {
        try
        {
            foreach (var line in File.ReadLines(PasswordFile))
            {
                if (NameIn(line, uid) is { } name)
                {
                    return name;
                }
            }
        }
        catch (IOException)
        {
            // Without the file the directory answers.
        }

        return null;
    }

    /// <summary><c>name:x:uid:...</c></summary>
    private static string? NameIn(string line, uint uid)
    {
        var fields = line.Split(':', 4);
        return fields.Length == 4 && fields[0].Length > 0 && uint.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var found) && found == uid
            ? fields[0]
            : null;
    }

    private static async Task<string?> FromDirectoryAsync(uint uid, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var start = new ProcessStartInfo("/usr/bin/getent") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("passwd");
        start.ArgumentList.Add(uid.ToString(CultureInfo.InvariantCulture));
        try
        {
            using var process = Process.Start(start);
            if (process is null)
            {
                return null;
            }

            try
            {
                var text = await process.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false);
                await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
                return NameIn(text, uid);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                process.Kill();
                return null;
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
