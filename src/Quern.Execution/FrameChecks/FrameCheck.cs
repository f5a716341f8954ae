namespace Quern.Execution.FrameChecks;

/// <summary>Whether a file that a job says it wrote is there, large enough and, for the usual kinds of pictures, whole. Nothing is decoded: header, tables and end are looked at.</summary>
internal static class FrameCheck
{
    /// <returns>What is wrong, one sentence; null when nothing is.</returns>
    internal static string? Problem(string path, long leastBytes, bool checksPictures)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 4096);
            if (file.Length < leastBytes || file.Length == 0)
            {
                return $"the output '{path}' has {file.Length} bytes, at least {Math.Max(1, leastBytes)} are wanted";
            }

            return checksPictures && Pictures.Fault(Path.GetExtension(path), file) is { } fault ? $"the output '{path}' is no whole picture: {fault}" : null;
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"the output '{path}' is not there";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"the output '{path}' cannot be read by the job's account";
        }
    }
}
