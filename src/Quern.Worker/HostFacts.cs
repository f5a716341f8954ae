using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Quern.Worker.Core;
using Quern.Worker.Link;

namespace Quern.Worker;

/// <summary>What this machine says about itself.</summary>
internal static class HostFacts
{
    public static string Os => OperatingSystem.IsMacOS() ? "osx" : OperatingSystem.IsWindows() ? "winnt" : "linux";

    /// <summary>Memory a process can have here: the machine's, or the container's limit.</summary>
    public static long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The effective uid of this process.</summary>
    public static uint Uid()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return 0;
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

    /// <summary>For the heartbeat; a figure that cannot be had is 0.</summary>
    public static WorkerVitals Vitals(string stateFolder)
    {
        try
        {
            var load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
            return new WorkerVitals(load, AvailableMemoryBytes(), new DriveInfo(stateFolder).AvailableFreeSpace);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException or ArgumentException)
        {
            return default;
        }
    }

    private static long AvailableMemoryBytes()
    {
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(text => text.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is null
            ? 0
            : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
