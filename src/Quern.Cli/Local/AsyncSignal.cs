namespace Quern.Cli.Local;

/// <summary>Something happened, any number of times, on any thread, also after nobody waits any more.</summary>
internal sealed class AsyncSignal
{
    private volatile TaskCompletionSource happened = New();

    public void Set() => happened.TrySetResult();

    /// <summary>Returns when it was set since the last return, or after <paramref name="limit"/>.</summary>
    public async Task WaitAsync(TimeSpan limit, CancellationToken token)
    {
        try
        {
            await happened.Task.WaitAsync(limit, token).ConfigureAwait(false);
            happened = New();
        }
        catch (TimeoutException)
        {
            // The caller looks again anyway: a watcher may have missed a change.
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
