using Quern.Protocol.Api;
using Quern.Worker.Core;

namespace Quern.Worker.Dual;

/// <summary>The service worker, as far as it lends its host.</summary>
internal interface ILendingWorker
{
    /// <summary>Returns when it takes nothing new and has nothing of the supervisor's any more. Its link stays.</summary>
    Task YieldAsync(YieldKind items, string person, CancellationToken token);

    /// <summary>Having yielded, it closes its link; returns when it has, and opens no other before it is taken back.</summary>
    Task LetGoAsync(CancellationToken token);

    /// <summary>It serves again, whether it had yielded or not.</summary>
    ValueTask TakeBackAsync(CancellationToken token);
}

/// <summary>
/// Dual mode on the service worker's side: who has the host, and when it passes. Nothing is polled: logind says when the person's graphical session comes and goes,
/// the kernel when the connection of the desktop worker closes. Without logind the connection alone decides.
/// <code>
///   serving ──session, or asked──> passing ──drained and asked──> lent ──connection closed, or session gone and LogoutGrace over──> serving
///                                     └──both gone, or nobody asked for AskPatience──> serving (until asked, or the next session)
/// </code>
/// </summary>
internal sealed class HostLender(string person, ILendingWorker worker, LoanOffice office, Func<YieldKind> items, WorkerLog log, TimeProvider clock)
{
    /// <summary>How long after the person's login the host waits for a desktop worker to ask. It may ask later as well.</summary>
    public static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(60);

    /// <summary>How long after the logout the desktop worker may take to end what it runs and report it: its unit is killed after 10 s.</summary>
    public static readonly TimeSpan LogoutGrace = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RenewAgain = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private LoanAsk? _ask;
    private bool _isPresent;
    private bool _isGivenUp;
    private bool _isBarred;
    private volatile DualView _view = new() { User = person, Holder = "service", Since = clock.GetUtcNow().ToUnixTimeMilliseconds(), Why = $"{person} is not logged in, and no desktop worker of theirs asks for it" };
    private TaskCompletionSource _changed = New();

    public DualView View => _view;

    /// <summary>logind's word: a graphical session of the person is there, or not. From any thread.</summary>
    public void SessionChanged(bool isPresent)
    {
        lock (_gate)
        {
            _isPresent = isPresent;
            _isGivenUp &= isPresent;
            _isBarred &= !isPresent;
        }

        Wake();
    }

    /// <summary>Somebody asks for the host. From any thread.</summary>
    /// <returns>Null: it is heard, and will be answered on its connection; else why not, a sentence.</returns>
    public string? Ask(LoanAsk ask)
    {
        lock (_gate)
        {
            if (_ask is { } other && !other.Left.IsCompleted)
            {
                return $"another desktop worker of {person}, process {other.Pid}, has asked for the host before: end that one, or wait until it has ended";
            }

            if (_isBarred)
            {
                return $"{person} has logged out, and the host was taken back from a desktop worker that did not end: it is lent again at their next login; end that one, or log in";
            }

            _ask?.End();
            _ask = ask;
        }

        _ = ask.Left.ContinueWith(_ => Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Wake();
        return null;
    }

    /// <summary>Lends, and takes back, until stopped.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var changed = _changed.Task;
            var (ask, isPresent) = Look();
            if (ask is null && (!isPresent || _isGivenUp))
            {
                await changed.WaitAsync(stoppingToken).ConfigureAwait(false);
                continue;
            }

            await PassAsync(stoppingToken).ConfigureAwait(false);
        }
    }

    /// <summary>From serving to serving.</summary>
    private async Task PassAsync(CancellationToken stoppingToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        Task? yielding = null;
        try
        {
            var since = clock.GetTimestamp();
            LoanAsk? proven = null;
            while (true)
            {
                var changed = _changed.Task;
                var (ask, isPresent) = Look();
                if (ask is not null && ask != proven)
                {
                    // Before anything is given up for it.
                    if (await office.CertifyAsync(ask, person, stoppingToken).ConfigureAwait(false) is null)
                    {
                        Drop(ask);
                        continue;
                    }

                    proven = ask;
                    await ask.WaitAsync($"the machine's service ends what it runs first (worker_dual_items = {(items() == YieldKind.Finish ? "finish" : "move")})").ConfigureAwait(false);
                }

                if (ask is null && (!isPresent || clock.GetElapsedTime(since) >= AskPatience))
                {
                    GiveUp(isPresent);
                    return;
                }

                if (yielding is null)
                {
                    Show("passing", ask is null ? $"{person} logged in: the service takes nothing new and waits for their desktop worker" : $"the desktop worker of {person} asked for it: the service takes nothing new and ends what it runs");
                    yielding = worker.YieldAsync(items(), person, over.Token);
                }

                if (ask is not null && yielding.IsCompleted)
                {
                    await yielding.ConfigureAwait(false);
                    await LendAsync(ask, stoppingToken).ConfigureAwait(false);
                    return;
                }

                // An asker waits as long as the runs take.
                await AnyAsync(ask is null ? AskPatience - clock.GetElapsedTime(since) : null, stoppingToken, yielding.IsCompleted ? [changed] : [changed, yielding]).ConfigureAwait(false);
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            if (yielding is not null && !stoppingToken.IsCancellationRequested)
            {
                await yielding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await worker.TakeBackAsync(stoppingToken).ConfigureAwait(false);
            }
        }
    }

    private async Task LendAsync(LoanAsk ask, CancellationToken stoppingToken)
    {
        try
        {
            if (await office.CertifyAsync(ask, person, stoppingToken).ConfigureAwait(false) is not { } reply)
            {
                Show("service", $"the supervisor did not let it pass to the desktop worker of {person}");
                return;
            }

            var letting = worker.LetGoAsync(stoppingToken);
            await AnyAsync(null, stoppingToken, letting, ask.Left).ConfigureAwait(false);
            if (ask.Left.IsCompleted)
            {
                Show("service", $"the desktop worker of {person} has gone before the host had passed to it");
                return;
            }

            Show("desktop", $"{person} is logged in, and their desktop worker (process {ask.Pid}) has it");
            log.Info($"the host is lent to the desktop worker of {person}, process {ask.Pid}");
            await office.HandOverAsync(ask, reply, "the host is yours").ConfigureAwait(false);
            var why = await KeepAsync(ask, TimeSpan.FromSeconds(reply.Seconds), stoppingToken).ConfigureAwait(false);
            Show("service", why);
            log.Info($"the host is taken back: {why}");
        }
        finally
        {
            Drop(ask);
        }
    }

    /// <summary>Until the loan is over.</summary>
    /// <returns>Why.</returns>
    private async Task<string> KeepAsync(LoanAsk ask, TimeSpan life, CancellationToken stoppingToken)
    {
        var renewal = life * 2 / 3;
        var lentAt = clock.GetTimestamp();
        var wasPresent = false;
        long? goneAt = null;
        while (true)
        {
            var changed = _changed.Task;
            var (_, isPresent) = Look();
            wasPresent |= isPresent;
            goneAt = isPresent || !wasPresent ? null : goneAt ?? clock.GetTimestamp();
            if (ask.Left.IsCompleted)
            {
                return $"the desktop worker of {person} has ended";
            }

            var grace = goneAt is { } at ? LogoutGrace - clock.GetElapsedTime(at) : (TimeSpan?)null;
            if (grace <= TimeSpan.Zero)
            {
                Bar();
                log.Warn($"{person} has logged out and their desktop worker (process {ask.Pid}) still has the host after {LogoutGrace.TotalSeconds:0} s");
                return $"{person} has logged out, and their desktop worker did not end";
            }

            var left = renewal - clock.GetElapsedTime(lentAt);
            if (left <= TimeSpan.Zero)
            {
                renewal = await office.TryRenewAsync(ask, person, stoppingToken).ConfigureAwait(false) is { } next ? next * 2 / 3 : RenewAgain;
                lentAt = clock.GetTimestamp();
                continue;
            }

            await AnyAsync(grace < left ? grace : left, stoppingToken, changed, ask.Left).ConfigureAwait(false);
        }
    }

    private void GiveUp(bool isPresent)
    {
        if (!isPresent)
        {
            Show("service", $"{person} is not logged in, and no desktop worker of theirs asks for it");
            return;
        }

        lock (_gate)
        {
            _isGivenUp = true;
        }

        Show("service", $"{person} is logged in, but no desktop worker of theirs asked for it within {AskPatience.TotalSeconds:0} s: see 'systemctl --user status quern-desktop' as {person}");
        log.Warn(_view.Why);
    }

    /// <summary>One that outlives its person's session (a user manager that lingers) would have the host again at once.</summary>
    private void Bar()
    {
        lock (_gate)
        {
            _isBarred = !_isPresent;
        }
    }

    /// <summary>Who asks and has not left, and whether the person is there.</summary>
    private (LoanAsk? Ask, bool IsPresent) Look()
    {
        lock (_gate)
        {
            if (_ask is { Left.IsCompleted: true })
            {
                _ask.End();
                _ask = null;
            }

            return (_ask, _isPresent);
        }
    }

    private void Drop(LoanAsk ask)
    {
        lock (_gate)
        {
            _ask = _ask == ask ? null : _ask;
        }

        ask.End();
    }

    private void Show(string holder, string why) => _view = new DualView { User = person, Holder = holder, Since = clock.GetUtcNow().ToUnixTimeMilliseconds(), Why = why };

    private async Task AnyAsync(TimeSpan? limit, CancellationToken stoppingToken, params Task[] tasks)
    {
        if (limit <= TimeSpan.Zero)
        {
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny([.. tasks, Task.Delay(limit ?? Timeout.InfiniteTimeSpan, clock, over.Token)]).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private void Wake() => Interlocked.Exchange(ref _changed, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
