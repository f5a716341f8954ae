namespace Quern.Store;

/// <summary>Files that only the supervisor's account may read.</summary>
internal static class StoreFiles
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the folder (0700) if it is missing.</summary>
    public static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Makes the file (0600) if it is missing, and takes it from others if it is not.</summary>
    public static void CreatePrivate(string path)
    {
        Open(path, FileShare.ReadWrite).Dispose();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, Private);
        }
    }

    /// <summary>The lock that one supervisor holds; it goes with the process, however that ends. Null = another has it.</summary>
    public static FileStream? TryLock(string path)
    {
        try
        {
            return Open(path, FileShare.None);
        }
        catch (IOException error) when (error is not FileNotFoundException and not DirectoryNotFoundException && File.Exists(path))
        {
            return null;
        }
    }

    private static FileStream Open(string path, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }
        return new FileStream(path, options);
    }
}
