using System.Diagnostics;

namespace Quern.EndToEnd.Harness;

/// <summary>Waits on a state that is reached, never on time that passes.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan limit, Func<string> describe)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Look);
        while (!await condition())
        {
            if (watch.Elapsed > limit)
            {
                Assert.Fail($"not reached within {limit.TotalSeconds} s: {describe()}");
            }
            await timer.WaitForNextTickAsync();
        }
    }

    public static Task TrueAsync(Func<bool> condition, TimeSpan limit, Func<string> describe) => TrueAsync(() => Task.FromResult(condition()), limit, describe);
}
