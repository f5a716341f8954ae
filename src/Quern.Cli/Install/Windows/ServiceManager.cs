using Quern.Client;

namespace Quern.Cli.Install.Windows;

/// <summary>
/// The worker's service as Windows keeps it, through the system's own <c>sc</c> and <c>net</c> (Windows Commands reference).
/// </summary>
internal sealed class ServiceManager(Machine machine, StepList steps)
{
    public const string Service = "quern-worker";

    /// <summary>What the worker asks for at start, and no more.</summary>
    private const string Privileges = "SeAssignPrimaryTokenPrivilege/SeIncreaseQuotaPrivilege/SeBackupPrivilege/SeRestorePrivilege/SeImpersonatePrivilege/SeTcbPrivilege/SeChangeNotifyPrivilege";

    public bool Exists => machine.Says("sc", "query", Service);

    public bool IsRunning => machine.Run("sc", ["query", Service]).Output.Contains("RUNNING", StringComparison.Ordinal);

    /// <summary>SERVICE_AUTO_START is 2.</summary>
    public bool StartsAtBoot => Value("Start").Contains("0x2", StringComparison.Ordinal);

    /// <exception cref="FarmException">The person is no administrator.</exception>
    public static void Check(Machine machine, string command, bool isDryRun)
    {
        if (!machine.IsRoot && !isDryRun)
        {
            throw new FarmException($"{command} changes services of this machine and needs an administrator: open a terminal with 'Run as administrator' and repeat it, or look at it with --dry-run", false);
        }
    }

    /// <param name="line">Program and words, as the service manager is to start it.</param>
    public async Task MakeAsync(string line)
    {
        var isMade = Exists && Value("ImagePath").Contains(line, StringComparison.OrdinalIgnoreCase);
        await steps.DoAsync($"make the service {Service}", isMade, () => Make(line)).ConfigureAwait(false);
        await EnableAsync().ConfigureAwait(false);
    }

    public Task EnableAsync() => steps.DoAsync($"have the service {Service} start at boot", Exists && StartsAtBoot, () => machine.Must("sc", "config", Service, "start=", "delayed-auto"));

    public Task DisableAsync() => steps.DoAsync($"have the service {Service} start no more", !Exists || !StartsAtBoot, () => machine.Must("sc", "config", Service, "start=", "disabled"));

    public Task StartAsync() => steps.DoAsync($"start the service {Service}", IsRunning, () => machine.Must("net", "start", Service));

    public Task StopAsync() => steps.DoAsync($"stop the service {Service}", !IsRunning, () => machine.Must("net", "stop", Service));

    public Task DeleteAsync() => steps.DoAsync($"remove the service {Service}", !Exists, () => machine.Must("sc", "delete", Service));

    /// <summary>What the service manager keeps of the service under a name (Win32 API reference: Registry Services key); empty without it.</summary>
    private string Value(string name) => machine.Run("reg", ["query", @"HKLM\SYSTEM\CurrentControlSet\Services\" + Service, "/v", name]) is { Code: 0 } found ? found.Output : "";

    private void Make(string line)
    {
        machine.Must("sc", Exists ? "config" : "create", Service, "binPath=", line, "start=", "auto");

        // Systems that lack one of these run the service all the same. Delayed: a machine's people log in first.
        _ = machine.Says("sc", "config", Service, "start=", "delayed-auto");
        _ = machine.Says("sc", "description", Service, "Runs jobs of the Quern farm on this machine.");
        _ = machine.Says("sc", "failure", Service, "reset=", "86400", "actions=", "restart/5000/restart/30000/restart/60000");
        _ = machine.Says("sc", "failureflag", Service, "1");
        _ = machine.Says("sc", "sidtype", Service, "unrestricted");
        _ = machine.Says("sc", "privs", Service, Privileges);
    }
}
