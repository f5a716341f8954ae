using Quern.Core;
using Quern.Core.Agendas;
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

    [Fact]
    public void Should_send_packages_of_items_in_several_orders_when_they_are_large()
    {
        var grant = new GrantOrder(Run, JobWith(new string('x', 100_000)), [.. Enumerable.Range(0, 7).Select(item => new ItemGrant(item, 1))]);

        var orders = LinkMessages.Orders(grant, 5).ToList();

        Assert.Equal([2, 2, 2, 1], orders.Select(order => order.Grant.Items.Count));
        Assert.Equal(Enumerable.Range(0, 7), orders.SelectMany(order => order.Grant.Items).Select(item => item.Item));
        Assert.All(orders, order => Assert.True(order.CalculateSize() < Wire.LinkLimits.MessageBytes / 4));
    }

    [Theory]
    [InlineData("maya", true)]
    [InlineData("cmdrange", false)]
    public void Should_tell_all_of_a_job_to_a_job_type_alone(string prototype, bool isTold)
    {
        var start = Assert.Single(LinkMessages.Orders(new StartOrder(Run, JobWith("small", prototype), [new ItemGrant(0, 1)]), 5)).Start;

        Assert.Equal(isTold ? """{"x":"small"}""" : "", start.Items[0].Package);
        Assert.Equal(isTold, start.Job.Contains("\"prod_show\":\"monkeys\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Status.Pending)]
    [InlineData(Status.Blocked)]
    public void Should_say_what_becomes_of_an_instance_that_is_to_finish(Status next) =>
        Assert.Equal(next.Word(), Assert.Single(LinkMessages.Orders(new FinishOrder(Run, next), 5)).Stop.Status);

    private static Job JobWith(string text, string prototype = "maya")
    {
        var spec = new JobSpec
        {
            Prototype = prototype, User = "ann", Agenda = Agenda.Parse("1-7", AgendaSplit.Frames, 1, AgendaOrder.Ascend, 10).Agenda!.Save(),
            ItemPackages = ItemPackages.Pack([.. Enumerable.Repeat($$"""{"x":"{{text}}"}""", 7)]).Save(), Tags = new Dictionary<string, string> { ["prod_show"] = "monkeys" },
        };
        var now = new Now(0, 1);
        var farm = Farm.Load(new FarmRows([], [], [], [], [], [], 0, 0), new FarmOptions(), now);
        return farm.FindJob(Assert.Single(farm.Submit(new Submission("r", new Caller("ann", "desk1", false), [spec]), now).Ids))!;
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
