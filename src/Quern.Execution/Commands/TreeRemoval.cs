using System.Globalization;
using System.Text;
using Quern.Execution.Native;

namespace Quern.Execution.Commands;

/// <summary>
/// Removes a folder and all in it, by descriptor and without following a link, with the rights of the thread that calls. However deep the tree is, three
/// descriptors are enough: a folder within a folder is moved up until it lies at the top. Whoever owns the tree may change it meanwhile; then something
/// may be left, but nothing outside is touched.
/// </summary>
internal static unsafe class TreeRemoval
{
    private const int MostAtOnce = 4096;
    private const uint Mine = 0x1C0;

    /// <summary>True when the folder is not there any more.</summary>
    internal static bool Remove(string path)
    {
        // A job may have taken from itself what removing needs.
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            _ = LibC.fchmodat(Posix.Here, name, Mine, Posix.NotTheLinked);
        }

        var top = LibC.open(path, Posix.FolderFlags, 0);
        if (top < 0)
        {
            return Errno.Last == Errno.ENOENT;
        }

        var moved = 0;
        var isMoving = true;
        while (isMoving)
        {
            isMoving = false;
            foreach (var name in Names(top))
            {
                isMoving |= RemoveEntry(top, name, ref moved);
            }
        }

        _ = LibC.close(top);
        return LibC.rmdir(path) == 0;
    }

    /// <summary>True when the tree is smaller or flatter than before.</summary>
    private static bool RemoveEntry(int top, byte[] name, ref int moved)
    {
        fixed (byte* text = name)
        {
            if (LibC.unlinkat(top, text, 0) == 0 || LibC.unlinkat(top, text, Posix.RemovingFolder) == 0)
            {
                return true;
            }

            _ = LibC.fchmodat(top, text, Mine, Posix.NotTheLinked);
            var folder = LibC.openat(top, text, Posix.FolderFlags, 0);
            if (folder < 0)
            {
                return false;
            }

            var isMoving = false;
            foreach (var inner in Names(folder))
            {
                isMoving |= RemoveInner(folder, inner, top, ref moved);
            }

            _ = LibC.close(folder);
            return LibC.unlinkat(top, text, Posix.RemovingFolder) == 0 || isMoving;
        }
    }

    private static bool RemoveInner(int folder, byte[] name, int top, ref int moved)
    {
        fixed (byte* text = name)
        {
            if (LibC.unlinkat(folder, text, 0) == 0 || LibC.unlinkat(folder, text, Posix.RemovingFolder) == 0)
            {
                return true;
            }

            // A folder can be moved only by who may write it: its own entry for the parent changes.
            _ = LibC.fchmodat(folder, text, Mine, Posix.NotTheLinked);
            fixed (byte* above = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $".quern-removed-{++moved}\0")))
            {
                return LibC.renameat(folder, text, top, above) == 0;
            }
        }
    }

    /// <summary>Some of the names in a folder, each with its final zero.</summary>
    private static List<byte[]> Names(int folder)
    {
        var names = new List<byte[]>();
        _ = LibC.fchmod(folder, Mine);
        var again = stackalloc byte[] { (byte)'.', 0 };
        var stream = LibC.fdopendir(LibC.openat(folder, again, Posix.FolderFlags, 0));
        if (stream is null)
        {
            return names;
        }

        while (names.Count < MostAtOnce && Posix.NextName(stream) is { } name)
        {
            if (name is not [(byte)'.', 0] and not [(byte)'.', (byte)'.', 0])
            {
                names.Add(name);
            }
        }

        _ = LibC.closedir(stream);
        return names;
    }
}
