using System.Globalization;
using Quern.Configuration;
using Quern.Execution.Accounts;
using Quern.Execution.Hosts;
using Quern.Execution.JobTypes;
using Quern.Execution.Windows;
using Quern.Worker.Core;

namespace Quern.Worker;

/// <summary>
/// Looks at the machine at every heartbeat: what would make jobs fail here is a trouble, and with one the host gets nothing until it is gone (Qube's boot
/// diagnostics and its panic, for as long as the worker runs). Looking may wait for a disk or a name service, so the loop does not do it.
/// </summary>
internal sealed class HostWatch(string folder, WorkerFacts facts, LocalSettings settings, TimeProvider clock)
{
    private readonly WorkerMode mode = facts.Mode;
    private const long Megabyte = 1024 * 1024;

    /// <summary>Above the low-water mark by this much before a disk is enough again, so that a host does not come and go.</summary>
    private const double Recovered = 1.1;

    /// <summary>Privileges a service worker cannot do without, by the kernel's numbers.</summary>
    private static readonly (int Number, string Name)[] Needed = [(0, "CAP_CHOWN"), (5, "CAP_KILL"), (6, "CAP_SETGID"), (7, "CAP_SETUID"), (8, "CAP_SETPCAP")];

    private bool _isDiskLow;

    /// <summary>Looks, tells the loop, waits; until it is told to stop.</summary>
    public async Task RunAsync(WorkerLoop loop, CancellationToken stoppingToken)
    {
        while (true)
        {
            var values = await loop.AskAsync(core => core.Settings, stoppingToken).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(values.HeartbeatSeconds), clock, stoppingToken).ConfigureAwait(false);
            await loop.ObservedAsync(Look(values), stoppingToken).ConfigureAwait(false);
            await loop.JobTypesFoundAsync(LookForTypes(values), stoppingToken).ConfigureAwait(false);
        }
    }

    public WorkerVitals Look(WorkerSettings values)
    {
        var freeDisk = FreeDiskBytes();
        List<string> troubles = [.. new[] { Folder(), Disk(values, freeDisk), Proxy(values), Privileges(), Account(values) }.OfType<string>()];
        var display = mode == WorkerMode.Desktop ? Environment.GetEnvironmentVariable("DISPLAY") ?? "" : "";
        var now = clock.GetUtcNow();
        return new WorkerVitals(HostFacts.Load(), HostFacts.AvailableMemoryBytes(), freeDisk, troubles, InputIdle.Minutes(display, now), (int)TimeZoneInfo.Local.GetUtcOffset(now).TotalMinutes)
        {
            FreeSwapBytes = HostFacts.FreeSwapBytes(),
        };
    }

    public JobTypes LookForTypes(WorkerSettings values)
    {
        var own = JobTypeCatalog.Find(JobTypes.Folders(facts, values).Distinct(), facts.Os, HostFacts.Uid(), out var problems);
        return new JobTypes(own, problems);
    }

    private long FreeDiskBytes()
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return 0;
        }
    }

    /// <summary>Journals and launches are written there.</summary>
    private string? Folder()
    {
        var path = Path.Combine(folder, "probe");
        try
        {
            File.WriteAllBytes(path, [1]);
            File.Delete(path);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"its folder '{folder}' cannot be written: {failure.Message}: free the disk or mend its permissions";
        }
    }

    private string? Disk(WorkerSettings values, long free)
    {
        var mark = values.Number("worker_disk_low") * Megabyte;
        _isDiskLow = free < (_isDiskLow ? (long)(mark * Recovered) : mark);
        return _isDiskLow ? $"the disk of '{folder}' has {free / Megabyte} MB left, the mark is {mark / Megabyte} MB (worker_disk_low): free some, or lower the mark" : null;
    }

    private static string? Proxy(WorkerSettings values)
    {
        var path = RunHosts.ProxyPath(values);
        if (!File.Exists(path))
        {
            return $"the program '{path}' is not there: install it beside quern-worker, or set proxy_location";
        }

        var isRunnable = OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
        return isRunnable ? null : $"the program '{path}' may not be run: chmod 755 it";
    }

    /// <summary>Enables what a service of Windows needs; what it does not hold is named.</summary>
    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    internal static string? MissingPrivileges()
    {
        var missing = WindowsHost.EnablePrivileges();
        return missing.Count == 0 ? null : $"the worker lacks {string.Join(", ", missing)} and cannot run jobs as others: let the service run as LocalSystem ('sc config quern-worker obj= LocalSystem')";
    }

    private string? Privileges()
    {
        if (mode == WorkerMode.Desktop)
        {
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            return MissingPrivileges();
        }

        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var line = File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith("CapEff:", StringComparison.Ordinal));
        var held = line is null ? ulong.MaxValue : ulong.Parse(line["CapEff:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var missing = Needed.Where(capability => (held & (1UL << capability.Number)) == 0).Select(capability => capability.Name).ToList();
        return missing.Count == 0 ? null : $"the worker lacks {string.Join(", ", missing)} and cannot run jobs as others: start it as full root, without a bounding set in its unit";
    }

    /// <summary>Where every job runs as one account, that account must be one that jobs may run as. Where each slot has its own the first stands for all.</summary>
    private string? Account(WorkerSettings values)
    {
        // On Windows only the logon of a run can tell.
        if (mode == WorkerMode.Desktop || values.RunsAsSubmitter || OperatingSystem.IsWindows())
        {
            return null;
        }

        var name = ProxyAccounts.First(values.ProxyAccount);
        return AccountResolver.Resolve(name, RunHosts.Policy(settings.Values), isProxyAccount: true) is AccountRefused refused ? $"proxy_account: {refused.Text}" : null;
    }
}
