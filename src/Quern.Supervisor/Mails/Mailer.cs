using System.Threading.Channels;
using Quern.Core.Triggers;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor.Mails;

/// <summary>
/// Sends what is in the farm's outbox, one after another, oldest due first. What a server does not take now is tried again after 1, 2, 4 ... minutes, an hour at
/// most, for three days. A mail counts as sent when the server has it and the farm has noted that: a crash in between sends it again, with the same Message-ID.
/// </summary>
internal sealed class Mailer : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan GivenUpAfter = TimeSpan.FromDays(3);

    private readonly FarmLoop loop;
    private readonly MailSender sender;
    private readonly TimeProvider time;
    private readonly string host;
    private readonly Channel<OutboxEntry> arriving = Channel.CreateUnbounded<OutboxEntry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly PriorityQueue<OutboxEntry, long> waiting = new();
    private readonly CancellationTokenSource ending = new();
    private readonly Task running;

    /// <param name="left">What an earlier supervisor left.</param>
    public Mailer(FarmLoop loop, MailSender sender, IEnumerable<OutboxEntry> left, string host, TimeProvider time)
    {
        (this.loop, this.sender, this.host, this.time) = (loop, sender, host, time);
        foreach (var entry in left)
        {
            arriving.Writer.TryWrite(entry);
        }

        running = Task.Run(RunAsync);
    }

    /// <summary>Mails of a turn that is durable.</summary>
    public void Take(IReadOnlyList<OutboxEntry> mails)
    {
        foreach (var entry in mails)
        {
            arriving.Writer.TryWrite(entry);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        ending.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                while (arriving.Reader.TryRead(out var entry))
                {
                    waiting.Enqueue(entry, entry.DueMs);
                }

                if (waiting.TryPeek(out var next, out var due) && due <= Now)
                {
                    waiting.Dequeue();
                    await SendAsync(next).ConfigureAwait(false);
                }
                else
                {
                    await WaitAsync(waiting.Count > 0 ? TimeSpan.FromMilliseconds(Math.Max(1, due - Now)) : Timeout.InfiniteTimeSpan).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // What was not sent is in the rows and is sent after the restart.
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Until something arrives, or for that long.</summary>
    private async Task WaitAsync(TimeSpan pause)
    {
        using var waking = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        var arrival = arriving.Reader.WaitToReadAsync(waking.Token).AsTask();
        await Task.WhenAny(arrival, Task.Delay(pause, time, waking.Token)).ConfigureAwait(false);
        await waking.CancelAsync().ConfigureAwait(false);
        ending.Token.ThrowIfCancellationRequested();
    }

    private async Task SendAsync(OutboxEntry entry)
    {
        var message = MailText.Write(entry, sender.Settings, host, out var fault);
        var result = message is null ? new MailResult(fault, IsFinal: true) : await sender.SendAsync(message, null, ending.Token).ConfigureAwait(false);
        if (result.Failure is null || result.IsFinal || Now - entry.CreatedMs > GivenUpAfter.TotalMilliseconds)
        {
            loop.Tell((farm, now) => farm.MailEnded(entry.Id, result.Failure, now));
            return;
        }

        var pause = Math.Min(LongestPause.TotalMilliseconds, FirstPause.TotalMilliseconds * Math.Pow(2, Math.Min(entry.Attempts, 10)));
        var again = entry with { Attempts = entry.Attempts + 1, DueMs = Now + (long)pause, Failure = result.Failure };
        waiting.Enqueue(again, again.DueMs);
        loop.Tell((farm, now) => farm.MailDelayed(again.Id, again.Failure, again.DueMs, now));
    }
}
