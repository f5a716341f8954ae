using Quern.Configuration;

namespace Quern.Worker.Windows;

/// <summary>The log of a worker that has no console: <c>worker.log</c> in its folder. At a start a large one is put aside as <c>worker.log.1</c>.</summary>
internal static class LogFile
{
    private const int LargestBytes = 16 * 1024 * 1024;

    public static StreamWriter Open(WorkerOptions options)
    {
        var path = Path.Combine(StateFolder.Resolve(options.State).CreateRoleFolder(StateFolder.WorkerRoleOf(options.Name)), "worker.log");
        if (File.Exists(path) && new FileInfo(path).Length > LargestBytes)
        {
            File.Move(path, path + ".1", overwrite: true);
        }

        return new StreamWriter(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
    }
}
