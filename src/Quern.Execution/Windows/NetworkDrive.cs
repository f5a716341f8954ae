using System.Runtime.Versioning;
using Quern.Execution.Windows.Native;

namespace Quern.Execution.Windows;

/// <summary>A share under a drive letter, within the logon of the calling process: other logons do not see it.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe class NetworkDrive
{
    /// <summary>Null when it is there; else one sentence. What the account's profile has under the letter gives way.</summary>
    internal static string? Connect(string drive, string share)
    {
        Disconnect(drive);
        fixed (char* local = drive, remote = share)
        {
            var resource = new Mpr.NETRESOURCEW { dwType = Mpr.RESOURCETYPE_DISK, lpLocalName = local, lpRemoteName = remote };
            var error = Mpr.WNetAddConnection2(&resource, null, null, 0);
            return error == 0 ? null
                : $"drive {drive} cannot be connected to '{share}' (worker_drive_map): {Kernel32.ErrorText(error)}: see that this account may use the share, with 'net use {drive} {share}'";
        }
    }

    internal static void Disconnect(string drive) => _ = Mpr.WNetCancelConnection2(drive, 0, 1);
}
