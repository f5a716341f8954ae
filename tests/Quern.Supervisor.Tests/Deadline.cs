namespace Quern.Supervisor.Tests;

/// <summary>Waits end after a time no test needs, with a sentence.</summary>
internal static class Deadline
{
    public static readonly TimeSpan Span = TimeSpan.FromSeconds(30);

    public static Task Within(this Task task) => task.WaitAsync(Span);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Span);

    /// <summary>Looks again and again until <paramref name="condition"/> holds.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Span, $"did not happen: {what}");
            await Task.Yield();
        }
    }
}
