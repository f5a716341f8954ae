using Quern.Worker.Core;
using Quern.Worker.Dual;

namespace Quern.Worker;

/// <summary>Dual mode: the service worker's link is closed while its host is lent, and the desktop worker's for good when its loan ends.</summary>
internal sealed partial class WorkerLoop : ILendingWorker
{
    private TaskCompletionSource? _yielded;
    private TaskCompletionSource? _away;
    private volatile TaskCompletionSource _mayOpen = Open();

    public Task YieldAsync(YieldKind items, string person, CancellationToken token) => WaitAsync(
        yielded =>
        {
            _yielded = yielded;
            _core.YieldRequested(items, person, Now);
        },
        token);

    public Task LetGoAsync(CancellationToken token) => WaitAsync(away => _away = away, token);

    public ValueTask TakeBackAsync(CancellationToken token) => _inputs.Writer.WriteAsync(
        () =>
        {
            (_yielded, _away) = (null, null);
            _core.TakenBack();
            _mayOpen.TrySetResult();
        },
        token);

    /// <summary>The host is not this worker's any more: it says nothing to the supervisor from here on, ends what runs, and ends itself.</summary>
    public ValueTask LoanEndedAsync(CancellationToken token) => _inputs.Writer.WriteAsync(
        () =>
        {
            _mayOpen = new TaskCompletionSource();
            _connection?.Close();
            _connection = null;
            _core.Disconnected();
            _core.StopRequested(StopKind.Kill, Now);
        },
        token);

    public Task MayOpenAsync(CancellationToken stoppingToken) => _mayOpen.Task.WaitAsync(stoppingToken);

    private async Task WaitAsync(Action<TaskCompletionSource> input, CancellationToken token)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _inputs.Writer.WriteAsync(() => input(done), token).ConfigureAwait(false);
        await done.Task.WaitAsync(token).ConfigureAwait(false);
    }

    /// <summary>Of a host that is to pass: nothing of the supervisor's is left, then the link goes, then it has passed.</summary>
    private void LetGo()
    {
        if (_core.HasYielded)
        {
            _yielded?.TrySetResult();
            if (_away is not null && _mayOpen.Task.IsCompleted)
            {
                _mayOpen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _connection?.Close();
            }
        }

        if (_connection is null && !_mayOpen.Task.IsCompleted)
        {
            _away?.TrySetResult();
        }
    }

    private static TaskCompletionSource Open()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}
