using Quern.Protocol.Link;

namespace Quern.Worker.Link;

/// <summary>What the connector tells the worker's loop.</summary>
internal interface ILinkEvents
{
    /// <summary>Returns when a connection may be opened: not while the host is lent to another worker.</summary>
    Task MayOpenAsync(CancellationToken stoppingToken);

    ValueTask OpenedAsync(LinkConnection connection, CancellationToken stoppingToken);

    ValueTask ReceivedAsync(LinkConnection connection, SupervisorMessage message, CancellationToken stoppingToken);

    /// <param name="why">Empty when the worker closed it itself.</param>
    ValueTask ClosedAsync(LinkConnection connection, string why, CancellationToken stoppingToken);
}

/// <summary>
/// Keeps one connection to the supervisor: opens it, and after its end opens the next, with back-off and jitter. The address is asked for each time, and who this worker is: a
/// supervisor of the same state may have come back on another port, and a certificate may have been renewed.
/// </summary>
internal sealed class LinkConnector(Func<SupervisorAddress> address, Func<WorkerIdentity> identity, ILinkEvents events, Backoff backoff, TimeProvider clock)
{
    /// <summary>Runs until stopped.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var served = false;
            await events.MayOpenAsync(stoppingToken).ConfigureAwait(false);
            using var connection = new LinkConnection(address(), identity(), stoppingToken);
            await events.OpenedAsync(connection, stoppingToken).ConfigureAwait(false);
            var why = await connection.RunAsync(message =>
            {
                if (message.BodyCase == SupervisorMessage.BodyOneofCase.Welcome)
                {
                    served = true;
                    backoff.Reset();
                }

                return events.ReceivedAsync(connection, message, stoppingToken);
            }).ConfigureAwait(false);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            await events.ClosedAsync(connection, why, stoppingToken).ConfigureAwait(false);
            if (!served || why.Length > 0)
            {
                await Task.Delay(backoff.Next(), clock, stoppingToken).ConfigureAwait(false);
            }
        }
    }
}
