// Measures the whole supervisor under a crowd of simulated workers: usage `bench/crowd [--quick] [--pairs N] [rate|latency|idle]...`. See docs/performance.md.
using Quern.CrowdBench;

string[] all = ["rate", "latency", "idle"];
var at = Array.IndexOf(args, "--pairs");
var pairs = at >= 0 && at + 1 < args.Length && int.TryParse(args[at + 1], out var given) ? given : 3;
var words = args.Where((word, index) => word != "--quick" && (at < 0 || (index != at && index != at + 1))).ToList();
if (words.Find(word => !all.Contains(word)) is { } wrong)
{
    Console.Error.WriteLine($"bench/crowd: there is no '{wrong}': use {string.Join(", ", all)}");
    return 2;
}

var bench = new CrowdBench(args.Contains("--quick") ? CrowdSize.Quick : CrowdSize.Full);
try
{
    foreach (var word in words.Count > 0 ? words : [.. all])
    {
        await (word switch { "rate" => bench.RateAsync(pairs), "latency" => bench.LatencyAsync(), _ => bench.IdleAsync() }).ConfigureAwait(false);
    }
}
catch (InvalidOperationException failure)
{
    Console.Error.WriteLine($"bench/crowd: {failure.Message}");
    return 1;
}

return 0;
