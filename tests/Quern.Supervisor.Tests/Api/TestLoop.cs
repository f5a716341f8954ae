using Quern.Core;
using Quern.Core.Farms;
using Quern.Store;
using Quern.Supervisor.Api;
using Quern.Supervisor.Loop;
using Quern.Supervisor.Trust;

namespace Quern.Supervisor.Tests.Api;

/// <summary>A farm without a disk: each question is a turn of its own, taken under a lock.</summary>
internal sealed class TestLoop(TimeProvider time) : IFarmLoop
{
    private readonly Lock gate = new();
    private readonly Farm farm = Farm.Load(new FarmRows([], [], [], [], [], [], 0, 0), new FarmOptions(), new Now(0, time.GetUtcNow().ToUnixTimeMilliseconds()));

    public MemoryStore Store { get; } = new();

    public FeedHub? Feed { get; set; }
    public Administrators Administrators { get; } = new();

    public Task<T> Ask<T>(Func<Farm, Now, T> ask, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            var now = new Now(Environment.TickCount64, time.GetUtcNow().ToUnixTimeMilliseconds());
            T result;
            try
            {
                result = ask(farm, now);
            }
            catch (Exception exception)
            {
                return Task.FromException<T>(exception);
            }

            var turn = farm.Take(now);
            farm.CheckInvariants();
            Store.Commit([turn.Rows]);
            Administrators.Durable(turn.Rows.Users);
            Feed?.Publish(turn.ChangedJobs, turn.RemovedJobs);
            return Task.FromResult(result);
        }
    }
}

/// <summary>Output that says what was asked for.</summary>
internal sealed class EchoOutput : Output.IOutputReader
{
    public async Task CopyAsync(JobId job, int? sub, int? item, bool isError, long position, bool follow, Stream to, CancellationToken cancellationToken) =>
        await to.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"{job} sub={sub} item={item} err={isError} pos={position} follow={follow}"), cancellationToken);
}
