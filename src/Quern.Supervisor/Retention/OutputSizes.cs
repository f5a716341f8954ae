using System.Globalization;
using Quern.Core;

namespace Quern.Supervisor.Retention;

/// <summary>How much each job printed, as the files say: <c>output/THOUSAND/JOB/SUB.RUN</c>. Waits for the disk; not for the loop.</summary>
internal static class OutputSizes
{
    public static Dictionary<JobId, long> Scan(string folder, CancellationToken cancellationToken)
    {
        var found = new Dictionary<JobId, long>();
        foreach (var thousand in Folders(folder))
        {
            foreach (var job in Folders(thousand))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (long.TryParse(Path.GetFileName(job), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                {
                    found[new JobId(id)] = BytesIn(job);
                }
            }
        }

        return found;
    }

    private static IEnumerable<string> Folders(string folder)
    {
        try
        {
            return Directory.GetDirectories(folder);
        }
        catch (DirectoryNotFoundException)
        {
            // It went meanwhile.
            return [];
        }
    }

    private static long BytesIn(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            return 0;
        }
    }
}
