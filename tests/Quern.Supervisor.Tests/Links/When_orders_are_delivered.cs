using Quern.Core;
using Quern.Core.Farms;
using Quern.Core.Jobs;
using Quern.Secrets;
using Quern.Supervisor.Link;
using Quern.Supervisor.Passwords;
using Wire = Quern.Protocol.Link;

namespace Quern.Supervisor.Tests.Links;

public sealed class When_orders_are_delivered
{
    private static readonly WorkerId Worker = new(1);
    private static readonly RunId Run = new(new InstanceId(new JobId(12), 0), 3);

    [Fact]
    public async Task Should_send_what_waits_in_one_message()
    {
        var session = Session(1, out var sessions);
        sessions.Deliver([Order(1, 10), Order(1, 20), Order(1, 30)]);
        session.Close();
        var sent = new List<Wire.SupervisorMessage>();
        await session.WriteAsync(Keep(sent), CancellationToken.None).Within();
        Assert.Equal([10, 20, 30], Assert.Single(sent).Orders.Orders_.Select(order => order.Acknowledge.Position));
    }

    [Fact]
    public async Task Should_not_deliver_orders_of_another_connection()
    {
        var session = Session(2, out var sessions);
        sessions.Deliver([Order(1, 10), Order(2, 20)]);
        session.Close();
        var sent = new List<Wire.SupervisorMessage>();
        await session.WriteAsync(Keep(sent), CancellationToken.None).Within();
        Assert.Equal(20, Assert.Single(Assert.Single(sent).Orders.Orders_).Acknowledge.Position);
    }

    [Fact]
    public async Task Should_end_the_older_connection_when_a_worker_comes_again()
    {
        var older = Session(1, out var sessions);
        var newer = new LinkSession(Worker) { Connection = 2 };
        sessions.Replace(newer);
        await older.WriteAsync(Keep([]), CancellationToken.None).Within();
        Assert.False(sessions.Drop(older));
        Assert.True(sessions.Drop(newer));
    }

    private static LinkSession Session(int connection, out LinkSessions sessions)
    {
        sessions = new LinkSessions(5, new PasswordSeal(SealingKey.Create()));
        var session = new LinkSession(Worker) { Connection = connection };
        sessions.Replace(session);
        return session;
    }

    private static AddressedOrder Order(int connection, long position) => new(Worker, connection, new AcknowledgeOrder(Run, position, position));

    private static Func<Wire.SupervisorMessage, Task> Keep(List<Wire.SupervisorMessage> sent) => message =>
    {
        sent.Add(message);
        return Task.CompletedTask;
    };
}
