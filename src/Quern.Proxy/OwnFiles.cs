using Quern.Execution.Native;

namespace Quern.Proxy;

/// <summary>Files of the account this process has become. The kernel lets it remove no others; links are removed, never followed.</summary>
internal static class OwnFiles
{
    /// <summary>Removes a file or a folder with all that is in it; what cannot be removed stays.</summary>
    internal static void Delete(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is null && (file.Attributes & FileAttributes.Directory) != 0)
            {
                DeleteFolder(path);
            }
            else
            {
                file.Delete();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else's, or gone meanwhile.
        }
    }

    private static void DeleteFolder(string path)
    {
        // A job may have taken from itself what removing needs.
        const uint ownerOnly = 0x1C0;
        _ = LibC.chmod(path, ownerOnly);
        foreach (var entry in Directory.EnumerateFileSystemEntries(path))
        {
            Delete(entry);
        }

        Directory.Delete(path);
    }
}
