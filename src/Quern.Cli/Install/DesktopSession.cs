using System.Diagnostics;
using System.Globalization;
using Quern.Cli.Local;

namespace Quern.Cli.Install;

/// <summary>
/// <c>quern worker session</c>, what the autostart file starts: in a session whose desktop knows no <c>graphical-session.target</c> it runs the desktop worker
/// itself, until the session is over. Where systemd's unit does it, it does nothing.
/// </summary>
internal static class DesktopSession
{
    public static async Task<int> RunAsync(Machine machine, CancellationToken token)
    {
        if (machine.Says("systemctl", "--user", "is-active", "--quiet", "graphical-session.target"))
        {
            Console.Out.WriteLine($"{UnitFiles.Desktop} starts with this session; nothing is to do");
            return ExitCode.Done;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(token);
        var leader = WaitForLeaderAsync(machine, over.Token);

        // It ends, as by TERM, when its input does: when this program does, however that comes.
        using var worker = Process.Start(new ProcessStartInfo(Programs.PathOf("quern-worker"), ["--desktop", "--end-with-input"]) { RedirectStandardInput = true })!;
        await Task.WhenAny(leader, worker.WaitForExitAsync(token)).ConfigureAwait(false);
        worker.StandardInput.Close();
        await worker.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        return worker.ExitCode;
    }

    /// <summary>Ends with the process that logind calls the leader of this session: it is the last to go at logout, and it always goes. Without one, never.</summary>
    private static async Task WaitForLeaderAsync(Machine machine, CancellationToken token)
    {
        var session = Environment.GetEnvironmentVariable("XDG_SESSION_ID");
        var said = string.IsNullOrEmpty(session) ? null : machine.Run("loginctl", ["show-session", session, "--property", "Leader", "--value"]);
        if (said is not { Code: 0 } || !int.TryParse(said.Output.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token).ConfigureAwait(false);
            return;
        }

        try
        {
            using var leader = Process.GetProcessById(pid);
            await leader.WaitForExitAsync(token).ConfigureAwait(false);
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
    }
}
