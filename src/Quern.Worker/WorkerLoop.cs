using System.Threading.Channels;
using Quern.Execution.Runs;
using Quern.Protocol.Link;
using Quern.Worker.Core;
using Quern.Worker.Link;

namespace Quern.Worker;

/// <summary>
/// The one reader of the worker's inputs: it owns the core and, through it, the run host. Everybody else posts. The queue is bounded: whoever reads
/// the link waits when it is full, and so does the supervisor behind it.
/// </summary>
internal sealed partial class WorkerLoop : ILinkEvents, IAsyncDisposable
{
    private const int QueueLength = 1024;
    private const int TurnInputs = 64;

    private readonly WorkerCore _core;
    private readonly WorkerLog _log;
    private readonly TimeProvider _clock;
    private readonly Channel<Action> _inputs = Channel.CreateBounded<Action>(new BoundedChannelOptions(QueueLength) { SingleReader = true });
    private readonly ITimer _timer;
    private readonly long _start;

    private LinkConnection? _connection;
    private readonly bool _endsRuns;
    private string? _refusal;
    private string _lastWhy = "";
    private int _runsChanged;
    private int _isDue;

    /// <summary>Raised on the loop when the supervisor has welcomed this worker.</summary>
    public event Action? Serving;

    /// <param name="endsRuns">Desktop mode: runs never outlive the worker.</param>
    public WorkerLoop(WorkerCore core, WorkerLog log, TimeProvider clock, bool endsRuns)
    {
        _endsRuns = endsRuns;
        _core = core;
        _log = log;
        _clock = clock;
        _start = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => Wake(ref _isDue), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The run host has news. From any thread, at any rate: news is one flag.</summary>
    public void RunsChanged() => Wake(ref _runsChanged);

    public ValueTask StopAsync(StopKind kind, CancellationToken token) =>
        _inputs.Writer.WriteAsync(() => _core.StopRequested(kind, Now), token);

    /// <summary>Stops, and asks in the same turn: after it there may be none.</summary>
    public Task<T> StopAsync<T>(StopKind kind, Func<WorkerCore, T> question, CancellationToken token) =>
        AskAsync(
            core =>
            {
                core.StopRequested(kind, Now);
                return question(core);
            },
            token);

    public ValueTask ObservedAsync(WorkerVitals vitals, CancellationToken token) => _inputs.Writer.WriteAsync(() => _core.Observed(vitals), token);

    public ValueTask JobTypesFoundAsync(JobTypes types, CancellationToken token) => _inputs.Writer.WriteAsync(() => _core.JobTypesFound(types), token);

    public ValueTask SettingsChangedAsync(WorkerSettings settings, CancellationToken token) =>
        _inputs.Writer.WriteAsync(() => _core.LocalSettingsChanged(settings), token);

    /// <summary>Runs a question about the core on the loop.</summary>
    public async Task<T> AskAsync<T>(Func<WorkerCore, T> question, CancellationToken token)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _inputs.Writer.WriteAsync(() => answer.TrySetResult(question(_core)), token).ConfigureAwait(false);
        return await answer.Task.WaitAsync(token).ConfigureAwait(false);
    }

    public ValueTask OpenedAsync(LinkConnection connection, CancellationToken stoppingToken) =>
        _inputs.Writer.WriteAsync(
            () =>
            {
                _connection = connection;
                _core.Connected();
            },
            stoppingToken);

    public ValueTask ReceivedAsync(LinkConnection connection, SupervisorMessage message, CancellationToken stoppingToken) =>
        _inputs.Writer.WriteAsync(() => Receive(connection, message), stoppingToken);

    public ValueTask ClosedAsync(LinkConnection connection, string why, CancellationToken stoppingToken) =>
        _inputs.Writer.WriteAsync(() => Closed(connection, why), stoppingToken);

    /// <summary>Runs until the core has finished.</summary>
    /// <returns>The supervisor's refusal that ended it, or null.</returns>
    public async Task<string?> RunAsync(CancellationToken stoppingToken)
    {
        Turn();
        while (!_core.IsFinished && !MustLeave() && await _inputs.Reader.WaitToReadAsync(stoppingToken).ConfigureAwait(false))
        {
            for (var count = 0; count < TurnInputs && _inputs.Reader.TryRead(out var input); count++)
            {
                input();
            }

            Turn();
        }

        return _refusal;
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _inputs.Writer.TryComplete();
    }

    /// <summary>A refused service worker ends and leaves its runs to the next; a desktop worker first ends what it started.</summary>
    private bool MustLeave()
    {
        _refusal ??= _core.Refusal;
        if (_refusal is null)
        {
            return false;
        }

        if (!_endsRuns)
        {
            return true;
        }

        _core.StopRequested(StopKind.Kill, Now);
        Turn();
        return _core.IsFinished;
    }

    private long Now => (long)_clock.GetElapsedTime(_start).TotalMilliseconds;

    private void Receive(LinkConnection connection, SupervisorMessage message)
    {
        if (!ReferenceEquals(connection, _connection))
        {
            return;
        }

        _core.Received(message, Now);
        if (message.BodyCase == SupervisorMessage.BodyOneofCase.Welcome)
        {
            _lastWhy = "";
            Serving?.Invoke();
        }
    }

    private void Closed(LinkConnection connection, string why)
    {
        if (!ReferenceEquals(connection, _connection))
        {
            return;
        }

        var wasServing = _core.IsServing;
        _connection = null;
        _core.Disconnected();

        // A supervisor that is away for a night is one line, not thousands.
        if (why.Length > 0 && (wasServing || why != _lastWhy))
        {
            _lastWhy = why;
            _log.Warn(wasServing ? $"connection lost: {why}; trying again" : $"the supervisor cannot be reached: {why}; trying again");
        }
    }

    /// <summary>After inputs: news of the runs, what is due, then everything that follows from them.</summary>
    private void Turn()
    {
        if (Interlocked.Exchange(ref _runsChanged, 0) == 1)
        {
            _core.RunsChanged(Now);
        }

        Interlocked.Exchange(ref _isDue, 0);
        if (_core.NextDue is { } due && due <= Now)
        {
            _core.Tick(Now);
        }

        foreach (var message in _core.TakeMessages())
        {
            _connection?.Send(message);
        }

        foreach (var note in _core.TakeNotes())
        {
            if (note.IsWarning)
            {
                _log.Warn(note.Text);
            }
            else
            {
                _log.Info(note.Text);
            }
        }

        if (_core.WantsReconnect)
        {
            _connection?.Close();
        }

        LetGo();

        var next = _core.NextDue;
        _timer.Change(next is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Max(1, next.Value - Now)), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sets a flag and wakes the loop once. Where the queue is full the loop is awake anyway, and it looks at the flags after every turn.</summary>
    private void Wake(ref int flag)
    {
        if (Interlocked.Exchange(ref flag, 1) == 0)
        {
            _inputs.Writer.TryWrite(static () => { });
        }
    }
}
