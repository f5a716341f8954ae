using System.Text.Json;
using Quern.Core.Farms;
using Quern.Core.Workers;
using Quern.Protocol.Api;
using Quern.Store;
using Quern.Supervisor.Api;
using Quern.Supervisor.Link;
using Quern.Supervisor.Loop;

namespace Quern.Supervisor;

/// <summary>
/// Takes one job through a farm of its own that is thrown away, from a request's bytes to a worker's order, so that the first real submission does not
/// pay for code that was never run. Touches no state and no disk.
/// </summary>
internal static class Warmup
{
    private static readonly byte[] Request =
        """{"requestId":"warm-up","jobs":[{"name":"warm-up","prototype":"cmdrange","range":"1-2","package":{"cmdline":"true"},"env":{"A":"1"}}]}"""u8.ToArray();

    /// <returns>Orders the job led to; for tests.</returns>
    public static int Run(ApiOptions options)
    {
        var now = FarmLoop.ReadClock(options.Time);
        var caller = new Caller("nobody", "", false);
        using var store = new MemoryStore();
        var farm = Farm.Load(store.Load(), new FarmOptions(), now);
        var facts = new WorkerFacts { Name = "warm-up", Slots = 1 };
        var worker = farm.WorkerJoined(facts, caller, now);
        farm.LinkUp(worker, facts, WorkerVitals.Unknown, [], now);
        var request = JsonSerializer.Deserialize(Request, ApiJson.Default.SubmitRequest)!;
        var result = farm.Submit(JobReader.Read(request, caller, options).Submission, now);
        var turn = farm.Take(now);
        foreach (var order in turn.Orders)
        {
            _ = LinkMessages.Orders(order.Order, 0).Sum(message => message.CalculateSize());
            farm.Reported(worker, new RunReport(order.Order.Run, 0, [new RunFact(1, 0, new ReadyFact("nobody")), new RunFact(2, 0, new ItemStartedFact(0, 1))]), now);
        }

        farm.Take(now);
        JsonSerializer.SerializeToUtf8Bytes(new SubmitReply { Ids = [.. result.Ids.Select(id => id.Value)], Pgrp = result.Pgrp, Repeated = false }, ApiJson.Default.SubmitReply);
        return turn.Orders.Count;
    }
}
