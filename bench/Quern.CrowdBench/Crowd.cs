using System.Collections.Concurrent;
using System.Diagnostics;
using Quern.Worker.Joining;
using Quern.Worker.Link;

namespace Quern.CrowdBench;

/// <summary>Simulated workers, members of the farm with certificates of their own, each on its own connection. What they run takes no processor time.</summary>
internal sealed class Crowd : IAsyncDisposable
{
    private const int JoinAtOnce = 8;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Member> _members = [];
    private readonly List<Task> _serving = [];
    private readonly Clock _clock = new();
    private long _durable;
    private long _runsEnded;
    private volatile ConcurrentQueue<double>? _latencies;

    /// <summary>How long an item takes on average, milliseconds; 0 = none at all.</summary>
    public int ItemMs { get; set; }

    /// <summary>Items that ended and are durable at the supervisor.</summary>
    public long Durable => Interlocked.Read(ref _durable);

    public long RunsEnded => Interlocked.Read(ref _runsEnded);

    public CancellationToken Stopping => _stop.Token;

    public static async Task<Crowd> JoinAsync(SupervisorProcess supervisor, int count)
    {
        var crowd = new Crowd();
        var watch = Stopwatch.StartNew();
        var identities = new WorkerIdentity[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = JoinAtOnce }, async (at, token) =>
        {
            var folder = Path.Combine(supervisor.Folder, "workers", Name(at));
            Directory.CreateDirectory(folder);
            var record = new WorkerRecord(folder);
            await Joiner.WithSocketAsync(supervisor.Ready.Socket!, new JoinFacts(Name(at), "service", "root"), record, token).ConfigureAwait(false);
            identities[at] = record.Load().Identity;
        }).ConfigureAwait(false);
        Figures.Say("crowd.join.rate", count / watch.Elapsed.TotalSeconds, "workers/s become members");
        watch.Restart();
        var address = new SupervisorAddress("localhost", supervisor.Ready.Port!.Value);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = JoinAtOnce }, async (at, _) =>
        {
            var member = new Member(crowd, Name(at), at, new LinkConnection(address, identities[at], crowd._stop.Token));
            lock (crowd._members)
            {
                crowd._members.Add(member);
                crowd._serving.Add(member.ServeAsync());
            }

            await member.Welcomed.WaitAsync(TimeSpan.FromMinutes(1), CancellationToken.None).ConfigureAwait(false);
        }).ConfigureAwait(false);
        Figures.Say("crowd.connect.rate", count / watch.Elapsed.TotalSeconds, "workers/s connect");
        return crowd;
    }

    public void After(int ms, Action act) => _clock.After(ms, act);

    public void CountDurable(int items) => Interlocked.Add(ref _durable, items);

    public void CountEndedRun() => Interlocked.Increment(ref _runsEnded);

    /// <summary>From the report of an item's end to the grant of the next one, if that is measured now.</summary>
    public void Took(double ms) => _latencies?.Enqueue(ms);

    /// <summary>What was measured in so many seconds, milliseconds each.</summary>
    public async Task<IReadOnlyCollection<double>> LatenciesAsync(int seconds)
    {
        var taken = _latencies = new ConcurrentQueue<double>();
        await Task.Delay(TimeSpan.FromSeconds(seconds)).ConfigureAwait(false);
        _latencies = null;
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_serving).ConfigureAwait(false);
        _members.ForEach(member => member.Dispose());
        _clock.Dispose();
        _stop.Dispose();
    }

    private static string Name(int at) => $"crowd{at + 1:00000}";
}
