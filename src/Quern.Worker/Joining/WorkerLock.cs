namespace Quern.Worker.Joining;

/// <summary>One program a worker record: a file locked for as long as the program lives (the kernel lets go of it, however it ends).</summary>
internal sealed class WorkerLock : IDisposable
{
    private readonly FileStream _file;

    private WorkerLock(FileStream file) => _file = file;

    /// <exception cref="RefusalException">Another worker has the record.</exception>
    public static WorkerLock Take(string folder)
    {
        try
        {
            // FileShare.None is flock(LOCK_EX | LOCK_NB) on Unix; the descriptor is closed on exec, so no proxy keeps it.
            return new WorkerLock(new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException failure)
        {
            throw new RefusalException(
                $"another worker runs on {folder}: stop it with 'quern worker stop', or give this one a record of its own with --name NAME",
                failure);
        }
    }

    public void Dispose() => _file.Dispose();
}
