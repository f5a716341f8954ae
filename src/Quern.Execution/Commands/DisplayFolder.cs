using Quern.Execution.Native;

namespace Quern.Execution.Commands;

/// <summary>
/// The folder of X sockets, which a machine without a display may lack. Root makes it as a system's start does; else the first account whose display
/// opens would own it, and could take away the sockets of others.
/// </summary>
internal static class DisplayFolder
{
    private const string Place = "/tmp/.X11-unix";
    private const uint OpenToAll = 0x3FF;

    internal static void Make()
    {
        // Only a folder that was made just now has its mode set: what lies there already is not ours.
        if (LibC.geteuid() == 0 && LibC.mkdir(Place, OpenToAll) == 0)
        {
            var folder = LibC.open(Place, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW | LibC.O_CLOEXEC, 0);
            _ = LibC.fchmod(folder, OpenToAll);
            _ = LibC.close(folder);
        }
    }
}
