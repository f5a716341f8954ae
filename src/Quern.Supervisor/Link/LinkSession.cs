using System.Threading.Channels;
using Quern.Core;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Link;

/// <summary>One connection of one worker: what is to be said waits in a queue; everything that waits leaves in one message.</summary>
internal sealed class LinkSession(WorkerId worker)
{
    private const int OrdersInOneMessage = 512;
    private readonly Channel<Wire.Order> orders = Channel.CreateUnbounded<Wire.Order>(new UnboundedChannelOptions { SingleReader = true });

    public WorkerId Worker => worker;

    /// <summary>The farm's number of this connection; orders of another are not delivered here.</summary>
    public int Connection { get; set; }

    public void Say(Wire.Order order) => orders.Writer.TryWrite(order);

    /// <summary>No more will be said: the writer ends when it has said what waits.</summary>
    public void Close() => orders.Writer.TryComplete();

    public async Task WriteAsync(Func<Wire.SupervisorMessage, Task> send, CancellationToken cancellationToken)
    {
        while (await orders.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var message = new Wire.Orders();
            var bytes = 0;
            while (message.Orders_.Count < OrdersInOneMessage && bytes < Wire.LinkLimits.MessageBytes / 2 && orders.Reader.TryRead(out var order))
            {
                message.Orders_.Add(order);
                bytes += order.CalculateSize();
            }

            await send(new Wire.SupervisorMessage { Orders = message }).ConfigureAwait(false);
        }
    }
}
