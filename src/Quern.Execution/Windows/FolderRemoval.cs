namespace Quern.Execution.Windows;

/// <summary>Removes a folder and all in it with the rights of the thread that calls. A link or a mount point in it is removed and never followed.</summary>
internal static class FolderRemoval
{
    /// <summary>True when the folder is not there any more.</summary>
    internal static bool Remove(string folder)
    {
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
            {
                // A file that is marked so cannot be removed by anybody.
                File.SetAttributes(file, FileAttributes.Normal);
            }

            Directory.Delete(folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        return !Directory.Exists(folder);
    }
}
