using Quern.Worker.Core;
using Quern.Worker.Dual;

namespace Quern.Worker;

/// <summary>Dual mode: the service worker's link is closed while its host is lent, and the desktop worker's for good when its loan ends.</summary>
internal sealed partial class WorkerLoop : ILendingWorker
{
    private TaskCompletionSource? _yielded;
    private volatile TaskCompletionSource _mayOpen = Open();

    public async Task YieldAsync(YieldKind items, string person, CancellationToken token)
    {
        var yielded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _inputs.Writer.WriteAsync(
            () =>
            {
                _yielded = yielded;
                _core.YieldRequested(items, person, Now);
            },
            token).ConfigureAwait(false);
        await yielded.Task.WaitAsync(token).ConfigureAwait(false);
    }

    public ValueTask TakeBackAsync(CancellationToken token) => _inputs.Writer.WriteAsync(
        () =>
        {
            _yielded = null;
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

    /// <summary>Of a host that has yielded: first the link, then the host.</summary>
    private void LetGo()
    {
        if (!_core.HasYielded)
        {
            return;
        }

        if (_mayOpen.Task.IsCompleted)
        {
            _mayOpen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (_connection is null)
        {
            _yielded?.TrySetResult();
        }
        else
        {
            _connection.Close();
        }
    }

    private static TaskCompletionSource Open()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }
}
