namespace Quern.Supervisor.Loop;

/// <summary>
/// Threads for what is busy or waits for the disk as long as the program lives. On a small machine the pool that serves the connections has as few threads as there are
/// processors: one that waits for the disk is missing there.
/// </summary>
internal static class OwnThread
{
    /// <returns>Completes when <paramref name="work"/> is over.</returns>
    public static Task Run(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Waits where nobody else needs the thread.</summary>
    public static bool WaitFor(ValueTask<bool> some) => some.IsCompletedSuccessfully ? some.Result : some.AsTask().GetAwaiter().GetResult();
}
