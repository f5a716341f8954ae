using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Quern.Execution.Accounts;
using Quern.Execution.Hosts;
using Quern.Execution.Mac;
using Quern.Execution.Windows;
using Quern.Worker.Core;
using Quern.Worker.Link;

namespace Quern.Worker;

/// <summary>What this machine says about itself.</summary>
internal static class HostFacts
{
    public static string Os => OperatingSystem.IsMacOS() ? "osx" : OperatingSystem.IsWindows() ? "winnt" : "linux";

    /// <summary>Memory a process can have here: the machine's, or the container's limit.</summary>
    public static long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Windows has no such numbers: this one stands for the worker's own account, 0 for the system and administrators.</summary>
    public const uint OwnAccount = 1;

    /// <summary>The effective uid of this process.</summary>
    public static uint Uid()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return 0;
        }

        if (OperatingSystem.IsWindows())
        {
            return OwnAccount;
        }

        if (OperatingSystem.IsMacOS())
        {
            return AccountNames.OwnUid;
        }

        var line = File.ReadLines("/proc/self/status").First(text => text.StartsWith("Uid:", StringComparison.Ordinal));
        return uint.Parse(line.Split('\t', StringSplitOptions.RemoveEmptyEntries)[2], CultureInfo.InvariantCulture);
    }

    /// <summary>The address this machine reaches the supervisor from; the loopback's where there is no way yet. Sends nothing.</summary>
    public static string AddressTowards(SupervisorAddress supervisor)
    {
        try
        {
            using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(supervisor.Host, supervisor.Port);
            var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        }
        catch (SocketException)
        {
            return IPAddress.Loopback.ToString();
        }
    }

    /// <summary>Null where it cannot be had: Windows has no such figures.</summary>
    public static LoadAverages? Load() => OperatingSystem.IsMacOS() ? MacHost.Load() : LoadOf(Lines("/proc/loadavg").FirstOrDefault(""));

    /// <summary>Of the line in /proc/loadavg, proc(5); null when it does not begin with three numbers.</summary>
    internal static LoadAverages? LoadOf(string line)
    {
        var averages = line.Split(' ').Take(3).Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var average) ? average : (double?)null);
        return averages.ToArray() is [{ } one, { } five, { } fifteen] ? new LoadAverages(one, five, fifteen) : null;
    }

    /// <summary>What there is to say of the machine beyond cores and memory. Asks the graphics card's own tool where there is one.</summary>
    public static Dictionary<string, string> Properties()
    {
        var found = new Dictionary<string, string>
        {
            ["architecture"] = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant(),
            ["kernel_version"] = Environment.OSVersion.Version.ToString(),
        };
        var processor = Lines("/proc/cpuinfo").Take(30).Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0].Trim()).ToDictionary(group => group.Key, group => group.First()[1].Trim());
        foreach (var (name, key) in (ReadOnlySpan<(string, string)>)[("processor_make", "vendor_id"), ("processor_model", "model name"), ("processor_speed", "cpu MHz")])
        {
            if (processor.GetValueOrDefault(key) is { Length: > 0 } value)
            {
                found[name] = key == "cpu MHz" ? value.Split('.')[0] : value;
            }
        }

        if (OperatingSystem.IsWindows())
        {
            found["os_name"] = System.Runtime.InteropServices.RuntimeInformation.OSDescription.Trim();
            found["processor_model"] = Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "";
        }

        var system = Lines("/etc/os-release").FirstOrDefault(line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal));
        if (system is not null)
        {
            found["os_name"] = system["PRETTY_NAME=".Length..].Trim('"');
        }

        if (OperatingSystem.IsMacOS())
        {
            AddMac(found);
        }

        foreach (var (name, variable) in (ReadOnlySpan<(string, string)>)[("session", "XDG_SESSION_ID"), ("session_type", "XDG_SESSION_TYPE"), ("display", "DISPLAY")])
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
            {
                found[name] = value;
            }
        }

        GraphicsCards.AddTo(found);
        return found;
    }

    [System.Runtime.Versioning.SupportedOSPlatform("macos")]
    private static void AddMac(Dictionary<string, string> found)
    {
        if (MacHost.ProcessorModel is { } model)
        {
            found["processor_model"] = model;
        }

        if (MacHost.SystemVersion is { } version)
        {
            found["os_name"] = "macOS " + version;
        }
    }

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Memory that could be had now; 0 where it cannot be told.</summary>
    public static long AvailableMemoryBytes()
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsHost.AvailableMemoryBytes();
        }

        if (OperatingSystem.IsMacOS())
        {
            return MacHost.AvailableMemoryBytes();
        }

        return BytesOf(Lines("/proc/meminfo"), "MemAvailable");
    }

    /// <summary>0 where there is none, and on macOS, which makes and removes its swap files as it goes.</summary>
    public static long SwapBytes() => OperatingSystem.IsWindows() ? WindowsHost.PageFileBytes() : BytesOf(Lines("/proc/meminfo"), "SwapTotal");

    /// <summary>0 where there is none.</summary>
    public static long FreeSwapBytes() => OperatingSystem.IsWindows() ? WindowsHost.FreePageFileBytes() : BytesOf(Lines("/proc/meminfo"), "SwapFree");

    /// <summary>A figure of /proc/meminfo, proc(5); 0 when it is not there.</summary>
    internal static long BytesOf(IEnumerable<string> lines, string name)
    {
        var line = lines.FirstOrDefault(text => text.StartsWith(name + ':', StringComparison.Ordinal));
        return line is null
            ? 0
            : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
