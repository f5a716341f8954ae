using System.Diagnostics;
using Quern.Protocol.Link;
using Quern.Worker.Link;

namespace Quern.CrowdBench;

/// <summary>
/// One simulated worker of one slot. It reports as the worker does (<c>Quern.Worker.Core.WorkerCore.Reports</c>): one report on its way at a time, at once when a run is about to
/// want items or has ended, otherwise what a tenth of a second gathers.
/// </summary>
internal sealed class Member(Crowd crowd, string name, int number, LinkConnection connection) : IDisposable
{
    private const int PaceMs = 100;
    private const int HeartbeatMs = 10_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<(long Job, int Sub, int Run), MemberRun> _runs = [];
    private readonly List<MemberRun> _unread = [];
    private readonly List<MemberRun> _inFlight = [];
    private readonly TaskCompletionSource _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nextReport;
    private bool _isUrgent;
    private bool _isWoken;

    /// <summary>The supervisor has taken it in.</summary>
    public Task Welcomed => _welcomed.Task;

    public async Task ServeAsync()
    {
        connection.Send(new WorkerMessage { Hello = Hello() });
        var why = await connection.RunAsync(message =>
        {
            Hear(message);
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        if (!crowd.Stopping.IsCancellationRequested)
        {
            _welcomed.TrySetException(new InvalidOperationException($"{name} is not connected: {why}"));
            Console.Error.WriteLine($"{name} lost its connection: {why}");
        }
    }

    public void Dispose() => connection.Dispose();

    private Hello Hello() => new()
    {
        Protocol = LinkLimits.Version, Name = name, Version = "0.1.0", Slots = 1, Mode = "service", ProxyMode = "proxy", Account = "nobody", Os = "linux",
        Address = $"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}", Cores = 8, MemoryBytes = 32L << 30, BootId = Guid.NewGuid().ToString(), Vitals = Vitals(),
    };

    private static Heartbeat Vitals() => new() { Load = 0.5, FreeMemoryBytes = 16L << 30, FreeDiskBytes = 100L << 30 };

    private void Hear(SupervisorMessage message)
    {
        switch (message.BodyCase)
        {
            case SupervisorMessage.BodyOneofCase.Welcome:
                _welcomed.TrySetResult();
                crowd.After(Random.Shared.Next(HeartbeatMs), Beat);
                break;
            case SupervisorMessage.BodyOneofCase.Refusal:
                _welcomed.TrySetException(new InvalidOperationException(message.Refusal.Text));
                break;
            case SupervisorMessage.BodyOneofCase.Orders:
                lock (_lock)
                {
                    foreach (var order in message.Orders.Orders_)
                    {
                        Take(order);
                    }

                    Report();
                }

                break;
        }
    }

    private void Beat()
    {
        if (!crowd.Stopping.IsCancellationRequested)
        {
            connection.Send(new WorkerMessage { Heartbeat = Vitals() });
            crowd.After(HeartbeatMs, Beat);
        }
    }

    private void Take(Order order)
    {
        switch (order.BodyCase)
        {
            case Order.BodyOneofCase.Start: Start(order.Start); break;
            case Order.BodyOneofCase.Grant: Act(order.Grant.Key, run => Grant(run, order.Grant)); break;
            case Order.BodyOneofCase.Recall: Act(order.Recall.Key, run => run.Release(order.Recall.Items)); break;
            case Order.BodyOneofCase.Stop: Act(order.Stop.Key, run => Stop(run, order.Stop)); break;
            case Order.BodyOneofCase.Acknowledge: Acknowledge(order.Acknowledge); break;
            case Order.BodyOneofCase.Forget: Forget(order.Forget.Key); break;
        }
    }

    private void Start(Start start)
    {
        if (!_runs.ContainsKey(KeyOf(start.Key)))
        {
            var run = _runs[KeyOf(start.Key)] = new MemberRun(start.Key);
            run.Write(new Fact { Ready = new Ready { Account = "nobody", Uid = 65534, Gid = 65534, Pid = 1 } });
            if (start.HasAgenda)
            {
                run.Hold(start.Items);
                Work(run);
            }
            else
            {
                End(run, InstanceCause.Finished);
            }

            MarkUnread(run);
        }
    }

    private void Grant(MemberRun run, Grant grant)
    {
        if (run.TakeWait() is { } since)
        {
            crowd.Took(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        }

        run.Hold(grant.Items);
        Work(run);
    }

    private void Stop(MemberRun run, Stop stop)
    {
        switch (stop.How)
        {
            case StopHow.Finish:
                run.IsFinishing = true;
                Work(run);
                break;
            case StopHow.Kill:
                run.StopAll();
                End(run, InstanceCause.Killed);
                break;
        }
    }

    private void Act(InstanceKey key, Action<MemberRun> act)
    {
        if (_runs.TryGetValue(KeyOf(key), out var run) && !run.IsEnded)
        {
            act(run);
            MarkUnread(run);
        }
    }

    /// <summary>Begins what is at hand; ends it at once where items take no time.</summary>
    private void Work(MemberRun run)
    {
        while (run.Begin() && crowd.ItemMs == 0)
        {
            run.EndItem();
        }

        if (run.IsFinishing && run.Left == 0)
        {
            End(run, InstanceCause.Finished);
        }
        else if (run.Left > 0 && !run.IsTimed)
        {
            run.IsTimed = true;

            // Half to half as much again: items of one length would end together as they were handed out together.
            crowd.After((crowd.ItemMs / 2) + Random.Shared.Next(crowd.ItemMs), () => ItemOver(run));
        }

        _isUrgent |= run.Left <= 1;
    }

    private void ItemOver(MemberRun run)
    {
        lock (_lock)
        {
            run.IsTimed = false;
            if (!run.IsEnded && run.Left > 0)
            {
                run.EndItem();
                Work(run);
                MarkUnread(run);
                Report();
            }
        }
    }

    private void End(MemberRun run, InstanceCause cause)
    {
        run.End(cause);
        crowd.CountEndedRun();
        _isUrgent = true;
    }

    private void MarkUnread(MemberRun run)
    {
        if (run.HasFacts && !_unread.Contains(run))
        {
            _unread.Add(run);
        }
    }

    private void Report()
    {
        var now = Environment.TickCount64;
        if (_inFlight.Count > 0 || _unread.Count == 0)
        {
            return;
        }

        if (!_isUrgent && now < _nextReport)
        {
            Wake((int)(_nextReport - now));
            return;
        }

        var message = new Reports();
        foreach (var run in _unread)
        {
            message.Reports_.Add(run.TakeReport());
            _inFlight.Add(run);
        }

        _unread.Clear();
        _isUrgent = false;
        _nextReport = now + PaceMs;
        connection.Send(new WorkerMessage { Reports = message });
    }

    private void Wake(int ms)
    {
        if (!_isWoken)
        {
            _isWoken = true;
            crowd.After(ms, () =>
            {
                lock (_lock)
                {
                    _isWoken = false;
                    Report();
                }
            });
        }
    }

    private void Acknowledge(Acknowledge acknowledge)
    {
        if (_runs.TryGetValue(KeyOf(acknowledge.Key), out var run) && acknowledge.Counted >= run.Sent)
        {
            crowd.CountDurable(run.TakeSentEnds());
            _inFlight.Remove(run);
        }
    }

    private void Forget(InstanceKey key)
    {
        if (_runs.Remove(KeyOf(key), out var run))
        {
            crowd.CountDurable(run.TakeSentEnds());
            _inFlight.Remove(run);
            _unread.Remove(run);
        }
    }

    private static (long, int, int) KeyOf(InstanceKey key) => (key.Job, key.Sub, key.Run);
}
