using System.Globalization;
using System.Text.Json;
using Quern.Client;
using Quern.Configuration;
using Quern.Protocol.Api;

namespace Quern.Cli.Install;

/// <summary>What <c>quern worker mode</c> shows: one line that says the mode, then what it follows from, and in dual mode who has the host now.</summary>
internal static class ModeView
{
    private const string Minutes = "yyyy-MM-dd HH:mm";

    /// <param name="holder">Asks the machine's service who has the host; null = it does not answer.</param>
    public static async Task<int> ShowAsync(Machine machine, Func<CancellationToken, Task<DualView?>> holder, TextWriter output, CancellationToken token)
    {
        var isEnabled = machine.IsEnabled(UnitFiles.Worker);
        var isActive = machine.Says("systemctl", "is-active", "--quiet", UnitFiles.Worker);
        var mode = MachineMode.Parse(machine.Text(ModeCommand.ModeFile));
        output.WriteLine(mode?.Person is not null ? mode.ToString() : isEnabled ? "service" : isActive ? "service, until the next boot" : "none");
        output.WriteLine($"  {UnitFiles.Worker} {(isEnabled ? "starts at boot" : machine.HasFile(UnitFiles.PathOf(UnitFiles.Worker)) ? "does not start at boot" : "is not installed")} and {(isActive ? "runs" : "does not run")}");
        if (mode?.Person is { } person)
        {
            var since = File.GetLastWriteTime(machine.At(ModeCommand.ModeFile)).ToString(Minutes, CultureInfo.InvariantCulture);
            var means = mode.Kind == MachineModeKind.Dual ? $"the service lends the host to the desktop worker of {person} while they are logged in" : $"the worker of {person} starts with their graphical session";
            output.WriteLine($"  {ModeCommand.ModeFile}: since {since} {means}");
        }
        else if (!isEnabled)
        {
            output.WriteLine("  quern worker install --service, or --desktop, makes one start by itself; a person's own worker is in their own settings");
        }

        if (mode?.Kind == MachineModeKind.Dual)
        {
            output.WriteLine("  " + (await holder(token).ConfigureAwait(false) is { } dual ? Holder(dual) : $"nobody has the host: its service does not answer or is not in dual mode yet; see 'systemctl status {UnitFiles.Worker}'"));
        }

        return ExitCode.Done;
    }

    private static string Holder(DualView dual)
    {
        var since = DateTimeOffset.FromUnixTimeMilliseconds(dual.Since).ToLocalTime().ToString(Minutes, CultureInfo.InvariantCulture);
        var who = dual.Holder switch
        {
            "desktop" => $"the desktop worker of {dual.User} has the host",
            "passing" => $"the host passes to the desktop worker of {dual.User}",
            _ => "the service has the host",
        };
        return $"{who} since {since}: {dual.Why}";
    }
}

/// <summary>The machine's service, asked on its socket.</summary>
internal static class MachineStatus
{
    public static async Task<DualView?> DualAsync(CancellationToken token)
    {
        if (FarmLocation.WorkerSocket(StateFolder.Machine(), null) is not { } socket)
        {
            return null;
        }

        try
        {
            using var client = FarmClient.OfSocket(socket);
            return JsonSerializer.Deserialize(await client.CallWorkerAsync(HttpMethod.Get, ApiRoutes.LocalWorkerStatus, token).ConfigureAwait(false), ApiJson.Default.WorkerStatusReply)?.Dual;
        }
        catch (Exception failure) when (failure is FarmException or JsonException)
        {
            // Shown as a service that does not answer.
            return null;
        }
    }
}
